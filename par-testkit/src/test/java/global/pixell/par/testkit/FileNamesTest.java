package global.pixell.par.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import global.pixell.par.ParConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Names of files that only some processes can write. */
@Timeout(60)
class FileNamesTest {

  private static final Path PAR = Path.of("../par-launcher/target/par/bin/par");

  @Test
  void names_beyond_ascii_are_written_where_no_locale_is_set(@TempDir Path folder)
      throws Exception {
    assumeTrue(Files.isExecutable(PAR), "the distribution is not packaged yet");
    Path tree = folder.resolve("tree");
    try (FakeS3 s3 = FakeS3.start()) {
      s3.put(
          ParConfig.DEFAULT_BUCKET,
          "a.apkg",
          Apkg.named("a").command("true").file("café/日本.txt", "x").build());
      var fetch =
          new ProcessBuilder(
              PAR.toString(),
              "fetch",
              "s3://" + ParConfig.DEFAULT_BUCKET + "/a.apkg",
              "--to",
              tree.toString());
      Map<String, String> environment = fetch.environment();
      environment.clear();
      environment.put("PATH", System.getenv("PATH"));
      environment.put("JAVA_HOME", System.getProperty("java.home"));
      environment.put("PAR_CACHE_DIR", folder.resolve("cache").toString());
      environment.putAll(s3.environment());
      Process process = fetch.inheritIO().start();

      assertThat(process.waitFor(50, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
    }
    assertThat(tree.resolve("café/日本.txt")).hasContent("x");
  }
}
