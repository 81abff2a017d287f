package global.pixell.par.internal.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.PackageRef;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.archive.TestZip;
import global.pixell.par.internal.remote.FetchFailure;
import global.pixell.par.internal.remote.HttpsFetcher;
import global.pixell.par.internal.remote.ObjectSource.RangeRequest;
import global.pixell.par.internal.testing.ScriptedServer;
import global.pixell.par.internal.testing.ScriptedServer.Answer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Answers with impossible numbers, from S3 and from a presigned URL: PAR reports each at once and
 * waits for none.
 */
@Timeout(60)
class HostileAnswersTest {

  private static final String KEY = "acme/greeter/1.0.0/greeter.apkg";

  @TempDir private Path cache;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "200|Content-Length|-5||Content-Length is '-5'",
        "200|Content-Length|99999999999999999999||Content-Length is '99999999999999999999'",
        "200|Content-Length|0x10||Content-Length is '0x10'",
        "200|Content-Length|1e3||Content-Length is '1e3'",
        "206|Content-Range|bytes 5-8/100|Content-Length=4|the request was for all bytes, the server sent",
        "206|Content-Range|bytes 0-3/100|Content-Length=4|the request was for all bytes, the server sent a",
        "206|Content-Range|bytes 9-3/100|Content-Length=4|Content-Range is 'bytes 9-3/100'",
        "206|Content-Range|bytes 0-3/2|Content-Length=4|Content-Range is 'bytes 0-3/2' and",
        "206|Content-Range|bytes 0-9/10|Content-Length=4|Content-Range is 'bytes 0-9/10' and Content",
        "206|Content-Range|bytes 0-3/99999999999999999999|Content-Length=4|Content-Range is",
        "206|Content-Range|bytes */4|Content-Length=4|Content-Range is 'bytes */4'",
        "206|ETag|\"1\"|Content-Length=4|Content-Range is ''",
        "304|ETag|\"1\"|Content-Length=0|HTTP 304 to a request without a condition",
      })
  void a_number_that_cannot_be_right_is_not_believed(
      int status, String name, String value, String more, String sentence) {
    String[] second = more == null ? new String[] {"X", "1"} : more.split("=", 2);
    var answer = Answer.of(status, "body", name, value, second[0], second[1]);
    String reason = " sent an answer that cannot be right: " + sentence;
    try (var server = new ScriptedServer(answer);
        Par par = builder(server).build()) {
      ParException e =
          catchThrowableOfType(
              ParException.class, () -> par.fetch(PackageRef.parse("s3://bucket/" + KEY)));

      assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE);
      assertThat(e)
          .hasMessageContaining(reason)
          .hasMessageEndingWith(". Gave up after 2 attempts.");
      assertThat(e.hint()).contains("Check the server, and the network for a proxy");
      assertThat(server.requests()).hasSize(2);
    }
    try (var server = new ScriptedServer(answer)) {
      var presigned = new HttpsFetcher(server.endpoint().resolve("/" + KEY), uri -> true);
      FetchFailure failure =
          catchThrowableOfType(
              FetchFailure.class, () -> presigned.get(RangeRequest.whole(Optional.empty())));

      assertThat(failure.isRetryable()).isTrue();
      assertThat(failure.error()).hasMessageContaining(reason);
      assertThat(failure.error().kind()).isEqualTo(Kind.UNAVAILABLE);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Last-Modified,yesterday",
    "x-amz-mp-parts-count,many",
    "x-amz-mp-parts-count,-1",
    "x-amz-tagging-count,99999999999",
    "x-amz-missing-meta,x",
    "x-amz-object-lock-retain-until-date,never",
    "Expires,0",
    "x-amz-delete-marker,perhaps",
    "x-amz-server-side-encryption-bucket-key-enabled,17",
    "x-amz-checksum-crc32,!!!",
    "x-amz-checksum-sha256,AAAA",
    "Cache-Control,max-age=-1",
  })
  void a_faulty_field_that_nobody_needs_does_no_harm(String name, String value) {
    byte[] apkg = TestZip.of().file("agent.yaml", "name: a\nversion: 1.0.0\n").bytes();
    String body = new String(apkg, StandardCharsets.ISO_8859_1);
    try (var server = ScriptedServer.ofBytes(Answer.of(200, body, "ETag", "\"1\"", name, value))) {
      try (Par par = builder(server).build()) {
        assertThat(par.fetch(PackageRef.parse("s3://bucket/" + KEY)).manifest().name())
            .isEqualTo("a");
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<IsTruncated>true</IsTruncated>",
        "<KeyCount>many</KeyCount>",
        "<MaxKeys>99999999999999</MaxKeys>",
        "<Contents><Key>a</Key><Size>-x</Size></Contents>",
        "<Contents><Key>a</Key><LastModified>soon</LastModified></Contents>",
      })
  void a_listing_with_numbers_that_cannot_be_right_is_no_listing(String element) {
    String xml = "<ListBucketResult><Name>bucket</Name>" + element + "</ListBucketResult>";
    try (var server = new ScriptedServer(Answer.of(200, xml))) {
      try (Par par = builder(server).build()) {
        ParException e =
            catchThrowableOfType(
                ParException.class, () -> par.fetch(PackageRef.parse("acme/greeter@latest")));

        assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(e).hasMessageContaining(" is not a complete listing. Gave up after 2 attempts.");
      }
    }
  }

  @Test
  void a_listing_that_leads_to_itself_is_no_listing() {
    String xml =
        "<ListBucketResult><Name>bucket</Name><IsTruncated>true</IsTruncated>"
            + "<NextContinuationToken>again</NextContinuationToken></ListBucketResult>";
    try (var server = new ScriptedServer(Answer.of(200, xml))) {
      try (Par par = builder(server).build()) {
        ParException e =
            catchThrowableOfType(
                ParException.class, () -> par.fetch(PackageRef.parse("acme/greeter@latest")));

        assertThat(e).hasMessageContaining(" is not a complete listing.");
        assertThat(server.requests()).hasSize(4);
      }
    }
  }

  private Par.Builder builder(ScriptedServer server) {
    return Par.builder()
        .cacheDirectory(cache)
        .allowBucket("bucket")
        .region("us-east-2")
        .endpoint(server.endpoint())
        .credentials(
            new ParConfig.Credentials("PARTESTKITEXAMPLE000", "not-a-secret", Optional.empty()))
        .attempts(2, Duration.ofMinutes(1));
  }
}
