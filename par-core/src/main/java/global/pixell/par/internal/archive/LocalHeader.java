package global.pixell.par.internal.archive;

import global.pixell.par.ParException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The header before an entry's data and the descriptor that may follow the data, both compared with
 * the central directory. APPNOTE 6.3.10, sections 4.3.7 and 4.3.9.
 */
final class LocalHeader {

  /** Bytes before the name. */
  static final int LENGTH = 30;

  private static final int SIGNATURE = 0x04034b50;
  private static final int DESCRIPTOR_SIGNATURE = 0x08074b50;
  private static final long SENTINEL = 0xffff_ffffL;

  /** The flags that change how an entry is read; the others are hints. */
  private static final int SEMANTIC_FLAGS =
      1 | ZipMember.FLAG_DESCRIPTOR | 1 << 5 | 1 << 6 | ZipMember.FLAG_UTF8 | 1 << 13;

  private LocalHeader() {}

  /** The length of the header including name and extra fields, by its first 30 bytes. */
  static int length(ZipMember member, ByteBuffer fixed) {
    int at = fixed.position();
    if (fixed.getInt(at) != SIGNATURE) {
      throw ArchiveErrors.damaged(
          member.written(), "has no local header at " + member.offset() + ", where it should be.");
    }
    return LENGTH + nameLength(fixed) + (fixed.getShort(at + 28) & 0xffff);
  }

  /** The length of the name in the header, by the header's first 30 bytes. */
  static int nameLength(ByteBuffer fixed) {
    return fixed.getShort(fixed.position() + 26) & 0xffff;
  }

  /**
   * Refuses an entry whose two headers name it differently.
   *
   * @param header positioned at the header, with its name, which may be cut at the end of the file
   */
  static void checkName(ZipMember member, ByteBuffer header) {
    int at = header.position();
    byte[] name = new byte[Math.min(nameLength(header), header.limit() - at - LENGTH)];
    header.get(at + LENGTH, name);
    if (!Arrays.equals(name, member.written().getBytes(StandardCharsets.UTF_8))) {
      throw ArchiveErrors.damaged(
          member.written(),
          "is called "
              + ArchiveErrors.quoted(new String(name, StandardCharsets.UTF_8))
              + " in its local header; header and directory must agree.");
    }
  }

  /**
   * Checks a whole header.
   *
   * @param header little-endian, positioned at the header, complete
   * @return whether the header states CRC and sizes itself, so that a descriptor adds nothing
   */
  static boolean check(ZipMember member, ByteBuffer header) {
    int at = header.position();
    checkName(member, header);
    int nameLength = nameLength(header);
    int extraLength = header.getShort(at + 28) & 0xffff;
    byte[] name = new byte[nameLength];
    header.get(at + LENGTH, name);
    int flags = header.getShort(at + 6) & 0xffff;
    if ((flags & SEMANTIC_FLAGS) != (member.flags() & SEMANTIC_FLAGS)) {
      throw disagree(member, "flags", flags, member.flags());
    }
    int method = header.getShort(at + 8) & 0xffff;
    if (method != member.method()) {
      throw disagree(member, "method", method, member.method());
    }
    ZipExtra extra =
        extraLength == 0
            ? ZipExtra.NONE
            : ZipExtra.parse(
                member.written(),
                name,
                header.slice(at + LENGTH + nameLength, extraLength).order(ByteOrder.LITTLE_ENDIAN));
    long crc = header.getInt(at + 14) & 0xffff_ffffL;
    long size = extra.next(header.getInt(at + 22) & 0xffff_ffffL);
    long compressed = extra.next(header.getInt(at + 18) & 0xffff_ffffL);
    agree(member, "CRC", crc, member.crc());
    agree(member, "size", size, member.size());
    agree(member, "compressed size", compressed, member.compressedSize());
    return crc == member.crc() && size == member.size() && compressed == member.compressedSize();
  }

  /** A header with a descriptor may leave a value open, but may not contradict the directory. */
  private static void agree(ZipMember member, String what, long inHeader, long inDirectory) {
    boolean open = member.hasDescriptor() && (inHeader == 0 || inHeader == SENTINEL);
    if (inHeader != inDirectory && !open) {
      throw disagree(member, what, inHeader, inDirectory);
    }
  }

  /**
   * Refuses a wrong number of bytes between the data and the next entry.
   *
   * @param stated whether the header itself has CRC and sizes; .NET then omits the announced
   *     descriptor when it updates an archive
   */
  static void checkRest(ZipMember member, long rest, boolean stated) {
    if (!member.hasDescriptor() || (stated && rest == 0)) {
      if (rest != 0) {
        throw ArchiveErrors.damaged(
            member.written(),
            "is followed by "
                + rest
                + " bytes that belong to no entry; a package holds nothing but its entries.");
      }
    } else if (rest != 12 && rest != 16 && rest != 20 && rest != 24) {
      throw ArchiveErrors.damaged(
          member.written(),
          "announces a data descriptor, which has 12, 16, 20 or 24 bytes, but "
              + rest
              + " bytes follow its data.");
    }
  }

  /**
   * Checks a data descriptor. Its four forms (with and without signature, 32 and 64 bits) differ in
   * length, and the start of the next entry gives the length, so there is nothing to guess.
   *
   * @param descriptor little-endian, positioned at the descriptor
   */
  static void checkDescriptor(ZipMember member, ByteBuffer descriptor, int length) {
    int at = descriptor.position();
    boolean signed = length == 16 || length == 24;
    if (signed) {
      if (descriptor.getInt(at) != DESCRIPTOR_SIGNATURE) {
        throw ArchiveErrors.damaged(
            member.written(), "has a data descriptor of " + length + " bytes without a signature.");
      }
      at += 4;
    }
    boolean wide = length >= 20;
    long crc = descriptor.getInt(at) & 0xffff_ffffL;
    long compressed = wide ? descriptor.getLong(at + 4) : descriptor.getInt(at + 4) & 0xffff_ffffL;
    long size = wide ? descriptor.getLong(at + 12) : descriptor.getInt(at + 8) & 0xffff_ffffL;
    if (crc != member.crc()) {
      throw disagree(member, "CRC in its descriptor", crc, member.crc());
    }
    if (compressed != member.compressedSize()) {
      throw disagree(
          member, "compressed size in its descriptor", compressed, member.compressedSize());
    }
    if (size != member.size()) {
      throw disagree(member, "size in its descriptor", size, member.size());
    }
  }

  private static ParException disagree(
      ZipMember member, String what, long inHeader, long inDirectory) {
    return ArchiveErrors.damaged(
        member.written(),
        "has "
            + what
            + " "
            + Long.toUnsignedString(inHeader)
            + " beside its data but "
            + inDirectory
            + " in the directory; they must agree.");
  }
}
