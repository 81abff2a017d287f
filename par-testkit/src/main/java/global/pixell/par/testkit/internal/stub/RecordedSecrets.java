package global.pixell.par.testkit.internal.stub;

import com.github.tomakehurst.wiremock.common.FileSource;
import com.github.tomakehurst.wiremock.extension.Parameters;
import com.github.tomakehurst.wiremock.extension.StubMappingTransformer;
import com.github.tomakehurst.wiremock.stubbing.StubMapping;
import global.pixell.par.internal.text.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
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
          "x-amz-security-token",
          // Not a secret, but a stub of another server.
          "matched-stub-id");

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
      json.computeIfPresent(
          "request",
          (name, request) ->
              without(without(request, "headers", HEADERS), "queryParameters", PARAMETERS));
      json.computeIfPresent("response", (name, response) -> without(response, "headers", HEADERS));
      return StubMapping.buildFrom(Json.write(json));
    } catch (IOException e) {
      throw new UncheckedIOException("WireMock wrote a mapping that is not JSON", e);
    }
  }

  private static Map<String, @Nullable Object> without(
      Object message, String member, Set<String> names) {
    Map<String, @Nullable Object> fields = fields(message);
    fields.computeIfPresent(
        member,
        (same, entries) -> {
          Map<String, @Nullable Object> kept = fields(entries);
          kept.keySet().removeIf(name -> names.contains(name.toLowerCase(Locale.ROOT)));
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
