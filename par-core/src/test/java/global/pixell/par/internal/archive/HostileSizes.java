package global.pixell.par.internal.archive;

import static global.pixell.par.internal.archive.ArchiveCases.archive;
import static global.pixell.par.internal.archive.ArchiveCases.entry;
import static global.pixell.par.internal.archive.TestZip.utf8;

import java.util.Arrays;
import java.util.Random;

/** Bombs, false sizes, and archives beyond {@link HostileArchivesTest#LIMITS}. */
final class HostileSizes {

  private HostileSizes() {}

  static void addTo(ArchiveCases cases) {
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
    cases
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
}
