package global.pixell.par.testkit.internal.stub;

import com.github.tomakehurst.wiremock.common.FileSource;
import com.github.tomakehurst.wiremock.extension.Parameters;
import com.github.tomakehurst.wiremock.extension.StubMappingTransformer;
import com.github.tomakehurst.wiremock.stubbing.StubMapping;
import global.pixell.par.internal.text.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps credentials out of recorded mapping files: the headers {@code Authorization} and {@code
 * Cookie} and their like, and keys in the query. The stub then matches with any key.
 */
final class RecordedSecrets extends StubMappingTransformer {

  private static final Set<String> HEADERS =
      Set.of(
          "authorization",
          "proxy-authorization",
          "cookie",
          "set-cookie",
          "set-cookie2",
          "x-api-key",
          "api-key",
          "x-goog-api-key",
          "x-amz-security-token");

  private static final Set<String> PARAMETERS =
      Set.of(
          "key",
          "api_key",
          "apikey",
          "api-key",
          "access_token",
          "token",
          "sig",
          "signature",
          "x-amz-signature",
          "x-amz-credential",
          "x-amz-security-token");

  @Override
  public String getName() {
    return "recorded-secrets";
  }

  @Override
  public StubMapping transform(StubMapping stub, FileSource files, Parameters parameters) {
    try {
      var json = new LinkedHashMap<>(Json.read(StubMapping.buildJsonStringFor(stub)));
      json.computeIfPresent("request", (name, request) -> withoutSecrets(request));
      json.computeIfPresent("response", (name, response) -> withoutHeaders(response));
      return StubMapping.buildFrom(Json.write(json));
    } catch (IOException e) {
      throw new UncheckedIOException("WireMock wrote a mapping that is no JSON", e);
    }
  }

  private static Map<String, @Nullable Object> withoutSecrets(Object request) {
    Map<String, @Nullable Object> fields = withoutHeaders(request);
    String url = String.valueOf(fields.get("url"));
    int question = url.indexOf('?');
    if (question < 0) {
      return fields;
    }
    List<String> kept = new ArrayList<>();
    String[] pairs = url.substring(question + 1).split("&", -1);
    for (String pair : pairs) {
      if (!PARAMETERS.contains(pair.split("=", 2)[0].toLowerCase(Locale.ROOT))) {
        kept.add(pair);
      }
    }
    if (kept.size() < pairs.length) {
      fields.remove("url");
      fields.put("urlPath", url.substring(0, question));
      fields.put("queryParameters", patterns(kept));
    }
    return fields;
  }

  private static Map<String, Object> patterns(List<String> pairs) {
    var patterns = new LinkedHashMap<String, Object>();
    for (String pair : pairs) {
      String[] parts = pair.split("=", 2);
      patterns.put(decoded(parts[0]), Map.of("equalTo", decoded(parts.length < 2 ? "" : parts[1])));
    }
    return patterns;
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  private static Map<String, @Nullable Object> withoutHeaders(Object message) {
    Map<String, @Nullable Object> fields = fields(message);
    fields.computeIfPresent(
        "headers",
        (name, headers) -> {
          Map<String, @Nullable Object> kept = fields(headers);
          kept.keySet().removeIf(header -> HEADERS.contains(header.toLowerCase(Locale.ROOT)));
          return kept;
        });
    return fields;
  }

  private static Map<String, @Nullable Object> fields(Object json) {
    var fields = new LinkedHashMap<String, @Nullable Object>();
    if (json instanceof Map<?, ?> map) {
      map.forEach((name, value) -> fields.put(String.valueOf(name), value));
    }
    return fields;
  }
}
