package global.pixell.par.internal.archive;

import static global.pixell.par.internal.archive.ArchiveCases.entry;
import static global.pixell.par.internal.archive.ArchiveCases.folderOf;
import static global.pixell.par.internal.archive.TestZip.extra;
import static global.pixell.par.internal.archive.TestZip.utf8;

import global.pixell.par.internal.archive.TestZip.Out;
import java.util.Arrays;

/**
 * Entries that are neither files nor directories, or are packed in a way that PAR does not read.
 */
final class HostileKinds {

  private HostileKinds() {}

  static void addTo(ArchiveCases cases) {
    cases
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

  private static TestZip mode(int mode) {
    return TestZip.of().file("special", "/etc/passwd", e -> e.mode(mode));
  }

  private static byte[] asi(int mode, String target) {
    return new Out().u4(0).u2(mode).u4(target.length()).u2(0).u2(0).raw(utf8(target)).bytes();
  }
}
