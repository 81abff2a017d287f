package global.pixell.par.testkit.internal.control.http;

import global.pixell.par.internal.text.Json;
import global.pixell.par.testkit.internal.http.HttpConnection;
import global.pixell.par.testkit.internal.http.ReasonPhrase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The answer to a control request.
 *
 * @param body its bytes; not copied
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record ControlResponse(int status, Map<String, String> headers, byte[] body) {

  public static ControlResponse json(int status, Map<String, ?> fields) {
    return of(status, "application/json", Json.write(fields) + "\n");
  }

  public static ControlResponse json(Map<String, ?> fields) {
    return json(200, fields);
  }

  public static ControlResponse text(String text) {
    return of(200, "text/plain; charset=utf-8", text);
  }

  public static ControlResponse noContent() {
    return new ControlResponse(204, Map.of(), new byte[0]);
  }

  public static ControlResponse error(ControlException error) {
    var fields = new LinkedHashMap<String, String>();
    fields.put("error", String.valueOf(error.getMessage()));
    fields.put("hint", error.hint());
    return json(error.status(), fields);
  }

  private static ControlResponse of(int status, String type, String text) {
    return new ControlResponse(
        status, Map.of("Content-Type", type), text.getBytes(StandardCharsets.UTF_8));
  }

  /** The same answer with one more header. */
  public ControlResponse with(String name, String value) {
    var more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return new ControlResponse(status, more, body);
  }

  public void send(HttpConnection connection, boolean headOnly) throws IOException {
    var all = new LinkedHashMap<String, String>();
    all.put("Cache-Control", "no-store");
    all.put("X-Content-Type-Options", "nosniff");
    all.putAll(headers);
    if (status != 204) {
      all.put("Content-Length", String.valueOf(body.length));
    }
    connection.head(status, ReasonPhrase.of(status), all);
    if (!headOnly) {
      connection.out().write(body);
    }
  }
}
