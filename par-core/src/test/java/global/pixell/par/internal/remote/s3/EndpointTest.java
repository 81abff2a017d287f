package global.pixell.par.internal.remote.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import global.pixell.par.PackageRef;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.internal.archive.TestZip;
import global.pixell.par.internal.testing.ScriptedServer;
import global.pixell.par.internal.testing.ScriptedServer.Answer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The destination of requests: the style of their addresses, and the region in their signature. */
@Timeout(60)
class EndpointTest {

  @TempDir private Path cache;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://minio:9000",
        "http://s3.corp.internal",
        "HTTP://LOCALHOST",
        "https://localhost:4566",
        "http://127.0.0.1:9000",
        "http://[::1]:9000",
        "https://s3.fr-par.scw.cloud",
        "https://account.r2.cloudflarestorage.com",
        "https://amazonaws.com.example.org",
        "https://notamazonaws.com",
      })
  void an_endpoint_that_is_not_AWS_s_own_gets_the_bucket_in_the_path(String endpoint) {
    assertThat(S3Endpoint.needsPathStyle(URI.create(endpoint))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://s3.us-east-2.amazonaws.com",
        "https://S3.AmazonAWS.com",
        "https://bucket.vpce-0a1b2c3d-x.s3.us-east-2.vpce.amazonaws.com",
        "https://s3.cn-north-1.amazonaws.com.cn",
        "https://s3.dualstack.eu-west-1.amazonaws.com",
        "https://s3.us-east-1.api.aws",
      })
  void one_of_AWS_gets_it_in_the_host(String endpoint) {
    assertThat(S3Endpoint.needsPathStyle(URI.create(endpoint))).isFalse();
  }

  @Test
  void a_host_in_upper_case_is_asked_by_path() {
    try (ScriptedServer server = server()) {
      URI endpoint = URI.create("HTTP://LOCALHOST:" + server.endpoint().getPort());

      assertThat(fetch(endpoint)).isEqualTo("a");

      assertThat(server.requests().get(0).target()).isEqualTo("/bucket/acme/a/1.0.0/a.apkg");
    }
  }

  @Test
  void the_style_of_addresses_can_be_chosen() {
    Map<String, String> environment = Map.of("PAR_S3_ADDRESSING", "PATH");
    assertThat(ParConfig.fromEnvironment(environment).s3().pathStyle()).contains(true);
    assertThat(ParConfig.fromEnvironment(Map.of()).s3().pathStyle()).isEmpty();
    assertThatThrownBy(() -> ParConfig.fromEnvironment(Map.of("PAR_S3_ADDRESSING", "dns")))
        .hasMessageContaining("PAR_S3_ADDRESSING");
    // A name that never resolves (RFC 6761), so the error shows the intended destination.
    Par.Builder virtualHost = builder(URI.create("http://s3.invalid")).pathStyle(false);
    assertThatThrownBy(() -> fetch(virtualHost))
        .hasMessageContaining("the host 'bucket.s3.invalid' is unknown")
        .hasStackTraceContaining("UnknownHostException: bucket.s3.invalid");
  }

  @Test
  void the_default_region_of_the_AWS_CLI_counts_where_no_region_is_given() {
    System.setProperty("aws.defaultRegion", "eu-central-1");
    try (ScriptedServer server = server()) {
      fetch(server.endpoint());

      assertThat(server.requests().get(0).header("Authorization")).contains("/eu-central-1/s3/");
    } finally {
      System.clearProperty("aws.defaultRegion");
    }
  }

  private static ScriptedServer server() {
    byte[] apkg = TestZip.of().file("agent.yaml", "name: a\nversion: 1.0.0\n").bytes();
    return ScriptedServer.ofBytes(
        Answer.of(200, new String(apkg, StandardCharsets.ISO_8859_1), "ETag", "\"1\""));
  }

  private String fetch(URI endpoint) {
    return fetch(builder(endpoint));
  }

  private Par.Builder builder(URI endpoint) {
    return Par.builder()
        .cacheDirectory(cache)
        .allowBucket("bucket")
        .endpoint(endpoint)
        .credentials(
            new ParConfig.Credentials("PARTESTKITEXAMPLE000", "not-a-secret", Optional.empty()))
        .attempts(2, Duration.ofMinutes(1));
  }

  private static String fetch(Par.Builder builder) {
    try (Par par = builder.build()) {
      return par.fetch(PackageRef.parse("s3://bucket/acme/a/1.0.0/a.apkg")).manifest().name();
    }
  }
}
