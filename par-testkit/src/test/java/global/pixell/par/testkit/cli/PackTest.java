package global.pixell.par.testkit.cli;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.Digest;
import global.pixell.par.internal.text.Json;
import global.pixell.par.launcher.terminal.TerminalFeatures;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.cli.console.Terminal;
import global.pixell.par.testkit.internal.pack.IgnoreRules;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TimeZone;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code par-testkit pack} as its user sees it. */
class PackTest {

  @TempDir private Path temporary;
  private Path folder;
  private final Map<String, String> environment = new HashMap<>();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @BeforeEach
  void agent() throws IOException {
    folder = temporary.resolve("agent");
    write("agent.yaml", "name: greeter\nversion: 1.2.0\ncommand: [sh, run.sh]\n");
    write("run.sh", "echo hi\n");
    write("src/a.py", "print('a')\n");
  }

  @Test
  void it_prints_id_size_digest_and_reference() throws IOException {
    Path file = temporary.resolve("x.apkg");

    assertThat(pack("-o", file.toString())).isZero();

    String digest = Apkg.sha256(Files.readAllBytes(file));
    assertThat(text(out))
        .contains("packed greeter@1.2.0: 3 entries")
        .contains(" -> " + file)
        .contains("sha256    " + digest)
        .contains("#sha256=" + digest);
    assertThat(names(file)).containsExactly("agent.yaml", "run.sh", "src/a.py");
  }

  @Test
  void the_same_files_give_the_same_bytes_whatever_their_times_modes_zone_and_language()
      throws IOException {
    byte[] first = packed();
    TimeZone zone = TimeZone.getDefault();
    Locale language = Locale.getDefault();
    try {
      TimeZone.setDefault(TimeZone.getTimeZone("Asia/Kathmandu"));
      Locale.setDefault(Locale.forLanguageTag("tr-TR"));
      Path other = temporary.resolve("other");
      // Files created in another order, at another time, under another umask.
      for (String name : List.of("src/a.py", "run.sh", "agent.yaml")) {
        Path file = other.resolve(name);
        Files.createDirectories(file.getParent());
        Files.copy(folder.resolve(name), file);
        Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
      }
      folder = other;

      assertThat(packed()).isEqualTo(first);
    } finally {
      TimeZone.setDefault(zone);
      Locale.setDefault(language);
    }
  }

  @Test
  void the_execute_bit_is_kept_and_is_part_of_the_digest() throws IOException {
    byte[] before = packed();
    Files.setPosixFilePermissions(
        folder.resolve("run.sh"), PosixFilePermissions.fromString("rwx------"));

    byte[] after = packed();

    assertThat(after).isNotEqualTo(before).hasSameSizeAs(before);
  }

  @Test
  void what_is_never_meant_is_left_out_and_a_secret_says_why() throws IOException {
    write(".git/HEAD", "x");
    write("src/__pycache__/a.pyc", "x");
    write(".venv/bin/python", "x");
    write("old.apkg", "x");
    write(".env", "KEY=secret\n");

    Path file = temporary.resolve("x.apkg");
    assertThat(pack("-o", file.toString())).isZero();

    assertThat(names(file)).containsExactly("agent.yaml", "run.sh", "src/a.py");
    assertThat(text(err))
        .contains("left out  .git/\n")
        .contains(
            "left out  .env  (secrets do not belong in a package; a line !.env in .parignore");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "*.log                 | a.log,d/b.log       | keep.txt,d/keep.txt",
        "/top.txt              | top.txt             | d/top.txt",
        "build/                | build/x,d/build/x   | d/builder,e/build",
        "d/*.txt               | d/a.txt             | d/e/a.txt,a.txt",
        "d/**/*.txt            | d/a.txt,d/e/f/a.txt | a.txt",
        "**/tmp                | tmp/x,d/tmp/x       | tmpx",
        "[ab].txt              | a.txt,b.txt         | c.txt",
        "[!ab].txt             | c.txt               | a.txt",
        "?.txt                 | a.txt               | ab.txt",
        "\\#odd                | #odd                | odd",
        "*.txt;!keep.txt       | a.txt               | keep.txt",
        "d/;!d/keep.txt        | d/keep.txt          | a.txt",
        "# *.txt;;             |                     | a.txt",
      })
  void the_ignore_file_is_read_as_git_reads_its_own(String rules, String out, String in) {
    var ignore = new IgnoreRules(rules.strip().replace(';', '\n').getBytes(StandardCharsets.UTF_8));

    for (String path : paths(out)) {
      assertThat(ignore.leavesOut(path)).as("%s is out", path).isTrue();
    }
    for (String path : paths(in)) {
      assertThat(ignore.leavesOut(path)).as("%s is in", path).isFalse();
    }
  }

  @Test
  void an_ignore_file_may_take_a_default_back() throws IOException {
    write(".env", "A=1\n");
    write(".parignore", "!.env\nsrc/\n");

    Path file = temporary.resolve("x.apkg");
    assertThat(pack("-o", file.toString())).isZero();

    assertThat(names(file)).containsExactly("agent.yaml", ".env", "run.sh");
    assertThat(text(err)).contains("warning").contains(".env");
  }

  @Test
  void a_link_within_is_followed_and_one_that_leads_out_or_nowhere_is_refused() throws IOException {
    Files.createSymbolicLink(folder.resolve("link.sh"), Path.of("run.sh"));
    Path file = temporary.resolve("x.apkg");
    assertThat(pack("-o", file.toString())).isZero();
    assertThat(names(file)).contains("link.sh");

    Files.writeString(temporary.resolve("outside"), "secret");
    Files.createSymbolicLink(folder.resolve("out"), Path.of("../outside"));
    assertThat(pack("-o", file.toString())).isEqualTo(80);
    assertThat(text(err)).contains("the link out points out of the folder, to ");

    Files.delete(folder.resolve("out"));
    Files.createSymbolicLink(folder.resolve("gone"), Path.of("nowhere"));
    assertThat(pack("-o", file.toString())).isEqualTo(80);
    assertThat(text(err)).contains("the link gone is dangling");

    Files.delete(folder.resolve("gone"));
    Files.createSymbolicLink(folder.resolve("src/up"), Path.of(".."));
    assertThat(pack("-o", file.toString())).isEqualTo(80);
    assertThat(text(err)).contains("the link src/up points to a folder that contains it");
  }

  @Test
  void what_par_would_refuse_is_refused_with_85_and_nothing_is_written() throws IOException {
    write("agent.yaml", "name: Greeter\nversion: 1.2.0\ncommand: [sh]\n");
    Path file = temporary.resolve("x.apkg");

    assertThat(pack("-o", file.toString())).isEqualTo(85);

    assertThat(text(err)).contains("Greeter");
    assertThat(file).doesNotExist();
    try (var left = Files.list(temporary)) {
      assertThat(left).containsExactly(folder);
    }
  }

  @Test
  void a_name_that_par_refuses_is_refused() throws IOException {
    write("a\nb.txt", "x");

    assertThat(pack("-o", temporary.resolve("x.apkg").toString())).isEqualTo(85);
  }

  @Test
  void a_folder_without_a_manifest_and_no_folder_say_so() throws IOException {
    Files.delete(folder.resolve("agent.yaml"));
    assertThat(pack()).isEqualTo(80);
    assertThat(text(err)).contains("there is no agent.yaml at the top of " + folder);

    folder = temporary.resolve("absent");
    assertThat(pack()).isEqualTo(80);
    assertThat(text(err)).contains("no such directory: " + folder);
  }

  @Test
  void what_is_larger_than_the_heap_is_packed_with_a_small_one() throws Exception {
    byte[] noise = new byte[1 << 20];
    try (var big = Files.newOutputStream(folder.resolve("model.bin"))) {
      for (int i = 0; i < 48; i++) {
        new Random(i).nextBytes(noise);
        big.write(noise);
      }
    }
    Path file = temporary.resolve("x.apkg");

    Path said = temporary.resolve("said");
    var builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx32m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                TestkitMain.class.getName(),
                "pack",
                folder.toString(),
                "-o",
                file.toString())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile());
    Process process = builder.start();

    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(said)).isZero();
    assertThat(names(file)).contains("model.bin");
  }

  @Test
  void what_is_over_a_limit_is_refused_with_85_before_it_is_read() throws IOException {
    try (var sparse = new RandomAccessFile(folder.resolve("huge").toFile(), "rw")) {
      sparse.setLength(3L << 30);
    }
    Path file = temporary.resolve("x.apkg");

    assertThat(pack("-o", file.toString())).isEqualTo(85);

    assertThat(text(err))
        .contains("bytes, over the limit of 2147483648.")
        .contains("Leave files out in .parignore, or raise PAR_MAX_UNPACKED_MB");
    assertThat(file).doesNotExist();
  }

  @Test
  void a_package_that_par_would_not_download_is_refused_with_85() throws IOException {
    byte[] noise = new byte[(1 << 20) + 1];
    new Random(1).nextBytes(noise);
    Files.write(folder.resolve("noise"), noise);
    environment.put("MAX_PACKAGE_SIZE_MB", "1");

    assertThat(pack("-o", temporary.resolve("x.apkg").toString())).isEqualTo(85);
    assertThat(text(err)).contains("more than 1048576 bytes").contains("raise MAX_PACKAGE_SIZE_MB");
    try (var left = Files.list(temporary)) {
      assertThat(left).containsExactly(folder);
    }

    environment.put("MAX_PACKAGE_SIZE_MB", "2");
    assertThat(pack("-o", temporary.resolve("x.apkg").toString())).isZero();
  }

  @Test
  void a_package_is_in_no_later_package() throws IOException {
    byte[] before = packed();
    assertThat(pack("-o", folder.toString())).isZero();
    assertThat(folder.resolve("greeter-1.2.0.apkg")).exists();
    assertThat(packed()).isEqualTo(before);

    Path file = folder.resolve("src/x.zip");
    assertThat(pack("-o", file.toString())).isEqualTo(80);
    assertThat(text(err)).contains(file + " would be part of the next package; write it elsewhere");
    assertThat(file).doesNotExist();

    write(".parignore", "/src/*.zip\n");
    assertThat(pack("-o", file.toString())).isZero();
    assertThat(packed()).isEqualTo(before);
  }

  @Test
  void a_folder_for_the_package_that_is_not_there_says_so() {
    Path absent = temporary.resolve("absent");

    assertThat(pack("-o", absent.resolve("x.apkg").toString())).isEqualTo(80);

    assertThat(text(err))
        .startsWith("par-testkit: no such directory for the package: " + absent + "\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "environment: {A: b} | declares no command, entrypoint or surface; it cannot be booted",
        "command: [sh, none.sh] | command names none.sh, which is not in the package.",
        "command: [run.sh] | 'run.sh' of the package is not executable.",
        "command: [sh, run.sh, $REST_PORT] | write ${REST_PORT}.",
        "entrypoint: none.py | The entrypoint 'none.py' is not a file of the package.",
        "entrypoint: src/a.py\\nui: {path: dist} | ui.path 'dist' is not a directory of the package",
        "entrypoint: src/a.py\\ncomand: [x] | Did you mean 'command'?",
      })
  void what_packs_and_cannot_be_booted_is_warned_of(String start, String warning)
      throws IOException {
    write("agent.yaml", "name: greeter\nversion: 1.2.0\n" + start.replace("\\n", "\n") + "\n");
    Path file = temporary.resolve("x.apkg");

    assertThat(pack("-o", file.toString())).isZero();
    assertThat(text(err)).contains("warning   ").contains(warning);

    Files.delete(file);
    assertThat(pack("--strict", "-o", file.toString())).isEqualTo(85);
    assertThat(text(err)).contains(warning);
    assertThat(file).doesNotExist();
  }

  @Test
  void a_program_gets_one_line_of_json() throws IOException {
    write("agent.yaml", "name: greeter\nversion: 1.2.0\ncommand: [./run.sh]\n");
    write("run.sh", "echo hi\n");
    write(".env", "SECRET=1\n");
    Path file = temporary.resolve("x.apkg");

    assertThat(pack("--json", "-o", file.toString())).isZero();

    assertThat(text(err)).isEmpty();
    assertThat(text(out)).endsWith("}\n").hasLineCount(1);
    var fields = new HashMap<String, Object>(Json.read(text(out)));
    assertThat(fields)
        .containsEntry("file", file.toString())
        .containsEntry("id", "greeter@1.2.0")
        .containsEntry("digest", Digest.of(file).hex())
        .containsEntry("bytes", Files.size(file))
        .containsEntry("left_out", List.of(".env"));
    assertThat((List<?>) fields.get("warnings")).singleElement().asString().contains("run.sh");
  }

  @Test
  void what_starts_by_itself_is_not_warned_of() throws IOException {
    write("agent.yaml", "name: greeter\nversion: 1.2.0\nentrypoint: src/a.py\n");

    assertThat(pack("-o", temporary.resolve("x.apkg").toString())).isZero();

    assertThat(text(err)).doesNotContain("warning");
  }

  @Test
  void every_fault_of_a_folder_is_reported_at_once() throws IOException {
    Files.createSymbolicLink(folder.resolve("gone"), Path.of("nowhere"));
    Files.createSymbolicLink(folder.resolve("src/up"), Path.of(".."));

    assertThat(pack()).isEqualTo(80);

    assertThat(text(err))
        .contains("the link gone is dangling; delete it, or list it in .parignore")
        .contains("the link src/up points to a folder that contains it");
  }

  @Test
  void an_editor_that_marks_the_byte_order_voids_no_rule() throws IOException {
    write(".parignore", "\ufeffsecret.txt\n");
    write("secret.txt", "s3cr3t");

    assertThat(pack()).isZero();

    assertThat(text(err)).contains("left out  secret.txt");
  }

  private byte[] packed() throws IOException {
    Path file = temporary.resolve("packed.apkg");
    assertThat(pack("-o", file.toString())).as(text(err)).isZero();
    byte[] bytes = Files.readAllBytes(file);
    Files.delete(file);
    return bytes;
  }

  private int pack(String... more) {
    err.reset();
    out.reset();
    var args = new java.util.ArrayList<>(List.of("pack", folder.toString()));
    Collections.addAll(args, more);
    return new TestkitCli(
            new Terminal(
                environment,
                new PrintStream(out, true),
                new PrintStream(err, true),
                TerminalFeatures.of(false, Map.of())))
        .run(args);
  }

  private void write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private static List<String> names(Path zip) throws IOException {
    try (var file = new ZipFile(zip.toFile())) {
      return file.stream().map(e -> e.getName()).toList();
    }
  }

  private static List<String> paths(@org.jspecify.annotations.Nullable String text) {
    return text == null ? List.of() : List.of(text.split(",", -1));
  }

  private static String text(ByteArrayOutputStream stream) {
    return stream.toString(StandardCharsets.UTF_8);
  }
}
