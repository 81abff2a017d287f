package global.pixell.par.testkit.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.AgentPackage;
import global.pixell.par.PackageRef;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.ParEvent;
import global.pixell.par.ParException;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Fault;
import global.pixell.par.testkit.FaultScript;
import global.pixell.par.testkit.RecordedRequest;
import global.pixell.par.testkit.testing.CacheFolder;
import global.pixell.par.testkit.testing.Wire;
import global.pixell.par.testkit.testing.Wire.Reply;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which of S3's statements a fetch trusts, and how many bytes the verification costs. */
@Timeout(120)
class IntegrityTest {

  private static final String BUCKET = ParConfig.DEFAULT_BUCKET;
  private static final String KEY = "acme/large/1.0.0/large.apkg";
  private static final PackageRef REF = PackageRef.parse("s3://" + BUCKET + "/" + KEY);
  private static final int MIB = 1 << 20;

  private final FakeS3 s3 = FakeS3.start();
  private final List<ParEvent.Detail> events = new CopyOnWriteArrayList<>();
  private Par par;

  @BeforeEach
  void open(@TempDir Path cache) {
    s3.createBucket(BUCKET);
    var config = ParConfig.fromEnvironment(new CacheFolder(cache).environment(s3));
    par =
        Par.builder(config)
            .sleeper(delay -> {})
            .onEvent(event -> events.add(event.detail()))
            .build();
  }

  @AfterEach
  void close() {
    par.close();
    s3.close();
  }

  @Test
  void a_composite_checksum_is_no_evidence_and_no_failure() throws IOException {
    byte[] apkg = apkg(6 * MIB);
    upload(apkg, "x-amz-checksum-algorithm", "SHA256");

    AgentPackage agent = par.fetch(REF);

    assertThat(agent.digest().orElseThrow().hex()).isEqualTo(Apkg.sha256(apkg));
    assertThat(evidence()).isEqualTo("length");
  }

  @Test
  void a_checksum_of_the_whole_is_evidence_though_it_was_uploaded_in_parts() throws IOException {
    byte[] apkg = apkg(6 * MIB);
    upload(apkg, "x-amz-checksum-algorithm", "CRC32C", "x-amz-checksum-type", "FULL_OBJECT");

    par.fetch(REF);

    assertThat(evidence()).isEqualTo("length+crc32c");
  }

  @ParameterizedTest
  @CsvSource({"100000", "20000000"})
  void a_wrong_checksum_of_the_whole_is_corrupt_and_says_both(int bytes) {
    byte[] apkg = apkg(bytes);
    s3.put(BUCKET, KEY, apkg);
    s3.onGet(KEY).inject(Fault.wrongChecksum());

    ParException e = refused();

    assertThat(e.kind()).isEqualTo(ParException.Kind.CORRUPT);
    assertThat(e)
        .hasMessageMatching(
            REF
                + " has the crc64nvme [0-9A-Za-z+/]{11}= \\("
                + apkg.length
                + " bytes\\), S3 says [0-9A-Za-z+/]{11}=\\.");
  }

  @Test
  void an_object_that_changes_on_the_way_is_begun_anew() {
    byte[] other = apkg(200_000);
    s3.put(BUCKET, KEY, apkg(300_000));
    s3.onGet(KEY).inject(Fault.truncateAt(100_000)).inject(Fault.changeTo(other));

    assertThat(par.fetch(REF).digest().orElseThrow().hex()).isEqualTo(Apkg.sha256(other));
    assertThat(s3.requests()).extracting(RecordedRequest::status).containsExactly(200, 412, 200);
  }

  @Test
  void an_object_that_changes_twice_is_given_up_and_named() {
    s3.put(BUCKET, KEY, apkg(300_000));
    FaultScript script = s3.onGet(KEY);
    script = script.inject(Fault.truncateAt(100_000)).inject(Fault.changeTo(apkg(200_000)));
    script.inject(Fault.truncateAt(100_000)).inject(Fault.changeTo(apkg(250_000)));

    ParException e = refused();

    assertThat(e.kind()).isEqualTo(ParException.Kind.UNAVAILABLE);
    assertThat(e)
        .hasMessageContaining(REF.toString())
        .hasMessageContaining("the object changed while it was downloaded");
    assertThat(s3.requests())
        .extracting(RecordedRequest::status)
        .containsExactly(200, 412, 200, 412);
  }

  /**
   * A reset of the only stream or of a part. The sizes lead to one stream, to a stream that is
   * large enough for parts but stays on its first connection, and to many parts.
   *
   * @param before how many requests for the byte succeed before the reset
   * @param underWay what socket buffers may hold of an answer that is cut off for parts
   */
  @ParameterizedTest(name = "{0} bytes, {1} requests before")
  @CsvSource({
    "300000, 0, 0",
    "3000000, 0, 0",
    "17000000, 0, 8000000",
    "30000000, 0, 8000000",
    "90000000, 1, 8000000"
  })
  void one_reset_costs_a_tenth_of_the_size_at_most_or_what_is_under_way(
      int bytes, int before, int underWay) {
    byte[] apkg = apkg(bytes);
    s3.put(BUCKET, KEY, apkg);
    // On an unlimited network no parts are needed; S3 sends at about this rate over one connection.
    s3.bandwidth(90_000_000);
    s3.onGet(KEY).covering(bytes / 4 * 3L).after(before).inject(Fault.resetAt(bytes / 16));

    par.fetch(REF);

    assertThat(s3.pendingFaults()).isEmpty();
    long sent = s3.requests().stream().mapToLong(RecordedRequest::bytes).sum();
    assertThat(sent)
        .as("bytes sent of %d", apkg.length)
        .isBetween((long) apkg.length, apkg.length + Math.max(apkg.length / 10L, underWay));
  }

  private ParException refused() {
    return catchThrowableOfType(ParException.class, () -> par.fetch(REF));
  }

  private String evidence() {
    return events.stream()
        .filter(ParEvent.Verified.class::isInstance)
        .map(event -> ((ParEvent.Verified) event).evidence())
        .reduce((first, last) -> last)
        .orElseThrow();
  }

  /** Uploads in parts of 5 MiB with the write API. */
  private void upload(byte[] content, String... headers) throws IOException {
    Wire wire = Wire.to(s3);
    String target = "/" + BUCKET + "/" + KEY;
    String id = wire.post(target + "?uploads", "", headers).element("UploadId");
    var list = new StringBuilder();
    for (int from = 0, number = 1; from < content.length; from += 5 * MIB, number++) {
      byte[] part = Arrays.copyOfRange(content, from, Math.min(content.length, from + 5 * MIB));
      Reply reply = wire.put(target + "?partNumber=" + number + "&uploadId=" + id, part);
      list.append("<Part><PartNumber>" + number + "</PartNumber><ETag>")
          .append(reply.header("ETag"))
          .append("</ETag></Part>");
    }
    String parts = "<CompleteMultipartUpload>" + list + "</CompleteMultipartUpload>";
    assertThat(wire.post(target + "?uploadId=" + id, parts).status()).isEqualTo(200);
  }

  private static byte[] apkg(int bytes) {
    byte[] noise = new byte[bytes];
    new Random(bytes).nextBytes(noise);
    return Apkg.named("large").version("1.0.0").command("true").file("noise", noise).build();
  }
}
