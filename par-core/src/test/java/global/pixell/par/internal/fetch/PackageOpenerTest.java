package global.pixell.par.internal.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import global.pixell.par.AgentPackage;
import global.pixell.par.Digest;
import global.pixell.par.Par;
import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.archive.TestZip;
import global.pixell.par.internal.archive.UnpackerTest;
import global.pixell.par.internal.cache.CacheFixture;
import global.pixell.par.internal.cache.CacheLayout;
import global.pixell.par.internal.io.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A local package file through the public API: opened, or refused without remaining files. */
class PackageOpenerTest {

  private static final String MANIFEST = "name: greeter\nversion: 1.2.0\ncommand: [\"true\"]\n";

  @TempDir private Path folder;
  private Par par;

  @BeforeEach
  void open() {
    par = Par.builder().cacheDirectory(folder.resolve("cache")).allowBucket("packages").build();
  }

  @AfterEach
  void close() {
    par.close();
  }

  private Path file(TestZip zip) throws IOException {
    return Files.write(folder.resolve("package.apkg"), zip.bytes());
  }

  private ParException refused(TestZip zip) throws IOException {
    Path file = file(zip);
    ParException inspected = catchThrowableOfType(ParException.class, () -> par.inspect(file));
    ParException opened = catchThrowableOfType(ParException.class, () -> par.open(file));
    assertThat(opened).hasMessage(inspected.getMessage());
    assertThat(opened.kind()).isEqualTo(Kind.BAD_PACKAGE);
    assertThat(folder.resolve("cache/v1/tmp")).isEmptyDirectory();
    assertThat(folder.resolve("cache/v1/trees")).doesNotExist();
    return opened;
  }

  @Test
  void a_tree_is_published_whole_and_read_only() throws IOException {
    Path file =
        file(TestZip.of().file("agent.yaml", MANIFEST).file("bin/run", "#!", e -> e.mode(0100775)));

    AgentPackage agent = par.open(file);

    assertThat(UnpackerTest.modes(agent.directory()))
        .containsEntry("agent.yaml", "r--r--r--")
        .containsEntry("bin/", "r-xr-xr-x")
        .containsEntry("bin/run", "r-xr-xr-x");
    assertThat(folder.resolve("cache/v1/tmp")).isEmptyDirectory();
  }

  @Test
  void a_file_that_is_written_to_while_it_is_opened_is_what_was_copied() throws IOException {
    Path file = file(TestZip.of().file("agent.yaml", MANIFEST));
    byte[] before = Files.readAllBytes(file);
    byte[] after = TestZip.of().file("agent.yaml", MANIFEST).file("new", "x").bytes();
    Digest digest = par.open(file).digest().orElseThrow();
    // PAR reports a corrupt blob between the first read of the file and its copy.
    CacheFixture.overwrite(
        new CacheLayout(folder.resolve("cache")).blob(digest), "x".repeat(before.length));
    try (Par rewriting =
        Par.builder()
            .cacheDirectory(folder.resolve("cache"))
            .allowBucket("packages")
            .onEvent(event -> rewrite(file, after))
            .build()) {

      AgentPackage agent = rewriting.open(file);

      assertThat(agent.digest()).contains(Sha256.of(after));
      assertThat(agent.directory().resolve("new")).hasContent("x");
    }
  }

  private static void rewrite(Path file, byte[] content) {
    try {
      Files.write(file, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void a_folder_without_a_manifest_is_refused_though_a_part_of_it_may_not_be_read()
      throws IOException {
    Path agent = Files.createDirectories(folder.resolve("agent/secret"));
    Files.setPosixFilePermissions(agent, Set.of());
    assumeFalse(Files.isReadable(agent), "root may read everything");

    ParException refused =
        catchThrowableOfType(ParException.class, () -> par.open(folder.resolve("agent")));

    assertThat(refused.kind()).isEqualTo(Kind.BAD_PACKAGE);
    assertThat(refused).hasMessageContaining("found [secret]");
  }

  @Test
  void a_package_wrapped_in_a_folder_is_told_so() throws IOException {
    ParException refused = refused(TestZip.of().file("greeter/agent.yaml", MANIFEST));

    assertThat(refused)
        .hasMessage(
            "The package has no agent.yaml at its top level; found [greeter]. It contains"
                + " 'greeter/agent.yaml': the package is wrapped in a folder.");
    assertThat(refused.hint()).contains("Zip the content of the agent's folder, not the folder");
  }

  @Test
  void a_manifest_in_the_wrong_case_is_told_so() throws IOException {
    assertThat(refused(TestZip.of().file("Agent.yaml", MANIFEST)))
        .hasMessageContaining("It contains 'Agent.yaml': the name must be in lower case.");
  }

  @Test
  void a_package_of_this_machine_has_the_limit_of_a_download() throws IOException {
    Path file = file(TestZip.of().file("agent.yaml", MANIFEST).file("models/a", "x".repeat(2000)));
    long size = Files.size(file);
    for (long limit : new long[] {size - 1, size}) {
      try (Par limited =
          Par.builder()
              .cacheDirectory(folder.resolve("cache-" + limit))
              .allowBucket("packages")
              .maxPackageBytes(limit)
              .build()) {
        if (limit == size) {
          assertThat(limited.inspect(file).packageBytes()).isEqualTo(size);
          assertThat(limited.open(file).manifest().name()).isEqualTo("greeter");
        } else {
          for (ThrowingCallable call :
              List.<ThrowingCallable>of(() -> limited.inspect(file), () -> limited.open(file))) {
            ParException refused = catchThrowableOfType(ParException.class, call);
            assertThat(refused.kind()).isEqualTo(Kind.BAD_PACKAGE);
            assertThat(refused)
                .hasMessageContaining(size + " bytes (0.0 MB), over the limit of " + limit)
                .hasMessageContaining("Its biggest folders, unpacked: models 0.0 MB, . 0.0 MB.");
            assertThat(refused.hint()).contains("maxPackageBytes(…)");
          }
        }
      }
    }
  }

  @Test
  void a_manifest_of_another_suffix_is_told_so() throws IOException {
    assertThat(refused(TestZip.of().file("agent.yml", MANIFEST)))
        .hasMessageContaining("It contains 'agent.yml': the name must be agent.yaml.");
  }

  @ParameterizedTest
  @CsvSource({
    "greeter-1.0.dist-info/METADATA, a Python wheel",
    "greeter-1.0/PKG-INFO, a source distribution of Python",
    "META-INF/MANIFEST.MF, a Java archive (jar)",
    "lambda_function.py, an AWS Lambda function",
    "package/package.json, a Node project",
    "go.mod, a Go project",
    "pom.xml, a Java project",
    "requirements.txt, a Python project"
  })
  void an_archive_of_code_is_called_what_it_is(String file, String kind) throws IOException {
    ParException refused = refused(TestZip.of().file("README", "").file(file, ""));

    assertThat(refused).hasMessageContaining("It is " + kind + ", not an agent package.");
    assertThat(refused.hint()).contains("Add an agent.yaml with name, version and entrypoint");
  }

  @Test
  void an_archive_with_nothing_in_it_is_no_package() throws IOException {
    assertThat(refused(TestZip.of())).hasMessageContaining("has no agent.yaml at its top level");
  }

  @Test
  void a_folder_of_that_name_is_no_manifest() throws IOException {
    String sentence =
        "found [agent.yaml]. It contains the folder 'agent.yaml/': it must be a file.";
    assertThat(refused(TestZip.of().folder("agent.yaml/"))).hasMessageContaining(sentence);
    assertThat(refused(TestZip.of().file("agent.yaml/a", "x"))).hasMessageContaining(sentence);
    Files.createDirectories(folder.resolve("agent/agent.yaml"));
    assertThat(catchThrowableOfType(ParException.class, () -> par.open(folder.resolve("agent"))))
        .hasMessageContaining(sentence);
  }
}
