package global.pixell.par.testkit.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import global.pixell.par.ParException;
import global.pixell.par.launcher.agent.preparation.PackageReview;
import global.pixell.par.launcher.terminal.TerminalFeatures;
import global.pixell.par.testkit.cli.console.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The findings of {@code par-testkit pack} about Python agents, with the installed interpreter. */
class PackPythonTest {

  @TempDir private Path temporary;
  private Path folder;
  private String python = "";
  private final Map<String, String> environment = new HashMap<>();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @BeforeEach
  void agent() throws Exception {
    environment.put("PATH", "/usr/bin:/bin");
    Process asked =
        new ProcessBuilder(
                "/usr/bin/env",
                "PATH=/usr/bin:/bin",
                "python3",
                "-c",
                "import sys; print('%d.%d' % sys.version_info[:2])")
            .redirectErrorStream(true)
            .start();
    python = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assumeTrue(asked.waitFor() == 0, "left out: there is no python3 in /usr/bin");
    folder = Files.createDirectory(temporary.resolve("agent"));
    manifest("entrypoint: main:handler\n");
    write("main.py", "def handler(payload):\n    return 1\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rest: {entry: 'routes:mount'} | rest.entry 'routes:mount': the package has no routes.py.",
        "entrypoint: main:handlr | main.py defines no 'handlr'. Did you mean 'handler'?",
        "exports: [{id: a, handler: main.nothing}] | main.py defines no 'nothing'",
      })
  void what_a_manifest_names_and_the_code_lacks_is_named(String yaml, String warning)
      throws IOException {
    manifest(yaml + "\n");

    assertThat(pack()).isZero();
    assertThat(text()).contains("warning   ").contains(warning);
    assertThat(pack("--strict")).isEqualTo(85);
  }

  @Test
  void wrong_syntax_is_named_with_its_line() throws IOException {
    write("util.py", "x = 1\ndef broken(:\n");

    assertThat(pack()).isZero();
    assertThat(text()).contains("util.py:2: invalid syntax");
  }

  @Test
  void native_libraries_of_another_machine_and_credentials_are_named() throws IOException {
    byte[] elf = new byte[64];
    System.arraycopy(new byte[] {0x7f, 'E', 'L', 'F', 2, 1}, 0, elf, 0, 6);
    elf[18] = 62;
    Files.write(folder.resolve("fast.so"), elf);
    write("id_rsa", "x");
    write("tls.pem", "-----BEGIN PRIVATE KEY-----\n");

    assertThat(pack("--platform", "linux/amd64")).isZero();
    assertThat(text()).contains("look like credentials").contains("id_rsa, tls.pem");
    assertThat(text()).doesNotContain("Native libraries");
    assertThat(pack("--platform", "linux/arm64")).isZero();
    assertThat(text()).contains("Native libraries are not made for linux/arm64: fast.so.");
  }

  @Test
  void bytecode_is_packed_twice_alike_and_refused_when_it_is_not_its_sources() throws IOException {
    manifest("runtime: python" + python + "\nentrypoint: main:handler\n");
    // Bytes that do not deflate, so that bytecode is a small part of the package.
    byte[] weight = new byte[100_000];
    new java.util.Random(1).nextBytes(weight);
    Files.write(folder.resolve("model.bin"), weight);

    assertThat(pack("--strict")).as(text()).isZero();
    byte[] first = Files.readAllBytes(file());
    assertThat(pack("--strict")).isZero();
    assertThat(Files.readAllBytes(file())).isEqualTo(first);
    String bytecode = "__pycache__/main.cpython-" + python.replace(".", "") + ".pyc";
    assertThat(names(file())).contains(bytecode);

    Path tampered = temporary.resolve("tampered.apkg");
    try (var from = new ZipFile(file().toFile());
        var to = new ZipOutputStream(Files.newOutputStream(tampered))) {
      for (ZipEntry entry : Collections.list(from.entries())) {
        to.putNextEntry(new ZipEntry(entry.getName()));
        byte[] content = from.getInputStream(entry).readAllBytes();
        if (entry.getName().equals("main.py")) {
          content = "def handler(payload):\n    return 2\n".getBytes(StandardCharsets.UTF_8);
        }
        to.write(content);
        to.closeEntry();
      }
    }
    assertThat(review(tampered)).contains("is not the bytecode of its source");
  }

  @Test
  void bytecode_that_would_weigh_too_much_is_left_out() throws IOException {
    manifest("runtime: python" + python + "\nentrypoint: main:handler\n");

    assertThat(pack()).isZero();
    assertThat(text()).contains("bytecode is left out");
    assertThat(names(file())).containsExactly("agent.yaml", "main.py");
  }

  @Test
  void dependencies_are_packed_from_a_wheelhouse() throws IOException {
    Path wheelhouse = Files.createDirectory(temporary.resolve("wheelhouse"));
    wheel(wheelhouse);
    environment.put("WHEELHOUSE_DIR", wheelhouse.toString());
    write("requirements.txt", "greeting==1.0\n");

    assertThat(pack("--deps", "--platform", "linux/arm64", "--python", "3.12")).as(text()).isZero();
    assertThat(names(file())).contains("site-packages/greeting/__init__.py");
    byte[] first = Files.readAllBytes(file());
    assertThat(pack("--deps", "--platform", "linux/arm64", "--python", "3.12")).isZero();
    assertThat(Files.readAllBytes(file())).isEqualTo(first);

    write("requirements.txt", "greeting==2.0\n");
    assertThat(pack("--deps")).isEqualTo(85);
    assertThat(text()).contains("No matching distribution found for greeting==2.0");

    write("requirements.txt", "-r requirements.txt\n");
    assertThat(pack("--deps")).isEqualTo(85);
    assertThat(text()).contains("requirements.txt includes itself").contains("into one file");
  }

  @Test
  void wheels_are_of_the_platform_and_the_python_that_are_asked_for() throws IOException {
    Path wheelhouse = Files.createDirectory(temporary.resolve("wheelhouse"));
    wheel(wheelhouse, "cp312-cp312-manylinux2014_aarch64", "TEXT = 'arm64'\n");
    wheel(wheelhouse, "cp311-cp311-manylinux2014_x86_64", "TEXT = 'amd64'\n");
    environment.put("WHEELHOUSE_DIR", wheelhouse.toString());
    write("requirements.txt", "greeting\n");

    assertThat(pack("--deps", "--platform", "linux/arm64", "--python", "3.12")).as(text()).isZero();
    try (var zip = new ZipFile(file().toFile());
        var module = zip.getInputStream(zip.getEntry("site-packages/greeting/__init__.py"))) {
      assertThat(new String(module.readAllBytes(), StandardCharsets.UTF_8)).contains("arm64");
    }
    assertThat(pack("--deps", "--platform", "linux/amd64", "--python", "3.12")).isEqualTo(85);
    assertThat(text())
        .contains("cannot be packed for Python 3.12 on linux/amd64")
        .contains("Each needs a wheel for that platform");
  }

  private static String review(Path file) {
    try {
      var unused = PackageReview.of(file, Map.of("PATH", "/usr/bin:/bin"), "linux/amd64", true);
      return "";
    } catch (ParException e) {
      return e.getMessage();
    }
  }

  private static void wheel(Path directory) throws IOException {
    wheel(directory, "py3-none-any", "TEXT = 'one'\n");
  }

  private static void wheel(Path directory, String tag, String code) throws IOException {
    String info = "greeting-1.0.dist-info/";
    Map<String, String> files =
        Map.of(
            "greeting/__init__.py",
            code,
            info + "METADATA",
            "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n",
            info + "WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: " + tag + "\n",
            info + "RECORD",
            "greeting/__init__.py,,\n" + info + "METADATA,,\n" + info + "WHEEL,,\n");
    try (var zip =
        new ZipOutputStream(
            Files.newOutputStream(directory.resolve("greeting-1.0-" + tag + ".whl")))) {
      for (var file : files.entrySet()) {
        zip.putNextEntry(new ZipEntry(file.getKey()));
        zip.write(file.getValue().getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
      }
    }
  }

  private void manifest(String yaml) throws IOException {
    write("agent.yaml", "name: greeter\nversion: 1.2.0\n" + yaml);
  }

  private Path file() {
    return temporary.resolve("x.apkg");
  }

  private int pack(String... more) {
    err.reset();
    var args = new ArrayList<>(List.of("pack", folder.toString(), "-o", file().toString()));
    Collections.addAll(args, more);
    return new TestkitCli(
            new Terminal(
                environment,
                new PrintStream(new ByteArrayOutputStream(), true),
                new PrintStream(err, true),
                TerminalFeatures.of(false, Map.of())))
        .run(args);
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }

  private static List<String> names(Path zip) throws IOException {
    try (var file = new ZipFile(zip.toFile())) {
      return file.stream().map(ZipEntry::getName).toList();
    }
  }

  private String text() {
    return err.toString(StandardCharsets.UTF_8);
  }
}
