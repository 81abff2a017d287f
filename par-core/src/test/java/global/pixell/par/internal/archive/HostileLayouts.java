package global.pixell.par.internal.archive;

import static global.pixell.par.internal.archive.ArchiveCases.archive;
import static global.pixell.par.internal.archive.ArchiveCases.entry;
import static global.pixell.par.internal.archive.TestZip.extra;
import static global.pixell.par.internal.archive.TestZip.utf8;

import global.pixell.par.internal.archive.TestZip.Out;
import java.util.Arrays;
import java.util.zip.CRC32;

/** Bytes outside the entries, overlapping entries, and end records that are wrong. */
final class HostileLayouts {

  private HostileLayouts() {}

  static void addTo(ArchiveCases cases) {
    byte[] good = TestZip.of().file("a", "one").bytes();
    cases
        .add("nothing", new byte[0], "it has 0 bytes, the smallest zip has 22")
        .add("no zip", utf8("pickled herring, bottled beer"), "it has no end record")
        .add(
            "cut at the end", Arrays.copyOf(good, good.length - 1), "does not end with the archive")
        .add("cut in the middle", Arrays.copyOf(good, good.length / 2), "a zip without its end")
        .add(
            "cut at the start",
            Arrays.copyOfRange(good, 1, good.length),
            "other bytes come before, between or after its parts")
        .add(
            "data put before no entries",
            TestZip.of().lie(z -> z.prefix = utf8("#!/bin/sh")),
            "bytes 0 to 9 belong")
        .add("data put before", archive(z -> z.prefix = utf8("#!/bin/sh")), "bytes 0 to 9 belong")
        .add(
            "a program put before, offsets unchanged",
            new Out().raw(utf8("#!/bin/sh")).raw(good).bytes(),
            "other bytes come before, between or after its parts")
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
            "other bytes come before, between or after its parts")
        .add(
            "second archive behind",
            new Out().raw(good).raw(TestZip.of().file("b", "evil").bytes()).bytes(),
            "other bytes come before, between or after its parts")
        .add(
            "end record in the comment",
            archive(z -> z.comment = new Out().u4(0x06054b50).raw(utf8("x".repeat(30))).bytes()),
            "hold a second end record")
        .add(
            "end record in the comment with zeros behind",
            archive(z -> z.comment = new Out().u4(0x06054b50).raw(new byte[30]).bytes()),
            "other bytes come before, between or after its parts")
        .add(
            "signature at the end of the comment",
            archive(z -> z.comment = new Out().raw(new byte[3]).u4(0x06054b50).bytes()),
            "hold a second end record")
        .add(
            "whole archive in the comment",
            archive(z -> z.comment = TestZip.of().file("evil", "x").bytes()),
            "other bytes come before, between or after its parts")
        .add(
            "bytes between entries",
            entry(e -> e.gapAfter = utf8("hidden")),
            "is followed by 6 bytes that belong to no entry")
        .add(
            "many bytes between entries",
            entry(e -> e.gapAfter = new byte[70000]),
            "belong to no entry; a package holds nothing but its entries")
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
            "other bytes come before, between or after its parts")
        .add(
            "bytes in the directory",
            archive(
                z -> {
                  z.afterDirectory = utf8("hidden");
                  z.directorySize = 2L * 47 + 6;
                }),
            "its directory continues after the 2 entries")
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
}
