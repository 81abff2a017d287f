package global.pixell.par.internal.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.ParException;
import global.pixell.par.internal.archive.TestZip.Descriptor;
import global.pixell.par.internal.io.AtomicFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The tree that results from a valid archive. */
public class UnpackerTest {

  private final Path staging;

  UnpackerTest(@TempDir Path staging) {
    this.staging = staging;
  }

  @Test
  void filesAndFoldersArriveWithTheirContent() throws IOException {
    TestZip zip =
        TestZip.of()
            .folder("src/")
            .file("src/main.py", "print('hi')\n")
            .file("agent.yaml", "name: greeter\n", e -> e.stored());

    UnpackSummary tree = unpack(zip);

    assertThat(tree).isEqualTo(new UnpackSummary(3, 2, 26, 0));
    assertThat(tree(staging))
        .containsExactly(
            Map.entry("agent.yaml", "rw-r--r-- name: greeter\n"),
            Map.entry("src/", "rwxr-xr-x"),
            Map.entry("src/main.py", "rw-r--r-- print('hi')\n"));
  }

  @Test
  void foldersThatNoEntryNamesAreMade() throws IOException {
    unpack(TestZip.of().file("a/b/c.txt", "deep"));

    assertThat(tree(staging)).containsOnlyKeys("a/", "a/b/", "a/b/c.txt");
  }

  @Test
  void aFolderWhoseEmptyContentIsDeflatedIsAFolder() throws IOException {
    unpack(TestZip.of().folder("src/", e -> e.method = 8).file("src/__init__.py", ""));

    assertThat(tree(staging)).containsOnlyKeys("src/", "src/__init__.py");
    assertThat(staging.resolve("src/__init__.py")).isEmptyFile();
  }

  @ParameterizedTest
  @EnumSource(Descriptor.class)
  void everyFormOfDataDescriptorIsRead(Descriptor form) throws IOException {
    unpack(
        TestZip.of()
            .file("deflated", "one two three", e -> e.descriptor = form)
            .file("stored", "four", e -> e.stored().descriptor = form)
            .file("last", "", e -> e.descriptor = form));

    assertThat(staging.resolve("deflated")).hasContent("one two three");
    assertThat(staging.resolve("stored")).hasContent("four");
    assertThat(staging.resolve("last")).isEmptyFile();
  }

  @Test
  void zip64FieldsAreRead() throws IOException {
    unpack(
        TestZip.of()
            .file("a", "first", e -> e.centralZip64 = true)
            .file(
                "b",
                "second",
                e -> {
                  e.centralZip64 = true;
                  e.localZip64 = true;
                })
            .file(
                "c",
                "third",
                e -> {
                  e.localZip64 = true;
                  e.descriptor = Descriptor.SIGNED_64;
                })
            .lie(z -> z.zip64 = true));

    assertThat(staging.resolve("a")).hasContent("first");
    assertThat(staging.resolve("b")).hasContent("second");
    assertThat(staging.resolve("c")).hasContent("third");
  }

  @Test
  void unixModesKeepWhatIsHarmless() throws IOException {
    unpack(
        TestZip.of()
            .file("run", "x", e -> e.mode(0100755))
            .file("private", "x", e -> e.mode(0100600))
            .file("group", "x", e -> e.mode(0100664))
            .file("setuid", "x", e -> e.mode(0107777))
            .file("unreadable", "x", e -> e.mode(0100000))
            .file("writeonly", "x", e -> e.mode(0100222))
            .file("typeless", "x", e -> e.mode(0700))
            .file("none", "x", e -> e.mode(0))
            .file("darwin", "x", e -> e.mode(0100755).madeBy = 19 << 8 | 20)
            .file("dos", "x", e -> e.mode(0100755).madeBy = TestZip.DOS)
            .folder("closed/", e -> e.mode(0040000))
            .folder("sticky/", e -> e.mode(0041777)));

    assertThat(modes(staging))
        .containsEntry("run", "rwxr-xr-x")
        .containsEntry("private", "rw-------")
        .containsEntry("group", "rw-rw-r--")
        .containsEntry("setuid", "rwxrwxr-x")
        .containsEntry("unreadable", "r--------")
        .containsEntry("writeonly", "rw--w----")
        .containsEntry("typeless", "rwx------")
        .containsEntry("none", "rw-r--r--")
        .containsEntry("darwin", "rwxr-xr-x")
        .containsEntry("dos", "rw-r--r--")
        .containsEntry("closed/", "rwx------")
        .containsEntry("sticky/", "rwxrwxr-x");
  }

  @Test
  void aTreeForTheCacheKeepsEveryModeButWriting() throws IOException {
    TestZip zip =
        TestZip.of()
            .file("run", "x", e -> e.mode(0100755))
            .file("writeonly", "x", e -> e.mode(0100222))
            .file("implied/deep/file", "x", e -> e.mode(0100664))
            .folder("private/", e -> e.mode(0040700))
            .folder("private/group/", e -> e.mode(0040775));
    ZipDirectory content = ZipDirectory.read(zip.archive(), UnpackLimits.DEFAULT);

    Unpacker.unpack(content, TreeWriter.readOnly(staging, 0), 2, () -> false);

    assertThat(modes(staging))
        .containsOnly(
            Map.entry("run", "r-xr-xr-x"),
            Map.entry("writeonly", "r--------"),
            Map.entry("implied/", "r-xr-xr-x"),
            Map.entry("implied/deep/", "r-xr-xr-x"),
            Map.entry("implied/deep/file", "r--r--r--"),
            Map.entry("private/", "r-x------"),
            Map.entry("private/group/", "r-xr-xr-x"));
    AtomicFiles.deleteTree(staging);
    assertThat(Files.createDirectory(staging)).isEmptyDirectory();
  }

  @Test
  void namesOfTheJdkAreReadAsUtf8() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry("caf\u00e9/\u65e5\u672c.txt"));
      zip.closeEntry();
    }

    ZipDirectory directory =
        ZipDirectory.read(TestZip.archive(bytes.toByteArray()), UnpackLimits.DEFAULT);

    assertThat(directory.members())
        .extracting(ZipMember::path)
        .containsExactly("caf\u00e9/\u65e5\u672c.txt");
  }

  @Test
  void aNameThatThisProcessCannotWriteIsADiskFailureWithTheRemedy() {
    // Half a surrogate pair represents a name that a process in the C locale cannot write.
    EntryName name = new EntryName("\ud800", 3, "\ud800", false);
    ZipMember member = new ZipMember(name, 0, ZipMember.STORED, 0, 0, 0, 0, 0644);
    TreeWriter writer = new TreeWriter(staging, 0);

    ParException refused =
        catchThrowableOfType(
            ParException.class, () -> writer.write(member, ByteBuffer.allocate(0)));

    assertThat(refused.kind()).isEqualTo(ParException.Kind.DISK);
    assertThat(refused).hasMessageContaining("cannot be written in this process's file name");
    assertThat(refused.hint()).contains("LC_ALL=C.UTF-8");
  }

  @Test
  void aTreeIsTheSameWhateverTheNumberOfWorkers() throws IOException {
    TestZip zip = TestZip.of();
    for (int i = 0; i < 60; i++) {
      byte[] content = new byte[i * 5_000];
      new Random(i).nextBytes(content);
      zip.file(
          TestZip.utf8("d" + i % 7 + "/f" + i), content, e -> e.method = e.name.length % 2 * 8);
    }
    Path one = Files.createDirectory(staging.resolve("one"));
    Path five = Files.createDirectory(staging.resolve("five"));

    TestUnpack.unpack(zip.archive(), one, UnpackLimits.DEFAULT, 1, () -> false);
    TestUnpack.unpack(zip.archive(), five, UnpackLimits.DEFAULT, 5, () -> false);

    assertThat(tree(five)).isEqualTo(tree(one)).hasSize(67);
  }

  @Test
  void theBombRuleBeginsAboveTenMegabytesAndAboveAThousandToOne() {
    long tenMegabytes = 10L << 20;

    assertThat(UnpackLimits.isBomb(tenMegabytes, 1)).isFalse();
    assertThat(UnpackLimits.isBomb(tenMegabytes + 1, 1)).isTrue();
    assertThat(UnpackLimits.isBomb(20_000_000, 20_000)).isFalse();
    assertThat(UnpackLimits.isBomb(20_000_001, 20_000)).isTrue();
    assertThat(UnpackLimits.isBomb(Long.MAX_VALUE, Long.MAX_VALUE)).isFalse();
  }

  @Test
  void exactlyTheLimitsPass() {
    TestZip zip = TestZip.of().file("a", "12345").file("b", "67890");

    assertThat(TestUnpack.check(zip.archive(), new UnpackLimits(10, 2)).bytes()).isEqualTo(10);
    assertThat(
            catchThrowableOfType(
                ParException.class, () -> TestUnpack.check(zip.archive(), new UnpackLimits(9, 2))))
        .hasMessageContaining("\"b\" with 5 bytes takes the package over the limit of 9");
  }

  @Test
  void folders_without_an_entry_of_their_own_are_no_entries() {
    TestZip zip = TestZip.of().file("agent.yaml", "").file("src/a", "").file("src/deep/er/b", "");

    assertThat(TestUnpack.check(zip.archive(), new UnpackLimits(10, 3)).entries()).isEqualTo(3);
    assertThat(
            catchThrowableOfType(
                ParException.class, () -> TestUnpack.check(zip.archive(), new UnpackLimits(10, 2))))
        .hasMessageContaining("it has 3 entries; the limit is 2.");
  }

  @Test
  void exactly_as_many_implied_folders_as_are_allowed_pass() {
    UnpackLimits limits = new UnpackLimits(10, 20);
    int allowed = (int) limits.maxImpliedFolders();
    TestZip zip = TestZip.of();
    for (int left = allowed; left > 0; left -= 1000) {
      zip.file(left + "/" + "d/".repeat(Math.min(left, 1000) - 1) + "f", "");
    }

    assertThat(TestUnpack.check(zip.archive(), limits).files()).isEqualTo(11);
    // A folder that has its own entry is no longer an implicit folder.
    zip.folder(allowed + "/").file("one/f", "");
    assertThat(TestUnpack.check(zip.archive(), limits).files()).isEqualTo(12);
    zip.file("two/f", "");
    assertThat(
            catchThrowableOfType(ParException.class, () -> TestUnpack.check(zip.archive(), limits)))
        .hasMessageContaining("\"two/f\" implies more than " + allowed + " folders");
  }

  @Test
  void macDebrisIsLeftOut() throws IOException {
    UnpackSummary tree =
        unpack(
            TestZip.of()
                .file("agent.yaml", "name: a")
                .file(".DS_Store", "junk")
                .file("src/.DS_Store", "junk")
                .folder("__MACOSX/")
                .file("__MACOSX/._agent.yaml", "junk"));

    assertThat(tree).isEqualTo(new UnpackSummary(5, 1, 7, 4));
    assertThat(tree(staging)).containsOnlyKeys("agent.yaml", "src/");
  }

  private UnpackSummary unpack(TestZip zip) {
    return TestUnpack.unpack(zip.archive(), staging, UnpackLimits.DEFAULT);
  }

  public static Map<String, String> modes(Path root) throws IOException {
    Map<String, String> modes = new TreeMap<>();
    tree(root).forEach((name, line) -> modes.put(name, line.substring(0, 9)));
    return modes;
  }

  /** The files of a tree: relative names (folders end in a slash), with mode and content. */
  public static Map<String, String> tree(Path root) throws IOException {
    Map<String, String> tree = new TreeMap<>();
    try (Stream<Path> walk = Files.walk(root)) {
      for (Path path : (Iterable<Path>) walk.filter(p -> !p.equals(root))::iterator) {
        String name = root.relativize(path).toString();
        String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
        if (Files.isDirectory(path)) {
          tree.put(name + "/", mode);
        } else {
          tree.put(
              name, mode + " " + new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1));
        }
      }
    }
    return tree;
  }

  @Test
  void aFileIsReadWithoutUnpacking() {
    ZipDirectory directory =
        ZipDirectory.read(
            TestZip.of().file("agent.yaml", "name: a").file("b", "").archive(),
            UnpackLimits.DEFAULT);

    assertThat(directory.readEntry("agent.yaml", 100)).hasValue(TestZip.utf8("name: a"));
    assertThat(directory.readEntry("missing", 100)).isEmpty();
    ParException refused =
        catchThrowableOfType(ParException.class, () -> directory.readEntry("agent.yaml", 6));
    assertThat(refused.kind()).isEqualTo(ParException.Kind.BAD_PACKAGE);
    assertThat(refused).hasMessageContaining("has 7 bytes; at most 6 are allowed");
  }
}
