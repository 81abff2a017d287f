package global.pixell.par.internal.archive;

import global.pixell.par.ParException;
import global.pixell.par.internal.io.ArchiveBytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** The records of a central directory: reads each one, and refuses what a package may not have. */
final class DirectoryRecords {

  private static final int SIGNATURE = 0x02014b50;
  private static final int LENGTH = 46;

  /** Large enough for the longest record: three fields of 65,535 bytes. */
  private static final int WINDOW = 256 << 10;

  private static final int ENCRYPTED = 1;
  private static final int PATCHED = 1 << 5;
  private static final int STRONGLY_ENCRYPTED = 1 << 6;
  private static final int MASKED = 1 << 13;

  private DirectoryRecords() {}

  /**
   * Reads all records.
   *
   * @param tree gets the folders and files of the records
   * @return the entries in the order of the directory
   * @throws ParException of kind {@code BAD_PACKAGE} for a record that is refused
   */
  static List<ZipMember> read(ArchiveBytes archive, ZipEnd end, EntryTree tree) {
    // A record has at least 46 bytes, so this stays in proportion to the bytes of the directory.
    List<ZipMember> members =
        new ArrayList<>((int) Math.min(end.entries(), end.directorySize() / LENGTH));
    long remaining = end.directorySize();
    long position = end.directoryOffset();
    ByteBuffer window =
        ByteBuffer.allocate((int) Math.min(WINDOW, remaining))
            .order(ByteOrder.LITTLE_ENDIAN)
            .limit(0);
    while (window.hasRemaining() || remaining > 0) {
      if (remaining > 0 && window.remaining() < LENGTH + 3 * 0xffff) {
        window.compact();
        window.limit((int) Math.min(window.capacity(), window.position() + remaining));
        int read = window.remaining();
        ArchiveReads.fill(archive, position, window);
        window.flip();
        position += read;
        remaining -= read;
      }
      if (members.size() >= end.entries()) {
        throw ArchiveErrors.archive(
            "its directory continues after the " + end.entries() + " entries it announces.",
            "Build the package again with a common zip tool.");
      }
      ZipMember member = readMember(window, members.size());
      tree.add(member.name(), member.mode());
      members.add(member);
    }
    if (members.size() != end.entries()) {
      throw ArchiveErrors.archive(
          "its directory ends after " + members.size() + " of " + end.entries() + " entries.",
          "Build the package again with a common zip tool.");
    }
    return members;
  }

  private static ZipMember readMember(ByteBuffer window, int index) {
    int start = window.position();
    if (window.remaining() < LENGTH || window.getInt(start) != SIGNATURE) {
      throw ArchiveErrors.archive(
          "record " + (index + 1) + " of its directory does not begin like one.",
          "Build the package again with a common zip tool.");
    }
    int madeBy = window.getShort(start + 4) & 0xffff;
    int flags = window.getShort(start + 8) & 0xffff;
    int method = window.getShort(start + 10) & 0xffff;
    long crc = window.getInt(start + 16) & 0xffff_ffffL;
    long compressed = window.getInt(start + 20) & 0xffff_ffffL;
    long size = window.getInt(start + 24) & 0xffff_ffffL;
    int nameLength = window.getShort(start + 28) & 0xffff;
    int extraLength = window.getShort(start + 30) & 0xffff;
    int commentLength = window.getShort(start + 32) & 0xffff;
    int disk = window.getShort(start + 34) & 0xffff;
    long external = window.getInt(start + 38) & 0xffff_ffffL;
    long offset = window.getInt(start + 42) & 0xffff_ffffL;
    if (window.remaining() < LENGTH + nameLength + extraLength + commentLength) {
      throw ArchiveErrors.archive(
          "record " + (index + 1) + " of its directory continues after the directory's end.",
          "Build the package again with a common zip tool.");
    }
    byte[] rawName = new byte[nameLength];
    window.get(start + LENGTH, rawName);
    EntryName name = EntryName.parse(rawName);
    refuseEncrypted(name.written(), flags);
    refuseMethod(name.written(), method);
    ByteBuffer extraBytes =
        window.slice(start + LENGTH + nameLength, extraLength).order(ByteOrder.LITTLE_ENDIAN);
    ZipExtra extra = ZipExtra.parse(name.written(), rawName, extraBytes);
    size = extra.next(size);
    compressed = extra.next(compressed);
    offset = extra.next(offset);
    if (extra.nextDisk(disk) != 0) {
      throw ArchiveErrors.entry(
          name.written(), "is said to be on another disk.", "Build the package as one file.");
    }
    int mode = ZipMode.permissions(name, madeBy, external, size);
    if (name.directory() && size != 0) {
      throw ArchiveErrors.entry(
          name.written(),
          "is a folder with " + size + " bytes of content; folders have none.",
          "Build the package again with a common zip tool.");
    }
    if (method == ZipMember.STORED && size != compressed) {
      throw ArchiveErrors.damaged(
          name.written(),
          "is stored, but has " + compressed + " bytes in the archive for " + size + ".");
    }
    window.position(start + LENGTH + nameLength + extraLength + commentLength);
    return new ZipMember(name, flags, method, crc, compressed, size, offset, mode);
  }

  private static void refuseEncrypted(String name, int flags) {
    if ((flags & (ENCRYPTED | STRONGLY_ENCRYPTED | MASKED)) != 0) {
      throw ArchiveErrors.entry(
          name, "is encrypted; packages are not.", "Build the package without a password.");
    }
    if ((flags & PATCHED) != 0) {
      throw ArchiveErrors.entry(
          name,
          "is a patch for another archive; packages contain whole files.",
          "Build the package again with a common zip tool.");
    }
  }

  private static void refuseMethod(String name, int method) {
    if (method != ZipMember.STORED && method != ZipMember.DEFLATED) {
      String known =
          switch (method) {
            case 9 -> " (Deflate64)";
            case 12 -> " (bzip2)";
            case 14 -> " (LZMA)";
            case 93, 20 -> " (Zstandard)";
            case 95 -> " (XZ)";
            case 98 -> " (PPMd)";
            case 99 -> " (AES encryption)";
            default -> "";
          };
      throw ArchiveErrors.entry(
          name,
          "is compressed with method " + method + known + "; 0 (stored) and 8 (deflate) are known.",
          "Build the package with deflate, every tool's default.");
    }
  }
}
