package global.pixell.par.internal.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import global.pixell.par.internal.io.ArchiveBytes;
import java.io.File;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One tree, packed by each installed tool, unpacks to the same contents and modes that {@code
 * unzip} writes.
 */
class ArchiveInteropTest {

  private static final String PYTHON_STREAM =
      """
      import os, sys, zipfile
      class Pipe:
          def __init__(self, f): self.f = f
          def write(self, b): return self.f.write(b)
          def flush(self): self.f.flush()
      with open(sys.argv[1], 'wb') as f, zipfile.ZipFile(Pipe(f), 'w', zipfile.ZIP_DEFLATED) as z:
          for folder, folders, files in os.walk('.'):
              for name in folders + files:
                  z.write(os.path.join(folder, name))
      """;

  private static final String PYTHON_ZIP64 =
      """
      import os, sys, zipfile
      with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as z:
          for folder, folders, files in os.walk('.'):
              for name in files:
                  path = os.path.join(folder, name)
                  info = zipfile.ZipInfo.from_file(path)
                  info.compress_type = zipfile.ZIP_DEFLATED
                  with z.open(info, 'w', force_zip64=True) as out, open(path, 'rb') as content:
                      out.write(content.read())
          z.writestr('from/string.txt', 'written from a string')
      """;

  private final Path folder;

  ArchiveInteropTest(@TempDir Path folder) {
    this.folder = folder;
  }

  static Stream<Arguments> tools() {
    return Stream.of(
        tool("Info-ZIP", "zip", "-q", "-r", "ARCHIVE", "."),
        tool("Info-ZIP, stored", "zip", "-q", "-r", "-0", "ARCHIVE", "."),
        tool(
            "Info-ZIP, no folders, no extra fields", "zip", "-q", "-r", "-D", "-X", "ARCHIVE", "."),
        tool("Info-ZIP, zip64 forced", "zip", "-q", "-r", "-fz", "ARCHIVE", "."),
        tool("Info-ZIP through a pipe", "sh", "-c", "zip -q -r - . | cat > 'ARCHIVE'"),
        tool("Info-ZIP, UTF-8 flag", "zip", "-q", "-r", "-UN=UTF8", "ARCHIVE", "."),
        tool("Python", "python3", "-m", "zipfile", "-c", "ARCHIVE", "."),
        tool("Python through a pipe", "python3", "-c", PYTHON_STREAM, "ARCHIVE"),
        tool("Python, zip64 forced", "python3", "-c", PYTHON_ZIP64, "ARCHIVE"),
        tool("jar", "jar", "-c", "-M", "-f", "ARCHIVE", "-C", ".", "."),
        tool("jar, stored", "jar", "-c", "-0", "-M", "-f", "ARCHIVE", "-C", ".", "."),
        tool("bsdtar", "bsdtar", "--format", "zip", "-cf", "ARCHIVE", "."),
        tool(
            "bsdtar, stored",
            "bsdtar",
            "--format",
            "zip",
            "--options",
            "zip:compression=store",
            "-cf",
            "ARCHIVE",
            "."),
        tool("7-Zip", "7z", "a", "-tzip", "-bd", "ARCHIVE", "."),
        tool("7-Zip, stored", "7z", "a", "-tzip", "-bd", "-mx=0", "ARCHIVE", "."));
  }

  private static Arguments tool(String name, String... command) {
    return Arguments.of(name, List.of(command));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("tools")
  void unpacksToWhatUnzipMakesOfIt(String name, List<String> command)
      throws IOException, InterruptedException {
    assumeInstalled("unzip");
    assumeInstalled(command.get(0));
    if (command.get(0).equals("sh")) {
      assumeInstalled(command.get(2).split(" ", 2)[0]);
    }
    // unzip interprets the UTF-8 names of jar as names in a DOS code page.
    Path source = sourceTree(!command.get(0).equals("jar"));
    Path archive = folder.resolve("archive.zip");
    run(source, command.stream().map(w -> w.replace("ARCHIVE", archive.toString())).toList());

    assertSameAsUnzip(archive);
  }

  @Test
  void archivesOfTheJdkUnpackToWhatUnzipMakesOfThem() throws IOException, InterruptedException {
    assumeInstalled("unzip");
    Path archive = folder.resolve("archive.zip");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive))) {
      zip.setComment("made by the JDK");
      for (String name : List.of("agent.yaml", "src/", "src/main.py", "empty")) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(new byte[name.endsWith("/") ? 0 : 20 * name.indexOf('.') + 20]);
        zip.closeEntry();
      }
    }

    assertSameAsUnzip(archive);
  }

  private void assertSameAsUnzip(Path archive) throws IOException, InterruptedException {
    Path theirs = Files.createDirectory(folder.resolve("unzip"));
    Path ours = Files.createDirectory(folder.resolve("ours"));
    run(theirs, List.of("unzip", "-q", archive.toString()));

    UnpackSummary tree;
    try (ArchiveBytes bytes = ArchiveBytes.ofFile(archive)) {
      tree = TestUnpack.unpack(bytes, ours, UnpackLimits.DEFAULT);
      assertThat(TestUnpack.check(bytes, UnpackLimits.DEFAULT)).isEqualTo(tree);
    }

    assertThat(UnpackerTest.tree(ours)).isEqualTo(UnpackerTest.tree(theirs));
    assertThat(tree.files()).isPositive();
  }

  private Path sourceTree(boolean unicode) throws IOException {
    Path source = Files.createDirectory(folder.resolve("source"));
    byte[] noise = new byte[700_000];
    new Random(7).nextBytes(noise);
    write(source, "agent.yaml", "name: greeter\n".getBytes(StandardCharsets.UTF_8), "rw-r--r--");
    write(
        source, "bin/run", "#!/bin/sh\n".repeat(50).getBytes(StandardCharsets.UTF_8), "rwxr-xr-x");
    write(source, "secret.env", new byte[] {'A', '=', '1'}, "rw-------");
    write(source, "read only.txt", new byte[100], "r--r--r--");
    write(source, "src/deep/er/still/noise.bin", noise, "rw-r--r--");
    write(source, "src/zeros.bin", new byte[900_000], "rw-r--r--");
    write(source, "src/__init__.py", new byte[0], "rw-r--r--");
    Files.createDirectories(source.resolve("empty folder"));
    if (unicode
        && Charset.forName(System.getProperty("sun.jnu.encoding", "US-ASCII"))
            .newEncoder()
            .canEncode('\u65e5')) {
      write(source, "caf\u00e9/\u65e5\u672c.txt", noise.clone(), "rw-r--r--");
    }
    return source;
  }

  private static void write(Path root, String name, byte[] content, String mode)
      throws IOException {
    Path path = root.resolve(name);
    Files.createDirectories(path.getParent() == null ? root : path.getParent());
    Files.write(path, content);
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  private static void assumeInstalled(String tool) {
    String path = System.getenv().getOrDefault("PATH", "");
    assumeTrue(
        Arrays.stream(path.split(File.pathSeparator))
            .anyMatch(p -> Files.isExecutable(Path.of(p, tool))),
        tool + " is not installed");
  }

  private void run(Path where, List<String> command) throws IOException, InterruptedException {
    Path log = folder.resolve("log");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(where.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("LC_ALL", "C.UTF-8");
    Process process = builder.start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("%s ended", command).isTrue();
    assertThat(process.exitValue()).as("%s said %s", command, Files.readString(log)).isZero();
  }
}
