package global.pixell.par.internal.archive;

import static global.pixell.par.internal.archive.TestZip.extra;
import static global.pixell.par.internal.archive.TestZip.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.ParException;
import global.pixell.par.internal.archive.TestZip.Descriptor;
import global.pixell.par.internal.archive.TestZip.Out;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The corpus: handmade archives, each wrong or unusual in one way, with the expected verdict. The
 * test checks and unpacks each archive. Both must give the same verdict, and no file may appear
 * outside the staging folder.
 */
class HostileArchivesTest {

  private static final UnpackLimits LIMITS = new UnpackLimits(64L << 20, 100);

  private final Path folder;

  HostileArchivesTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @ParameterizedTest(name = "{0}: {2}")
  @MethodSource("refused")
  void isRefusedWithItsReason(String what, byte[] archive, String sentence) throws IOException {
    Path staging = Files.createDirectories(folder.resolve("outer/staging"));

    ParException checked =
        catchThrowableOfType(
            ParException.class, () -> TestUnpack.check(TestZip.archive(archive), LIMITS));
    ParException unpacked =
        catchThrowableOfType(
            ParException.class, () -> TestUnpack.unpack(TestZip.archive(archive), staging, LIMITS));

    assertThat(checked).as(what).isNotNull();
    assertThat(checked.kind()).isEqualTo(ParException.Kind.BAD_PACKAGE);
    assertThat(checked).hasMessageContaining(sentence);
    assertThat(checked.getMessage()).doesNotContainPattern("[\\x00-\\x1f\\x7f]");
    assertThat(checked.hint()).isNotBlank();
    assertThat(unpacked).isNotNull().hasMessage(checked.getMessage());
    try (Stream<Path> outside = Files.walk(folder)) {
      assertThat(outside.filter(p -> !p.startsWith(staging)))
          .containsExactlyInAnyOrder(folder, folder.resolve("outer"));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("accepted")
  void isUnpacked(String what, byte[] archive, String files) throws IOException {
    TestUnpack.check(TestZip.archive(archive), LIMITS);
    TestUnpack.unpack(TestZip.archive(archive), folder, LIMITS);

    assertThat(String.join(" ", UnpackerTest.tree(folder).keySet())).as(what).isEqualTo(files);
  }

  private static final class Corpus {
    private final Map<String, Arguments> cases = new LinkedHashMap<>();

    Corpus add(String name, TestZip zip, String expected) {
      return add(name, zip.bytes(), expected);
    }

    Corpus add(String name, byte[] zip, String expected) {
      Arguments known =
          cases.put(name, Arguments.of(name, Named.of(zip.length + " bytes", zip), expected));
      assertThat(known).as("a second case named " + name).isNull();
      return this;
    }
  }

  private static TestZip folderOf(int mode) {
    return TestZip.of().folder("d/", e -> e.mode(mode));
  }

  /** Announces a data descriptor and omits it, but states its values in the header. */
  private static Consumer<TestZip.Entry> withoutDescriptor(Consumer<TestZip.Entry> more) {
    return e -> {
      CRC32 crc = new CRC32();
      crc.update(e.content);
      e.descriptor = Descriptor.SIGNED;
      e.rawDescriptor = new byte[0];
      e.localCrc = crc.getValue();
      e.localSize = (long) e.content.length;
      e.localCompressed = (long) TestZip.deflate(e.content).length;
      more.accept(e);
    };
  }

  private static TestZip named(String name) {
    return TestZip.of().file("agent.yaml", "name: a").file(name, "x");
  }

  private static TestZip pair(String first, String second) {
    return TestZip.of().file(first, "1").file(second, "2");
  }

  private static TestZip mode(int mode) {
    return TestZip.of().file("special", "/etc/passwd", e -> e.mode(mode));
  }

  private static TestZip entry(Consumer<TestZip.Entry> lies) {
    return TestZip.of().file("before", "b").file("liar", "content content", lies).file("after", "");
  }

  private static TestZip archive(Consumer<TestZip> lies) {
    return TestZip.of().file("a", "one").file("b", "two").lie(lies);
  }

  static Stream<Arguments> refused() {
    Corpus corpus = new Corpus();
    names(corpus);
    clashes(corpus);
    kinds(corpus);
    contradictions(corpus);
    layouts(corpus);
    sizes(corpus);
    return corpus.cases.values().stream();
  }

  private static void names(Corpus corpus) {
    corpus
        .add("absolute name", named("/etc/passwd"), "\"/etc/passwd\" has an absolute name")
        .add("two leading slashes", named("//host/share"), "has an absolute name")
        .add("climbing", named("../evil"), "\"../evil\" climbs with a \"..\" segment")
        .add("climbing in the middle", named("a/../../evil"), "climbs with a \"..\" segment")
        .add("climbing at the end", named("a/.."), "climbs with a \"..\" segment")
        .add("climbing folder", TestZip.of().folder("../"), "climbs with a \"..\" segment")
        .add("drive letter", named("C:/Windows/evil"), "begins with a drive letter")
        .add("drive without slash", named("c:evil"), "begins with a drive letter")
        .add("backslash", named("..\\evil"), "\"..\\\\evil\" has a backslash")
        .add("backslash inside", named("a\\b"), "has a backslash")
        .add("NUL", named("a.yaml\0.txt"), "\"a.yaml\\u0000.txt\" has the control character U+0000")
        .add("line feed", named("a\nFAKE LOG"), "has the control character U+000A")
        .add("delete", named("a\u007f"), "has the control character U+007F")
        .add("C1 control", named("a\u009b31m"), "has the control character U+009B")
        .add("empty name", named(""), "has no name")
        .add("empty segment", named("a//b"), "has an empty segment")
        .add("only a slash", TestZip.of().folder("/"), "has an absolute name")
        .add("file named dot", named("a/."), "is a file with the name of a folder")
        .add("long segment", named("d/" + "x".repeat(256)), "has a segment of 256 bytes")
        .add("long segment of wide characters", named("ü".repeat(128)), "a segment of 256 bytes")
        .add("long path", named("abcdefg/".repeat(400) + "x"), "has a name of 3201 bytes")
        .add(
            "not UTF-8",
            TestZip.of().file(new byte[] {'a', (byte) 0xff, 'b'}, utf8("x"), e -> {}),
            "has a name that is not UTF-8")
        .add(
            "overlong UTF-8 of a slash",
            TestZip.of()
                .file(new byte[] {'.', '.', (byte) 0xc0, (byte) 0xaf, 'b'}, utf8("x"), e -> {}),
            "has a name that is not UTF-8")
        .add(
            "half a surrogate pair",
            TestZip.of()
                .file(new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80}, utf8("x"), e -> {}),
            "has a name that is not UTF-8")
        .add(
            "changed content in debris that is skipped",
            TestZip.of().file(".DS_Store", "x", e -> e.crc = 1L),
            "has the CRC")
        .add(
            "a false descriptor in debris that is skipped",
            TestZip.of()
                .file(
                    "__MACOSX/a",
                    "x",
                    e -> {
                      e.descriptor = TestZip.Descriptor.SIGNED;
                      e.descriptorCrc = 1L;
                    }),
            "CRC in its descriptor")
        .add("climbing in debris that is skipped", named("__MACOSX/../../evil"), "climbs with")
        .add(
            "second name in an extra field",
            entry(e -> e.centralExtra = unicodePath("liar", "../evil")),
            "has a second name, \"../evil\"");
  }

  private static void clashes(Corpus corpus) {
    corpus
        .add("same name twice", pair("a/b", "a/b"), "\"a/b\" occurs twice")
        .add("same folder twice", TestZip.of().folder("a/").folder("a/"), "occurs twice")
        .add("same after a dot segment", pair("a/b", "a/./b"), "is the same path as entry \"a/b\"")
        .add(
            "same after a dot segment in front",
            pair("agent.yaml", "./agent.yaml"),
            "\"./agent.yaml\" is the same path as entry \"agent.yaml\"")
        .add(
            "same folder after a dot segment",
            TestZip.of().folder("./a/").folder("a/"),
            "\"a/\" is the same path as entry \"./a/\"")
        .add("same but for case", pair("Agent.yaml", "agent.yaml"), "where case or Unicode form")
        .add("same but for case of a folder", pair("Lib/a", "lib/b"), "where case or Unicode form")
        .add("composed and decomposed", pair("caf\u00e9", "cafe\u0301"), "where case or Unicode")
        .add("composed and decomposed, other case", pair("CAF\u00c9", "cafe\u0301"), "where case")
        .add("sharp s", pair("stra\u00dfe", "STRASSE"), "where case or Unicode form")
        .add("final sigma", pair("\u03c3", "\u03c2"), "where case or Unicode form")
        .add(
            "marks in another order", pair("\u1fb4", "\u03b1\u0345\u0301"), "where case or Unicode")
        .add("kelvin sign", pair("\u212a", "k"), "where case or Unicode form")
        .add("file where a folder is needed", pair("a", "a/b"), "\"a/b\" clashes with entry \"a\"")
        .add("folder where a file is needed", pair("a/b", "a"), "\"a\" clashes with entry \"a/b\"")
        .add("deep clash", pair("a/b/c/d", "A/b"), "where case or Unicode form")
        .add("file and folder", TestZip.of().file("a", "x").folder("a/"), "clashes with entry")
        .add("folder and file", TestZip.of().folder("a/").file("a", "x"), "clashes with entry");
  }

  private static void kinds(Corpus corpus) {
    corpus
        .add("symbolic link", mode(0120777), "\"special\" is a symbolic link")
        .add(
            "symbolic link that claims to come from DOS",
            TestZip.of().file("special", "x", e -> e.mode(0120777).madeBy = TestZip.DOS),
            "is a symbolic link")
        .add("socket", mode(0140644), "is a socket")
        .add("block device", mode(0060644), "is a block device")
        .add("character device", mode(0020644), "is a character device")
        .add("named pipe", TestZip.of().file("p", "", e -> e.mode(0010644)), "is a named pipe")
        .add("folder that is a named pipe", folderOf(0010755), "is a named pipe")
        .add("folder that is a symbolic link", folderOf(0120777), "is a symbolic link")
        .add("folder that is a block device", folderOf(0060644), "is a block device")
        .add("folder that is a socket", folderOf(0140644), "is a socket")
        .add("file without a mode that says it is everything", mode(0xffff), "unknown kind 170000")
        .add("unknown kind", mode(0170644), "is of the unknown kind 170000")
        .add("folder without a slash", mode(0040755), "is marked as a folder but its name")
        .add(
            "DOS folder without a slash",
            entry(
                e -> {
                  e.madeBy = TestZip.DOS;
                  e.external = 0x10;
                }),
            "is marked as a folder but its name")
        .add(
            "link in PKWARE's unix field",
            entry(e -> e.centralExtra = extra(0x000d, Arrays.copyOf(new byte[0], 20))),
            "is a link or a device by its unix field")
        .add(
            "link in PKWARE's unix field of the local header",
            entry(e -> e.localExtra = extra(0x000d, Arrays.copyOf(new byte[0], 20))),
            "is a link or a device by its unix field")
        .add(
            "link in the ASi unix field",
            entry(e -> e.localExtra = extra(0x756e, asi(0100644, "/etc/passwd"))),
            "is a link or a device by its unix field")
        .add(
            "symbolic link in the ASi unix field",
            entry(e -> e.localExtra = extra(0x756e, asi(0120777, ""))),
            "is a symbolic link")
        .add("encrypted", entry(e -> e.flags = 1), "\"liar\" is encrypted")
        .add("strongly encrypted", entry(e -> e.flags = 0x41), "is encrypted")
        .add("masked header", entry(e -> e.flags = 0x2000), "is encrypted")
        .add(
            "strong encryption field",
            entry(e -> e.centralExtra = extra(0x0017, new byte[8])),
            "is encrypted")
        .add("AES", entry(e -> e.method = 99), "method 99 (AES encryption)")
        .add("patch data", entry(e -> e.flags = 0x20), "is a patch for another archive")
        .add("Deflate64", entry(e -> e.method = 9), "method 9 (Deflate64)")
        .add("bzip2", entry(e -> e.method = 12), "method 12 (bzip2)")
        .add("LZMA", entry(e -> e.method = 14), "method 14 (LZMA)")
        .add("Zstandard", entry(e -> e.method = 93), "method 93 (Zstandard)")
        .add("unknown method", entry(e -> e.method = 1234), "method 1234; 0 (stored)")
        .add(
            "folder with content",
            TestZip.of().folder("d/", e -> e.content = utf8("hidden")),
            "is a folder with 6 bytes of content");
  }

  private static void contradictions(Corpus corpus) {
    corpus
        .add(
            "another name in the local header",
            entry(e -> e.localName = utf8("liaR")),
            "\"liar\" is called \"liaR\" in its local header")
        .add(
            "a longer name in the local header",
            entry(e -> e.localName = utf8("longer")),
            "\"liar\" is called \"longer\" in its local header")
        .add(
            "a shorter name in the local header",
            entry(
                e -> {
                  e.localName = utf8("l");
                  e.localExtra = new byte[3];
                }),
            "\"liar\" is called \"l\" in its local header")
        .add(
            "a much longer name in the last local header",
            TestZip.of().file("a", "1", e -> e.localName = new byte[300]),
            "\"a\" is called \"\\u0000")
        .add(
            "another method in the local header",
            entry(e -> e.localMethod = 0),
            "has method 0 beside its data but 8 in the directory")
        .add(
            "encrypted by the local header only",
            entry(e -> e.localFlags = 1),
            "has flags 1 beside its data but 0 in the directory")
        .add("descriptor by the local header only", entry(e -> e.localFlags = 8), "has flags 8")
        .add("UTF-8 by the local header only", entry(e -> e.localFlags = 0x800), "has flags 2048")
        .add("another CRC in the local header", entry(e -> e.localCrc = 1L), "has CRC 1 beside")
        .add("another size in the local header", entry(e -> e.localSize = 1L), "has size 1 beside")
        .add(
            "another compressed size in the local header",
            entry(e -> e.localCompressed = 1L),
            "has compressed size 1 beside")
        .add(
            "another size in the local zip64 field",
            entry(
                e -> {
                  e.localZip64 = true;
                  e.localSize = 1L << 40;
                }),
            "has size 1099511627776 beside")
        .add(
            "a size beside a descriptor",
            entry(
                e -> {
                  e.descriptor = Descriptor.SIGNED;
                  e.localSize = 3L;
                }),
            "has size 3 beside its data but 15")
        .add(
            "another CRC in the descriptor",
            entry(
                e -> {
                  e.descriptor = Descriptor.SIGNED;
                  e.descriptorCrc = 7L;
                }),
            "has CRC in its descriptor 7")
        .add(
            "another size in the descriptor",
            entry(
                e -> {
                  e.descriptor = Descriptor.PLAIN_64;
                  e.descriptorSize = 7L;
                }),
            "has size in its descriptor 7")
        .add(
            "another compressed size in the descriptor",
            entry(
                e -> {
                  e.descriptor = Descriptor.PLAIN;
                  e.descriptorCompressed = 7L;
                }),
            "has compressed size in its descriptor 7")
        .add(
            "a descriptor that is not there",
            entry(
                e -> {
                  e.descriptor = Descriptor.SIGNED;
                  e.rawDescriptor = new byte[0];
                }),
            "announces a data descriptor, which has 12, 16, 20 or 24 bytes, but 0")
        .add(
            "a descriptor that is not there, with the CRC left open",
            entry(withoutDescriptor(e -> e.localCrc = 0L)),
            "announces a data descriptor")
        .add(
            "a descriptor that is not there, with a size left open",
            entry(withoutDescriptor(e -> e.localSize = 0L)),
            "announces a data descriptor")
        .add(
            "a descriptor that is not there, with the compressed size left open",
            entry(withoutDescriptor(e -> e.localCompressed = TestZip.SENTINEL)),
            "announces a data descriptor")
        .add(
            "eight bytes instead of a descriptor",
            entry(withoutDescriptor(e -> e.rawDescriptor = new byte[8])),
            "but 8 bytes follow its data")
        .add(
            "a descriptor with another signature",
            entry(
                e -> {
                  e.descriptor = Descriptor.SIGNED;
                  e.rawDescriptor = new byte[16];
                }),
            "has a data descriptor of 16 bytes without a signature")
        .add(
            "no local header",
            entry(e -> e.localSignature = 0x04034b51),
            "has no local header at 39")
        .add("a false CRC", entry(e -> e.crc = 0x12345678L), "instead of 12345678")
        .add(
            "a false CRC of a stored file",
            entry(e -> e.stored().crc = 0x12345678L),
            "instead of 12345678")
        .add(
            "deflate data that are none",
            entry(e -> e.data = new byte[] {7, 7, 7, 7}),
            "has compressed data that cannot be read")
        .add(
            "deflate data that end early",
            entry(e -> e.data = Arrays.copyOf(TestZip.deflate(e.content), 5)),
            "has compressed data that end early")
        .add("no deflate data at all", entry(e -> e.data = new byte[0]), "that end early, after 0")
        .add(
            "bytes hidden after deflate data",
            entry(e -> e.data = new Out().raw(TestZip.deflate(e.content)).raw(utf8("hid")).bytes()),
            "has 3 bytes after the end of its compressed data")
        .add(
            "an extra field that is cut",
            entry(e -> e.centralExtra = new byte[] {1, 2, 9, 0, 0}),
            "has an extra field 0x0201 of 9 bytes where only 1 are left")
        .add(
            "two zip64 fields",
            entry(
                e -> {
                  e.centralZip64 = true;
                  e.centralExtra = extra(1, new byte[24]);
                }),
            "has two zip64 fields")
        .add(
            "a zip64 field that is too short",
            entry(
                e -> {
                  e.size = TestZip.SENTINEL;
                  e.centralExtra = extra(1, new byte[4]);
                }),
            "has a zip64 field that is too short")
        .add(
            "a negative zip64 size",
            entry(
                e -> {
                  e.size = -1L;
                  e.centralZip64 = true;
                }),
            "has the number 18446744073709551615 in its zip64 field");
  }

  private static void layouts(Corpus corpus) {
    byte[] good = TestZip.of().file("a", "one").bytes();
    corpus
        .add("nothing", new byte[0], "it has 0 bytes, the smallest zip has 22")
        .add("no zip", utf8("pickled herring, bottled beer"), "it has no end record")
        .add(
            "cut at the end", Arrays.copyOf(good, good.length - 1), "does not end with the archive")
        .add("cut in the middle", Arrays.copyOf(good, good.length / 2), "a zip without its end")
        .add(
            "cut at the start",
            Arrays.copyOfRange(good, 1, good.length),
            "bytes were put before, between or behind")
        .add(
            "data put before no entries",
            TestZip.of().lie(z -> z.prefix = utf8("#!/bin/sh")),
            "bytes 0 to 9 belong")
        .add("data put before", archive(z -> z.prefix = utf8("#!/bin/sh")), "bytes 0 to 9 belong")
        .add(
            "a program put before, offsets unchanged",
            new Out().raw(utf8("#!/bin/sh")).raw(good).bytes(),
            "bytes were put before, between or behind")
        .add("garbage put behind", archive(z -> z.suffix = utf8("x")), "does not end with the")
        .add(
            "zeros and a byte put behind",
            archive(z -> z.suffix = Arrays.copyOf(new byte[] {0, 0, 7}, 512)),
            "does not end with the")
        .add(
            "more zeros put behind than readers look at",
            archive(z -> z.suffix = new byte[65_536]),
            "a zip without its end")
        .add(
            "a comment that is cut and zeros",
            archive(z -> z.lie(y -> y.commentLength = 600).suffix = new byte[512]),
            "does not end with the")
        .add("comment that is cut", archive(z -> z.commentLength = 9), "does not end with the")
        .add(
            "second end record behind",
            new Out().raw(good).raw(new Out().u4(0x06054b50).raw(new byte[18]).bytes()).bytes(),
            "bytes were put before, between or behind")
        .add(
            "second archive behind",
            new Out().raw(good).raw(TestZip.of().file("b", "evil").bytes()).bytes(),
            "bytes were put before, between or behind")
        .add(
            "end record in the comment",
            archive(z -> z.comment = new Out().u4(0x06054b50).raw(utf8("x".repeat(30))).bytes()),
            "hold a second end record")
        .add(
            "end record in the comment with zeros behind",
            archive(z -> z.comment = new Out().u4(0x06054b50).raw(new byte[30]).bytes()),
            "bytes were put before, between or behind")
        .add(
            "signature at the end of the comment",
            archive(z -> z.comment = new Out().raw(new byte[3]).u4(0x06054b50).bytes()),
            "hold a second end record")
        .add(
            "whole archive in the comment",
            archive(z -> z.comment = TestZip.of().file("evil", "x").bytes()),
            "bytes were put before, between or behind")
        .add(
            "bytes between entries",
            entry(e -> e.gapAfter = utf8("hidden")),
            "is followed by 6 bytes that belong to no entry")
        .add(
            "many bytes between entries",
            entry(e -> e.gapAfter = new byte[70000]),
            "belong to no entry; nothing may be hidden")
        .add(
            "an entry that the directory does not name",
            entry(e -> e.noCentral = true),
            "bytes that belong to no entry")
        .add(
            "bytes before the directory",
            archive(z -> z.beforeDirectory = utf8("hidden")),
            "is followed by 6 bytes that belong to no entry")
        .add(
            "bytes after the directory",
            archive(z -> z.afterDirectory = utf8("hidden")),
            "bytes were put before, between or behind")
        .add(
            "bytes in the directory",
            archive(
                z -> {
                  z.afterDirectory = utf8("hidden");
                  z.directorySize = 2L * 47 + 6;
                }),
            "its directory goes on after the 2 entries")
        .add(
            "two entries with one content",
            TestZip.of()
                .file("a", "shared")
                .file(
                    "b",
                    "shared",
                    e -> {
                      e.noLocal = true;
                      e.offset = 0L;
                    }),
            "overlaps entry")
        .add(
            "an entry inside another",
            TestZip.of()
                .file(utf8("outer"), innerLocal(), e -> e.stored())
                .file(
                    "i",
                    "in",
                    e -> {
                      e.stored().noLocal = true;
                      e.offset = 35L;
                    }),
            "\"outer\" at 0 with 33 bytes overlaps entry \"i\" at 35")
        .add(
            "an entry that reaches into the directory",
            TestZip.of().file("a", "one", e -> e.stored().compressed = 60L).lie(z -> {}),
            "is stored, but has 60 bytes in the archive for 3")
        .add(
            "data that reach into the directory",
            TestZip.of().file("a", "one", e -> e.compressed = 60L),
            "overlaps the directory")
        .add(
            "an extra field that reaches into the data of the next",
            TestZip.of()
                .file("a", "one", e -> e.localExtra = extra(0x5455, new byte[40]))
                .file("b", "two", e -> e.offset = 60L),
            "\"a\" with its header of 75 bytes overlaps what follows at 60")
        .add(
            "offset past the directory",
            TestZip.of().file("a", "one").file("b", "two", e -> e.offset = 500L),
            "\"b\" is said to begin at 500, but the directory begins at 72")
        .add(
            "offset past the end",
            TestZip.of()
                .file(
                    "a",
                    "x",
                    e -> {
                      e.centralZip64 = true;
                      e.offset = Long.MAX_VALUE;
                    }),
            "is said to begin at 9223372036854775807")
        .add("fewer entries than announced", archive(z -> z.count = 3L), "ends after 2 of 3")
        .add("more entries than announced", archive(z -> z.count = 1L), "after the 1 entries")
        .add(
            "directory elsewhere", archive(z -> z.directoryOffset = 5L), "is said to have 94 bytes")
        .add(
            "directory of another size", archive(z -> z.directorySize = 9L), "said to have 9 bytes")
        .add("several disks", archive(z -> z.disk = 1), "it is one of several disks")
        .add("directory on another disk", archive(z -> z.directoryDisk = 1), "several disks")
        .add("entries on other disks", archive(z -> z.countHere = 1L), "with 1 of 2 entries")
        .add("entry on another disk", entry(e -> e.disk = 1), "is said to be on another disk")
        .add(
            "zip64 record of several disks",
            archive(
                z -> {
                  z.zip64 = true;
                  z.disks = 2;
                }),
            "is on disk 0 of 2")
        .add(
            "zip64 locator that points elsewhere",
            archive(
                z -> {
                  z.zip64 = true;
                  z.locatorOffset = 0L;
                }),
            "zip64 end record is said to be at 0")
        .add(
            "zip64 record with more in it",
            archive(
                z -> {
                  z.zip64 = true;
                  z.zip64Length = 60L;
                }),
            "there is no zip64 end record of 56 bytes")
        .add(
            "zip64 directory with a negative size",
            archive(
                z -> {
                  z.zip64 = true;
                  z.directorySize = Long.MIN_VALUE;
                }),
            "is said to have 9223372036854775808 bytes")
        .add(
            "end records that disagree",
            contradictoryEnds(),
            "its end record says count of entries 1, its zip64 end record 2");
  }

  private static void sizes(Corpus corpus) {
    byte[] noise = new byte[1 << 20];
    new Random(1).nextBytes(noise);
    byte[] zeros = new byte[12 << 20];
    TestZip many = TestZip.of();
    for (int i = 0; i < 101; i++) {
      many.file("f" + i, "");
    }
    TestZip bomb = TestZip.of();
    byte[] squeezed = TestZip.deflate(zeros);
    for (int i = 0; i < 7; i++) {
      bomb.file(
          utf8("zeros" + i),
          Arrays.copyOf(zeros, 10 << 20),
          e -> e.data = TestZip.deflate(e.content));
    }
    corpus
        .add(
            "content longer than announced", entry(e -> e.size = 14L), "has more than the 14 bytes")
        .add(
            "content shorter than announced",
            entry(e -> e.size = 16L),
            "has 15 bytes; the directory")
        .add(
            "a bomb that announces a byte",
            TestZip.of().file(utf8("bomb"), zeros, e -> e.size = 1L),
            "has more than the 1 bytes")
        .add(
            "a bomb that says so",
            TestZip.of().file(utf8("bomb"), zeros, e -> e.data = squeezed),
            "\"bomb\" has 12582912 bytes out of " + squeezed.length)
        .add("many small bombs", bomb, "over the limit of 67108864 unpacked bytes")
        .add("bombs below the floor, together over it", twoBombs(), "it has 18874368 bytes out of")
        .add(
            "more bytes than the limit",
            TestZip.of()
                .file(utf8("a"), noise, e -> e.size = 40L << 20)
                .file(utf8("b"), noise, e -> e.size = 40L << 20),
            "\"b\" with 41943040 bytes takes the package over the limit of 67108864")
        .add(
            "sizes whose sum wraps",
            TestZip.of()
                .file(utf8("a"), noise, e -> e.centralZip64 = true)
                .file(
                    utf8("b"),
                    noise,
                    e -> {
                      e.centralZip64 = true;
                      e.size = Long.MAX_VALUE;
                    }),
            "takes the package over the limit")
        .add("more entries than the limit", many, "it has 101 entries; the limit is 100")
        .add(
            "names that imply more folders than may be",
            deepFolders(),
            "implies more than 10100 folders that have no entry of their own")
        .add("a directory too large for its entries", hugeDirectory(), "its directory has 1114")
        .add(
            "a count of entries that asks for memory",
            archive(
                z -> {
                  z.zip64 = true;
                  z.count = Long.MAX_VALUE;
                }),
            "it has 9223372036854775807 entries");
  }

  private static TestZip twoBombs() {
    byte[] nine = new byte[9 << 20];
    return TestZip.of().file(utf8("a"), nine, e -> {}).file(utf8("b"), nine, e -> {});
  }

  private static TestZip deepFolders() {
    TestZip zip = TestZip.of();
    for (int i = 0; i < 7; i++) {
      zip.file(i + "/" + "d/".repeat(1500) + "f", "x");
    }
    return zip;
  }

  private static TestZip hugeDirectory() {
    TestZip zip = TestZip.of();
    for (int i = 0; i < 17; i++) {
      zip.file("f" + i, "", e -> e.comment = new byte[65500]);
    }
    return zip;
  }

  private static byte[] contradictoryEnds() {
    byte[] bytes =
        archive(
                z -> {
                  z.zip64 = true;
                  z.plainEndBesideZip64 = true;
                })
            .bytes();
    bytes[bytes.length - 12] = 1;
    return bytes;
  }

  private static byte[] innerLocal() {
    CRC32 crc = new CRC32();
    crc.update(utf8("in"));
    return new Out()
        .u4(0x04034b50)
        .u2(20)
        .u2(0)
        .u2(0)
        .u4(0)
        .u4(crc.getValue())
        .u4(2)
        .u4(2)
        .u2(1)
        .u2(0)
        .raw(utf8("iin"))
        .bytes();
  }

  private static byte[] unicodePath(String raw, String other) {
    CRC32 crc = new CRC32();
    crc.update(utf8(raw));
    return extra(0x7075, new Out().raw(new byte[] {1}).u4(crc.getValue()).raw(utf8(other)).bytes());
  }

  private static byte[] asi(int mode, String target) {
    return new Out().u4(0).u2(mode).u4(target.length()).u2(0).u2(0).raw(utf8(target)).bytes();
  }

  static Stream<Arguments> accepted() {
    Function<String, TestZip> of = n -> TestZip.of().file(n, "x");
    return new Corpus()
            .add("no entries", TestZip.of(), "")
            .add("a dot segment in front", TestZip.of().folder("./").file("./a", "x"), "a")
            .add("a dot segment inside", of.apply("a/./b"), "a/ a/b")
            .add("three dots are a name", of.apply(".../..a/a.."), ".../ .../..a/ .../..a/a..")
            .add("blanks and punctuation", of.apply(" a b/~$'\";*?:<>|"), " a b/  a b/~$'\";*?:<>|")
            .add("a name of 255 bytes", of.apply("x".repeat(255)), "x".repeat(255))
            .add("an archive comment", archive(z -> z.comment = utf8("made by hand")), "a b")
            .add("an entry comment", entry(e -> e.comment = utf8("PK")), "after before liar")
            .add(
                "extra fields on both sides",
                entry(
                    e -> {
                      e.centralExtra = extra(0x5455, new byte[5]);
                      e.localExtra =
                          new Out()
                              .raw(extra(0x5455, new byte[9]))
                              .raw(extra(0x7875, new byte[11]))
                              .raw(extra(0x000d, new byte[12]))
                              .bytes();
                    }),
                "after before liar")
            .add(
                "padding of an aligned archive",
                entry(e -> e.localExtra = new byte[3]),
                "after before liar")
            .add(
                "a Unicode name that says the same",
                entry(e -> e.centralExtra = unicodePath("liar", "liar")),
                "after before liar")
            .add(
                "a Unicode name of another entry",
                entry(e -> e.centralExtra = unicodePath("other", "../evil")),
                "after before liar")
            .add(
                "a size and a descriptor that agree",
                entry(
                    e -> {
                      e.descriptor = Descriptor.SIGNED;
                      e.localSize = 15L;
                    }),
                "after before liar")
            .add(
                "a descriptor left out of an entry that states all of it",
                entry(withoutDescriptor(e -> {})),
                "after before liar")
            .add(
                "the same of the last entry, in 64 bits",
                TestZip.of().file("a", "one", withoutDescriptor(e -> e.localZip64 = true)),
                "a")
            .add(
                "a named pipe with content",
                TestZip.of().file("-", "packed", e -> e.mode(0010600)),
                "-")
            .add("folder with a mode of ones only", folderOf(0xffff), "d/")
            .add("folder of a kind that no system knows", folderOf(0030755), "d/")
            .add("zeros put behind", archive(z -> z.suffix = new byte[512]), "a b")
            .add("a zero put behind", archive(z -> z.suffix = new byte[1]), "a b")
            .add("many zeros put behind", archive(z -> z.suffix = new byte[65_535]), "a b")
            .add(
                "zeros behind a comment",
                archive(z -> z.lie(y -> y.comment = utf8("by hand")).suffix = new byte[9]),
                "a b")
            .add(
                "zeros behind zip64 records",
                archive(z -> z.lie(y -> y.zip64 = true).suffix = new byte[10_240]),
                "a b")
            .add(
                "zip64 end beside a plain end that agrees",
                archive(
                    z -> {
                      z.zip64 = true;
                      z.plainEndBesideZip64 = true;
                    }),
                "a b")
            .add(
                "zip64 end with no count of disks",
                archive(
                    z -> {
                      z.zip64 = true;
                      z.disks = 0;
                    }),
                "a b")
            .add("a folder marked as a file", TestZip.of().folder("d/", e -> e.mode(0100644)), "d/")
            .add(
                "a folder that is implied first",
                TestZip.of().file("d/f", "x").folder("d/"),
                "d/ d/f")
            .add(
                "a directory in another order than the entries",
                TestZip.of()
                    .file("b", "2", e -> e.noCentral = true)
                    .file("a", "1")
                    .file(
                        "b",
                        "2",
                        e -> {
                          e.noLocal = true;
                          e.offset = 0L;
                        }),
                "a b")
            .add(
                "content that looks like an end record",
                TestZip.of()
                    .file(
                        utf8("a"),
                        new Out().u4(0x06054b50).raw(new byte[18]).bytes(),
                        e -> e.stored()),
                "a")
            .add(
                "9 MB of zeros",
                TestZip.of().file(utf8("zeros"), new byte[9 << 20], e -> {}),
                "zeros")
            .add("a file named like debris", TestZip.of().file("__MACOSX", "x"), "__MACOSX")
            .cases
            .values()
            .stream();
  }
}
