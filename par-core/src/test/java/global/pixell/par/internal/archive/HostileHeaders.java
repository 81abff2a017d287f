package global.pixell.par.internal.archive;

import static global.pixell.par.internal.archive.ArchiveCases.entry;
import static global.pixell.par.internal.archive.ArchiveCases.withoutDescriptor;
import static global.pixell.par.internal.archive.TestZip.extra;
import static global.pixell.par.internal.archive.TestZip.utf8;

import global.pixell.par.internal.archive.TestZip.Descriptor;
import global.pixell.par.internal.archive.TestZip.Out;
import java.util.Arrays;

/** Local headers, descriptors and contents that contradict the directory. */
final class HostileHeaders {

  private HostileHeaders() {}

  static void addTo(ArchiveCases cases) {
    cases
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
            "an announced descriptor that is absent",
            entry(
                e -> {
                  e.descriptor = Descriptor.SIGNED;
                  e.rawDescriptor = new byte[0];
                }),
            "announces a data descriptor, which has 12, 16, 20 or 24 bytes, but 0")
        .add(
            "an announced descriptor that is absent, with the CRC left open",
            entry(withoutDescriptor(e -> e.localCrc = 0L)),
            "announces a data descriptor")
        .add(
            "an announced descriptor that is absent, with a size left open",
            entry(withoutDescriptor(e -> e.localSize = 0L)),
            "announces a data descriptor")
        .add(
            "an announced descriptor that is absent, with the compressed size left open",
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
            "content that is not deflate data",
            entry(e -> e.data = new byte[] {7, 7, 7, 7}),
            "has compressed data that cannot be read")
        .add(
            "deflate data that end early",
            entry(e -> e.data = Arrays.copyOf(TestZip.deflate(e.content), 5)),
            "has compressed data that end early")
        .add("no deflate data", entry(e -> e.data = new byte[0]), "that end early, after 0")
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
}
