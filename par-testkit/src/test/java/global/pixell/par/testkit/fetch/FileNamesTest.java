package global.pixell.par.testkit.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import global.pixell.par.ParConfig;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.testing.TestkitCommand;
import global.pixell.par.testkit.testing.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** File names beyond ASCII, in commands that start in the machine's locale. */
@Timeout(120)
class FileNamesTest {

  private static final Path PAR = Path.of("../par-launcher/target/par/bin/par");

  @TempDir Path folder;

  @Test
  void names_beyond_ascii_are_written_where_no_locale_is_set() throws Exception {
    assumeTrue(Files.isExecutable(PAR), "the distribution is not packaged yet");
    Path tree = folder.resolve("tree");
    try (FakeS3 s3 = FakeS3.start()) {
      s3.put(
          ParConfig.DEFAULT_BUCKET,
          "a.apkg",
          Apkg.named("a").command("true").file("café/日本.txt", "x").build());
      var environment = new HashMap<>(s3.environment());
      environment.put("PAR_CACHE_DIR", folder.resolve("cache").toString());

      Run run =
          run(
              environment,
              PAR.toString(),
              "fetch",
              "s3://" + ParConfig.DEFAULT_BUCKET + "/a.apkg",
              "--to",
              tree.toString());

      assertThat(run.code()).as(run.said()).isZero();
    }
    assertThat(tree.resolve("café/日本.txt")).hasContent("x");
  }

  @Test
  void a_package_has_the_same_bytes_whatever_the_locale() throws Exception {
    Path agent = agent();
    Files.writeString(agent.resolve("grüße.txt"), "hi");
    String testkit = testkit();

    List<byte[]> packages = new ArrayList<>();
    for (Map<String, String> locale :
        List.of(
            Map.of("LC_ALL", "C.UTF-8"),
            Map.of("LANG", "C"),
            Map.of("LC_ALL", "POSIX"),
            Map.<String, String>of())) {
      Path file = folder.resolve("packed-" + packages.size() + ".apkg");
      Run run = run(locale, testkit, "pack", agent.toString(), "-o", file.toString());
      assertThat(run.code()).as("%s: %s", locale, run.said()).isZero();
      packages.add(Files.readAllBytes(file));
    }

    assertThat(packages).allSatisfy(bytes -> assertThat(bytes).isEqualTo(packages.get(0)));
    try (var zip = new ZipFile(folder.resolve("packed-0.apkg").toFile())) {
      assertThat(zip.stream().map(Object::toString)).contains("grüße.txt");
    }
  }

  @Test
  void a_name_that_is_not_unicode_is_refused_with_85_and_never_changed() throws Exception {
    Path agent = agent();
    createLatin1Name(agent);
    Path file = folder.resolve("packed.apkg");

    Run run = run(Map.of("LANG", "C"), testkit(), "pack", agent.toString(), "-o", file.toString());

    assertThat(run.code()).as(run.said()).isEqualTo(85);
    assertThat(run.said()).contains("gr\uFFFDn.txt is not valid UTF-8.", ".parignore");
    assertThat(file).doesNotExist();
  }

  @Test
  void a_name_that_is_not_unicode_may_be_left_out_of_a_package() throws Exception {
    Path agent = agent();
    createLatin1Name(agent);
    Files.writeString(agent.resolve(".parignore"), "gr*.txt\n");
    Path file = folder.resolve("packed.apkg");

    Run run = run(Map.of("LANG", "C"), testkit(), "pack", agent.toString(), "-o", file.toString());

    assertThat(run.code()).as(run.said()).isZero();
  }

  @Test
  void a_folder_as_a_bucket_lists_only_keys_that_can_be_had() throws Exception {
    Path buckets = folder.resolve("buckets");
    Path bucket = Files.createDirectories(buckets.resolve("files"));
    Files.writeString(bucket.resolve("grüße.txt"), "hi");
    createLatin1Name(bucket);

    try (FakeS3 s3 = FakeS3.start(FakeS3.options().directory(buckets))) {
      String listing = Wire.to(s3).get("/files?list-type=2").body();

      assertThat(listing).contains("<Key>grüße.txt</Key>").containsOnlyOnce("<Key>");
    }
  }

  private Path agent() throws IOException {
    Path agent = Files.createDirectories(folder.resolve("agent"));
    Files.writeString(
        agent.resolve("agent.yaml"), "name: greeter\nversion: 1.0.0\ncommand: [\"true\"]\n");
    return agent;
  }

  /** A file with the byte 0xFC in its name: "ü" in ISO 8859-1, no character in UTF-8. */
  private void createLatin1Name(Path directory) throws Exception {
    Run run =
        run(Map.of(), "sh", "-c", "cd \"$0\" && : >\"$(printf 'gr\\374n.txt')\"", "" + directory);
    assumeTrue(run.code() == 0, "the file system takes only valid names: " + run.said());
  }

  private String testkit() throws IOException {
    return TestkitCommand.install(folder.resolve("par-testkit")).toString();
  }

  private record Run(int code, String said) {}

  /** Runs a command with only the given variables, a PATH and this Java. */
  private Run run(Map<String, String> environment, String... command) throws Exception {
    Path said = Files.createTempFile(folder, "said", "");
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().put("PATH", System.getenv("PATH"));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().putAll(environment);
    Process process = builder.redirectOutput(said.toFile()).start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    // A message about an invalid name may itself be invalid UTF-8.
    return new Run(
        process.exitValue(), new String(Files.readAllBytes(said), StandardCharsets.UTF_8));
  }
}
