package global.pixell.par.testkit.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import global.pixell.par.ParConfig;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.internal.io.ReadOnlyTreeDeleter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The maximum number of entries, with long names, in the 64 MB heap of bin/par. */
@Timeout(300)
class ManyEntriesTest {

  private static final Path PAR = Path.of("../par-launcher/target/par/bin/par");
  private static final String KEY = "acme/many/1.0.0/many.apkg";
  private static final int ENTRIES = 50_000;

  /** A file system in memory, if the machine has one: a disk needs far longer for so many files. */
  private static final Path MEMORY = Path.of("/dev/shm");

  private final Path folder;
  private final FakeS3 s3 = FakeS3.start();

  ManyEntriesTest(@TempDir Path temporary) throws IOException {
    folder = Files.isWritable(MEMORY) ? Files.createTempDirectory(MEMORY, "par-many-") : temporary;
  }

  @BeforeAll
  static void built() {
    assumeTrue(Files.isExecutable(PAR), "mvn package makes the distribution");
  }

  @AfterEach
  void close() throws IOException {
    s3.close();
    ReadOnlyTreeDeleter.delete(folder);
  }

  @Test
  void fifty_thousand_entries_with_long_names_fit_into_the_heap_of_the_launcher() throws Exception {
    byte[] apkg = apkg();
    s3.put(ParConfig.DEFAULT_BUCKET, KEY, apkg);
    String ref = "s3://" + ParConfig.DEFAULT_BUCKET + "/" + KEY;
    String pinned = ref + "#sha256=" + Apkg.sha256(apkg);

    Path tree = Path.of(fetch(ref));
    assertThat(tree.resolve("agent.yaml")).exists();
    assertThat(fetch(pinned)).as("by its seal").isEqualTo(tree.toString());
    Path seal = tree.resolveSibling(tree.getFileName() + ".seal");
    Files.delete(seal);

    assertThat(fetch(pinned)).as("by all its bytes").isEqualTo(tree.toString());
    assertThat(seal).exists();
  }

  /** Fetches a package and returns the output: the path of the tree. */
  private String fetch(String ref) throws IOException, InterruptedException {
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    var builder = new ProcessBuilder(List.of(PAR.toString(), "fetch", ref));
    Map<String, String> environment = new HashMap<>(s3.environment());
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.put("PATH", System.getenv("PATH"));
    environment.put("PAR_CACHE_DIR", folder.resolve("cache").toString());
    builder.environment().clear();
    builder.environment().putAll(environment);
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    assertThat(process.waitFor(200, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(err)).isZero();
    return Files.readString(out).strip().split("\\s+", 2)[0];
  }

  /**
   * Names of the greatest average length that a directory of this size may have. They mix upper and
   * lower case, because the check for clashes keeps a second form of such names, and contain one
   * character that doubles their memory.
   */
  private static byte[] apkg() {
    Apkg apkg = Apkg.named("many").command("true");
    for (int i = 1; i < ENTRIES; i++) {
      apkg.file(
          "src/folder" + i / 1000 + "/" + ("Module" + i + "_").repeat(16) + "\u4e16" + ".py", "");
    }
    return apkg.build();
  }
}
