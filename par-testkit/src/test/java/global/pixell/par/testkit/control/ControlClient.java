package global.pixell.par.testkit.control;

import global.pixell.par.internal.text.Json;
import global.pixell.par.testkit.FakeS3;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A program that uses the control API of a fake. */
final class ControlClient {

  private final HttpClient http = HttpClient.newHttpClient();
  private final URI control;

  ControlClient(FakeS3 s3) {
    control = s3.control();
  }

  /** An answer with its JSON, which is empty for an answer without a body. */
  record Reply(int status, Map<String, @Nullable Object> json, HttpResponse<String> http) {

    String text(String field) {
      return String.valueOf(json.get(field));
    }

    /** A field that is a list of objects. */
    List<Map<?, ?>> list(String field) {
      return ControlClient.list(json, field);
    }

    /** A field that is an object. */
    Map<?, ?> object(String field) {
      return ControlClient.object(json, field);
    }
  }

  /** A field that is a list of objects; empty for any other one. */
  static List<Map<?, ?>> list(Map<?, ?> fields, String field) {
    var items = new ArrayList<Map<?, ?>>();
    if (fields.get(field) instanceof List<?> list) {
      list.forEach(item -> items.add((Map<?, ?>) item));
    }
    return items;
  }

  /** A field that is an object; empty for any other one. */
  static Map<?, ?> object(Map<?, ?> fields, String field) {
    return fields.get(field) instanceof Map<?, ?> map ? map : Map.of();
  }

  Reply get(String path, String... headers) {
    return send("GET", path, "", headers);
  }

  Reply post(String path, String body, String... headers) {
    return send("POST", path, body, headers);
  }

  Reply patch(String path, String body) {
    return send("PATCH", path, body);
  }

  Reply put(String path, String body) {
    return send("PUT", path, body);
  }

  Reply delete(String path) {
    return send("DELETE", path, "");
  }

  private Reply send(String method, String path, String body, String... headers) {
    try {
      HttpResponse<String> answer =
          http.send(request(method, path, body, headers), BodyHandlers.ofString());
      boolean json =
          answer.headers().firstValue("Content-Type").orElse("").equals("application/json");
      return new Reply(answer.statusCode(), json ? Json.read(answer.body()) : Map.of(), answer);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private HttpRequest request(String method, String path, String body, String... headers) {
    var builder =
        HttpRequest.newBuilder(control.resolve(path))
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (headers.length > 0) {
      builder.headers(headers);
    }
    return builder.build();
  }

  HttpClient http() {
    return http;
  }

  URI uri(String path) {
    return control.resolve(path);
  }
}
