package global.pixell.par.testkit.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import global.pixell.par.ParConfig;
import global.pixell.par.internal.text.Json;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Fault;
import global.pixell.par.testkit.internal.io.ReadOnlyTreeDeleter;
import global.pixell.par.testkit.internal.launch.FreePorts;
import global.pixell.par.testkit.testing.ParProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The receipt of a boot. */
@Timeout(120)
class ReceiptTest {

  private static final String KEY = "acme/greeter/1.2.0/greeter.apkg";

  private final FakeS3 s3 = FakeS3.start();
  private final Path work = temporaryDirectory();

  @AfterEach
  void close() throws IOException {
    s3.close();
    ReadOnlyTreeDeleter.delete(work);
  }

  @Test
  void a_boot_says_what_it_ran_how_that_was_proved_and_what_it_cost() throws Exception {
    s3.enableVersioning(ParConfig.DEFAULT_BUCKET);
    byte[] apkg = publish();
    s3.onGet(KEY).times(1).inject(Fault.slowDown());
    Map<String, String> environment = environment();
    environment.put("PACKAGE_URL", environment.get("PACKAGE_URL") + "#sha256=" + Apkg.sha256(apkg));

    String resolved = boot(environment);
    var cold = Json.read(Files.readString(receipts().get(0)));
    boot(environment);
    var warm = Json.read(Files.readString(receipts().get(1)));

    assertThat(cold)
        .containsEntry("agent_app_id", "receipt-test")
        .containsEntry("outcome", "stopped")
        .containsEntry("exit_code", 0L)
        .containsEntry("name", "greeter")
        .containsEntry("address", "s3://" + ParConfig.DEFAULT_BUCKET + "/" + KEY)
        .containsEntry("sha256", Apkg.sha256(apkg))
        .containsEntry("bytes", (long) apkg.length)
        .containsEntry("cache_hit", false)
        .containsEntry("retries", 1L)
        .containsEntry("bucket", ParConfig.DEFAULT_BUCKET)
        .containsEntry("key", KEY)
        .containsEntry("expected_sha256", Apkg.sha256(apkg))
        .containsKeys("etag", "version_id", "java", "par", "started");
    assertThat(resolved)
        .contains("\"version_id\":\"" + cold.get("version_id") + "\"")
        .contains("\"etag\":\"" + cold.get("etag") + "\"")
        .contains("\"key\":\"" + KEY + "\"");
    assertThat((String) cold.get("verified_by")).contains("length", "sha256");
    assertThat((Long) cold.get("wire_bytes")).isGreaterThanOrEqualTo(apkg.length);
    assertThat(String.valueOf(cold.get("phases_ms")))
        .matches("\\{config=\\d+, fetch=\\d+, start=\\d+, ready=\\d+, total=\\d+}");
    assertThat(warm).containsEntry("cache_hit", true).doesNotContainKey("wire_bytes");
    assertThat(Files.readString(receipts().get(0))).doesNotContain(FakeS3.SECRET_KEY);
  }

  @Test
  void a_failed_boot_leaves_its_reason_where_the_operator_said() throws Exception {
    publish();
    s3.onGet(KEY).times(9).inject(Fault.accessDenied());
    Path file = work.resolve("new/receipt.json");
    Map<String, String> environment = environment();
    environment.put("PAR_RECEIPT", file.toString());
    try (var par = ParProcess.start(environment)) {
      assertThat(par.exitCode()).isEqualTo(82);
    }

    assertThat(Json.read(Files.readString(file)))
        .containsEntry("outcome", "failed")
        .containsEntry("exit_code", 82L)
        .containsEntry("code", "ACCESS_DENIED")
        .containsEntry("phase", "fetch")
        .containsKeys("error", "hint");
    assertThat(work.resolve("cache/receipts")).doesNotExist();
  }

  @Test
  void a_receipt_that_cannot_be_written_is_a_warning_and_no_failure() throws Exception {
    publish();
    Path file = Files.writeString(work.resolve("file"), "in the way").resolve("receipt.json");
    Map<String, String> environment = environment();
    environment.put("PAR_RECEIPT", file.toString());
    try (var par = ParProcess.start(environment)) {
      par.await("Runtime ready");
      par.terminate();

      assertThat(par.exitCode()).isZero();
      assertThat(par.lines("Receipt not written").toString()).contains(file.toString());
    }
  }

  @Test
  void a_receipt_behind_a_link_is_written_and_the_link_stays() throws Exception {
    Path file = Files.writeString(work.resolve("old.json"), "of the boot before");
    Path link = Files.createSymbolicLink(work.resolve("receipt.json"), file);

    fail(link);

    assertThat(link).isSymbolicLink();
    assertThat(Json.read(Files.readString(file))).containsEntry("code", "ACCESS_DENIED");
  }

  @Test
  void a_receipt_never_replaces_what_is_no_file() throws Exception {
    Path pipe = work.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();

    List<JsonNode> warnings = fail(pipe);

    assertThat(Files.readAttributes(pipe, BasicFileAttributes.class).isOther()).isTrue();
    assertThat(warnings.toString()).contains(pipe + " is not a regular file");
  }

  /** Boots without a permission. Returns the warnings about the receipt. */
  private List<JsonNode> fail(Path receipt) throws Exception {
    publish();
    s3.onGet(KEY).always().inject(Fault.accessDenied());
    Map<String, String> environment = environment();
    environment.put("PAR_RECEIPT", receipt.toString());
    try (var par = ParProcess.start(environment)) {
      assertThat(par.exitCode()).isEqualTo(82);
      return par.lines("Receipt not written");
    }
  }

  @Test
  void the_newest_hundred_are_kept() throws Exception {
    publish();
    Path folder = Files.createDirectories(work.resolve("cache/receipts"));
    for (int i = 0; i < 103; i++) {
      Files.writeString(folder.resolve("2025-01-02T03-04-%03d-1.json".formatted(i)), "{}");
    }

    boot(environment());

    assertThat(receipts()).hasSize(100);
    assertThat(receipts().get(99).getFileName().toString()).doesNotStartWith("2025");
    assertThat(receipts().get(0).getFileName().toString()).contains("-004-1");
  }

  /** Boots and stops; returns the text of the resolution. */
  private String boot(Map<String, String> environment) throws Exception {
    try (var par = ParProcess.start(environment)) {
      par.await("Runtime ready");
      par.terminate();
      assertThat(par.exitCode()).isZero();
      return par.lines("Package resolved").toString();
    }
  }

  private List<Path> receipts() throws IOException {
    try (Stream<Path> files = Files.list(work.resolve("cache/receipts"))) {
      return files.sorted().toList();
    }
  }

  private byte[] publish() {
    byte[] bytes =
        Apkg.named("greeter")
            .command("sh", "run.sh")
            .manifest("ready: {line: up}")
            .file("run.sh", "echo up; exec sleep 600\n")
            .build();
    s3.put(ParConfig.DEFAULT_BUCKET, KEY, bytes);
    return bytes;
  }

  private Map<String, String> environment() throws IOException {
    var environment = new HashMap<>(s3.environment());
    environment.put("AGENT_APP_ID", "receipt-test");
    environment.put("PACKAGE_URL", "s3://" + ParConfig.DEFAULT_BUCKET + "/" + KEY);
    environment.put("PAR_CACHE_DIR", work.resolve("cache").toString());
    environment.putAll(FreePorts.variables());
    return environment;
  }

  private static Path temporaryDirectory() {
    try {
      return Files.createTempDirectory("par-receipt-");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
