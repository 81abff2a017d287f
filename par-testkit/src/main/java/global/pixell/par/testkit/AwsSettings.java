package global.pixell.par.testkit;

import java.net.URI;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** The settings that point a client at a server, by the names of that client. */
final class AwsSettings {

  private AwsSettings() {}

  /** Environment variables of AWS clients. */
  static Map<String, String> variables(URI endpoint, Identity identity, String region) {
    var variables = new TreeMap<String, String>();
    variables.put("AWS_ENDPOINT_URL_S3", endpoint.toString());
    variables.put("AWS_ACCESS_KEY_ID", identity.accessKey());
    variables.put("AWS_SECRET_ACCESS_KEY", identity.secretKey());
    identity.sessionToken().ifPresent(token -> variables.put("AWS_SESSION_TOKEN", token));
    variables.put("AWS_REGION", region);
    variables.put("AWS_DEFAULT_REGION", region);
    return Collections.unmodifiableMap(variables);
  }

  /** Properties of Spring Cloud AWS 3. It has none for a session token. */
  static Map<String, String> springProperties(URI endpoint, Identity identity, String region) {
    return new TreeMap<>(
        Map.of(
            "spring.cloud.aws.s3.endpoint", endpoint.toString(),
            "spring.cloud.aws.s3.path-style-access-enabled", "true",
            "spring.cloud.aws.credentials.access-key", identity.accessKey(),
            "spring.cloud.aws.credentials.secret-key", identity.secretKey(),
            "spring.cloud.aws.region.static", region));
  }
}
