package global.pixell.par.testkit.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.ParConfig;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Fault;
import global.pixell.par.testkit.RecordedRequest;
import global.pixell.par.testkit.testing.ParProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A killed fetch, and the next process. */
@Timeout(120)
class ResumeTest {

  private static final String KEY = "acme/large/1.0.0/large.apkg";
  private static final String REF = "s3://" + ParConfig.DEFAULT_BUCKET + "/" + KEY;
  private static final int MIB = 1 << 20;

  @Test
  void the_process_after_a_killed_one_fetches_only_what_is_missing(@TempDir Path cache)
      throws Exception {
    byte[] noise = new byte[20 * MIB];
    new Random(1).nextBytes(noise);
    byte[] apkg = Apkg.named("large").version("1.0.0").command("true").file("noise", noise).build();
    try (FakeS3 s3 = FakeS3.start()) {
      s3.put(ParConfig.DEFAULT_BUCKET, KEY, apkg);
      s3.onGet(KEY).always().inject(Fault.stallAt(3 * MIB));
      Map<String, String> environment = new HashMap<>(s3.environment());
      environment.put("PAR_CACHE_DIR", cache.toString());
      try (ParProcess killed = ParProcess.start(environment, "fetch", REF, "--json")) {
        awaitNote(cache.resolve("v1/partial"), 12 * MIB);
        assertThat(killed.lines()).isEmpty();
      }
      s3.resetFaults();
      int before = s3.requests().size();

      try (ParProcess next = ParProcess.start(environment, "fetch", REF, "--json")) {
        assertThat(next.exitCode()).isZero();
        assertThat(next.lines().get(0).path("sha256").asText()).isEqualTo(Apkg.sha256(apkg));
      }

      var requests = s3.requests().subList(before, s3.requests().size());
      assertThat(requests).noneMatch(r -> r.range().isEmpty());
      assertThat(requests.stream().mapToLong(RecordedRequest::bytes).sum())
          .isLessThanOrEqualTo(apkg.length - 12 * MIB);
      assertThat(cache.resolve("v1/partial")).isEmptyDirectory();
    }
  }

  /**
   * Waits until the journal records this number of bytes; its ranges are alternating start and end
   * offsets.
   */
  private static void awaitNote(Path directory, long bytes) throws Exception {
    while (noted(directory) < bytes) {
      Thread.sleep(20);
    }
  }

  private static long noted(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return 0;
    }
    long noted = 0;
    try (var folders = Files.newDirectoryStream(directory)) {
      for (Path folder : folders) {
        Path journal = folder.resolve("journal");
        var lines = Files.exists(journal) ? Files.readAllLines(journal) : List.<String>of();
        String last = lines.isEmpty() ? "" : lines.get(lines.size() - 1);
        if (last.contains("[") && last.endsWith("]}")) {
          String[] offsets =
              last.substring(last.indexOf('[') + 1, last.indexOf(']')).split(",", -1);
          for (int i = 0; i + 1 < offsets.length; i += 2) {
            noted += Long.parseLong(offsets[i + 1]) - Long.parseLong(offsets[i]);
          }
        }
      }
    }
    return noted;
  }
}
