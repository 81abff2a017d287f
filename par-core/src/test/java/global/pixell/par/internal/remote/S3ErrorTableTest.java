package global.pixell.par.internal.remote;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.internal.remote.RequestContext.Action;
import global.pixell.par.internal.remote.RequestContext.Signer;
import global.pixell.par.internal.testing.FixedProxy;
import java.net.ProxySelector;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class S3ErrorTableTest {

  private static final String DENIED =
      "User: arn:aws:sts::123456789012:assumed-role/par/1 is not authorized to perform: ";
  private static final List<String> MESSAGES =
      List.of(
          "",
          "Request has expired",
          DENIED + "s3:ListBucket on resource: \"arn:aws:s3:::packages\"",
          DENIED + "kms:Decrypt on resource: arn:aws:kms:us-east-2:123456789012:key/7c1d",
          "The object was stored using a form of Server Side Encryption.");

  private final ProxySelector usual = ProxySelector.getDefault();

  @AfterEach
  void withoutProxy() {
    ProxySelector.setDefault(usual);
  }

  static List<S3ErrorTable.Row> rows() {
    return S3ErrorTable.ROWS;
  }

  /** No row is hidden by the rows above it, and every name in its text has a value. */
  @ParameterizedTest
  @MethodSource("rows")
  void every_row_is_found_by_some_response_and_can_be_said(S3ErrorTable.Row row) {
    for (boolean proxied : new boolean[] {false, true}) {
      ProxySelector.setDefault(proxied ? new FixedProxy("proxy.example", 3128) : usual);
      for (ErrorResponse response : responses(row)) {
        for (RequestContext request : requests()) {
          if (S3ErrorTable.find(request, response).equals(row)) {
            var failure = S3ErrorClassifier.failure(request, response);
            assertThat(failure.error().kind()).isEqualTo(row.kind());
            assertThat(failure.retryability()).isEqualTo(row.retryability());
            assertThat(failure.error().getMessage())
                .startsWith("Reading s3://packages/a.apkg failed: ")
                .contains(" (HTTP " + response.status())
                .endsWith(").")
                .doesNotContain("{", "..", "null");
            assertThat(failure.error().hint()).matches("[A-Z].*\\.").doesNotContain("{", "null");
            return;
          }
        }
      }
    }
    throw new AssertionError("no response finds this row: " + row);
  }

  private static List<ErrorResponse> responses(S3ErrorTable.Row row) {
    var responses = new ArrayList<ErrorResponse>();
    var codes = new ArrayList<>(row.codes());
    codes.addAll(List.of("", "KMS.DisabledException", "Unheard"));
    var statuses = new ArrayList<>(row.statuses());
    statuses.addAll(List.of(400, 403));
    for (String code : codes) {
      for (int status : statuses) {
        for (String message : MESSAGES) {
          for (String deleted : List.of("true", "false")) {
            String xml =
                "<Error><Code>" + code + "</Code><Message>" + message + "</Message></Error>";
            responses.add(
                response(
                    status, xml, Map.of("x-amz-request-id", "R1", "x-amz-delete-marker", deleted)));
          }
        }
        responses.add(response(status, "<html>Blocked</html>", Map.of()));
      }
    }
    return responses;
  }

  private static ErrorResponse response(int status, String body, Map<String, String> head) {
    return ErrorResponse.of(
        status,
        name -> Optional.ofNullable(head.get(name)),
        body.getBytes(StandardCharsets.UTF_8),
        Instant.EPOCH);
  }

  private static List<RequestContext> requests() {
    var requests = new ArrayList<RequestContext>();
    for (Signer signer : Signer.values()) {
      for (String bucket : List.of("packages", "")) {
        requests.add(request(signer, bucket));
      }
    }
    return requests;
  }

  private static RequestContext request(Signer signer, String bucket) {
    return new RequestContext(
        "s3://packages/a.apkg",
        bucket,
        "a.apkg",
        Action.GET_OBJECT,
        "us-east-2",
        URI.create("https://packages.s3.us-east-2.amazonaws.com"),
        signer);
  }

  @ParameterizedTest
  @CsvSource({
    "400, PERMANENT", "403, PERMANENT", "404, PERMANENT", "302, PERMANENT", "200, PERMANENT",
    "429, TRANSIENT", "500, TRANSIENT", "502, TRANSIENT", "503, TRANSIENT", "504, TRANSIENT"
  })
  void a_response_without_a_mark_of_S3_is_the_proxy_s(
      int status, FetchFailure.Retryability retryability) {
    ProxySelector.setDefault(new FixedProxy("proxy.example", 3128));

    FetchFailure failure =
        S3ErrorClassifier.failure(
            request(Signer.ROLE, "packages"), response(status, "<html>No</html>", Map.of()));

    assertThat(failure.error().getMessage())
        .isEqualTo(
            "Reading s3://packages/a.apkg failed: the proxy proxy.example:3128 answered instead of"
                + " S3 (HTTP "
                + status
                + ").");
    assertThat(failure.error().hint())
        .contains("packages.s3.us-east-2.amazonaws.com", "http.nonProxyHosts");
    assertThat(failure.retryability()).isEqualTo(retryability);
  }

  @Test
  void a_response_of_S3_through_the_proxy_is_S3_s() {
    ProxySelector.setDefault(new FixedProxy("proxy.example", 3128));

    FetchFailure failure =
        S3ErrorClassifier.failure(
            request(Signer.ROLE, "packages"),
            response(404, "<Error><Code>NoSuchKey</Code></Error>", Map.of()));

    assertThat(failure.error().getMessage()).contains("there is no such object");
  }

  /** A host that is not S3's need not send headers of S3. */
  @Test
  void a_response_of_another_host_through_the_proxy_is_that_host_s() {
    ProxySelector.setDefault(new FixedProxy("proxy.example", 3128));

    FetchFailure failure =
        S3ErrorClassifier.failure(
            request(Signer.ADDRESS, ""), response(404, "<html>No</html>", Map.of()));

    assertThat(failure.error().getMessage()).contains("there is nothing at this address");
  }
}
