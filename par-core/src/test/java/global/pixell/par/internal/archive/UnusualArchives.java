package global.pixell.par.internal.archive;

import static global.pixell.par.internal.archive.ArchiveCases.archive;
import static global.pixell.par.internal.archive.ArchiveCases.entry;
import static global.pixell.par.internal.archive.ArchiveCases.folderOf;
import static global.pixell.par.internal.archive.ArchiveCases.unicodePath;
import static global.pixell.par.internal.archive.ArchiveCases.withoutDescriptor;
import static global.pixell.par.internal.archive.TestZip.extra;
import static global.pixell.par.internal.archive.TestZip.utf8;

import global.pixell.par.internal.archive.TestZip.Descriptor;
import global.pixell.par.internal.archive.TestZip.Out;
import java.util.function.Function;

/** Archives that are unusual in one way, and valid. */
final class UnusualArchives {

  private UnusualArchives() {}

  static ArchiveCases cases() {
    Function<String, TestZip> of = n -> TestZip.of().file(n, "x");
    return new ArchiveCases()
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
        .add("a folder that is implied first", TestZip.of().file("d/f", "x").folder("d/"), "d/ d/f")
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
                    utf8("a"), new Out().u4(0x06054b50).raw(new byte[18]).bytes(), e -> e.stored()),
            "a")
        .add("9 MB of zeros", TestZip.of().file(utf8("zeros"), new byte[9 << 20], e -> {}), "zeros")
        .add("a file named like debris", TestZip.of().file("__MACOSX", "x"), "__MACOSX");
  }
}
