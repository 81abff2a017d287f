package global.pixell.par.internal.archive;

import global.pixell.par.ParException;
import global.pixell.par.internal.io.ArchiveBytes;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The end of an archive: where its central directory is. APPNOTE 6.3.10, sections 4.3.14 to 4.3.16.
 *
 * <p>Readers search backwards for the four bytes of its signature, and differ when these occur
 * twice. We accept exactly one interpretation: the last occurrence must be the record, only zeros
 * may follow it, and the directory must end where the record begins. The zeros come from tools that
 * write whole blocks to a pipe; the record must still be where every reader looks for it.
 *
 * @param entries the number of entries that the record announces
 * @param directoryOffset where the directory begins
 * @param directorySize its length in bytes
 */
record ZipEnd(long entries, long directoryOffset, long directorySize) {

  private static final int SIGNATURE = 0x06054b50;
  private static final int LENGTH = 22;
  private static final int LOCATOR_SIGNATURE = 0x07064b50;
  private static final int LOCATOR_LENGTH = 20;
  private static final int ZIP64_SIGNATURE = 0x06064b50;
  private static final int ZIP64_LENGTH = 56;
  private static final int MAX_COMMENT = 0xffff;

  private static final String REBUILD =
      "Fetch the package again; if it stays so, build it again with a common zip tool.";

  /**
   * Finds and checks the end of an archive.
   *
   * @throws ParException of kind {@code BAD_PACKAGE} if there is none, or more than one
   *     interpretation
   */
  static ZipEnd find(ArchiveBytes archive) {
    long size = archive.size();
    if (size < LENGTH) {
      throw foreign(archive, "it has " + size + " bytes, the smallest zip has " + LENGTH + ".");
    }
    ByteBuffer last = ArchiveReads.read(archive, size - LENGTH, LENGTH);
    if (last.getInt(0) == SIGNATURE && last.getShort(20) == 0) {
      return read(archive, size - LENGTH, last);
    }
    int tailLength = (int) Math.min(size, LENGTH + MAX_COMMENT);
    ByteBuffer tail = ArchiveReads.read(archive, size - tailLength, tailLength);
    int at = tailLength - 4;
    while (at >= 0 && tail.getInt(at) != SIGNATURE) {
      at--;
    }
    if (at < 0) {
      throw foreign(
          archive, "it has no end record in its last " + tailLength + " of " + size + " bytes.");
    }
    long position = size - tailLength + at;
    int left = tailLength - at;
    if (left < LENGTH || !onlyZeros(tail, at + LENGTH + (tail.getShort(at + 20) & 0xffff))) {
      throw ArchiveErrors.archive(
          "its last end record, at "
              + position
              + ", does not end with the archive at "
              + size
              + "; bytes were added, cut off, or hold a second end record.",
          REBUILD);
    }
    return read(archive, position, tail.slice(at, LENGTH).order(tail.order()));
  }

  /** Refuses a file without an end record, and names its format if the first bytes reveal it. */
  private static ParException foreign(ArchiveBytes archive, String otherwise) {
    int length = (int) Math.min(archive.size(), ForeignFormat.HEAD);
    byte[] head = ArchiveReads.read(archive, 0, length).array();
    return ForeignFormat.of(head, archive.size())
        .map(format -> ArchiveErrors.archive("it is " + format.name() + ".", format.hint()))
        .orElseGet(() -> ArchiveErrors.archive(otherwise, REBUILD));
  }

  /** Whether only padding follows a record that ends at this position. */
  private static boolean onlyZeros(ByteBuffer tail, int from) {
    for (int i = from; i < tail.limit(); i++) {
      if (tail.get(i) != 0) {
        return false;
      }
    }
    return from <= tail.limit();
  }

  private static ZipEnd read(ArchiveBytes archive, long position, ByteBuffer end) {
    int disk = end.getShort(4) & 0xffff;
    int directoryDisk = end.getShort(6) & 0xffff;
    long entriesHere = end.getShort(8) & 0xffff;
    long entries = end.getShort(10) & 0xffff;
    long directorySize = end.getInt(12) & 0xffff_ffffL;
    long directoryOffset = end.getInt(16) & 0xffff_ffffL;
    long directoryEnd = position;

    ByteBuffer zip64 = zip64(archive, position);
    if (zip64 != null) {
      directoryEnd = position - LOCATOR_LENGTH - ZIP64_LENGTH;
      agree("disk", disk, 0xffff, zip64.getInt(16) & 0xffff_ffffL);
      agree("directory disk", directoryDisk, 0xffff, zip64.getInt(20) & 0xffff_ffffL);
      agree("count of entries on this disk", entriesHere, 0xffff, zip64.getLong(24));
      agree("count of entries", entries, 0xffff, zip64.getLong(32));
      agree("directory size", directorySize, 0xffff_ffffL, zip64.getLong(40));
      agree("directory offset", directoryOffset, 0xffff_ffffL, zip64.getLong(48));
      disk = zip64.getInt(16);
      directoryDisk = zip64.getInt(20);
      entriesHere = zip64.getLong(24);
      entries = zip64.getLong(32);
      directorySize = zip64.getLong(40);
      directoryOffset = zip64.getLong(48);
    }
    if (disk != 0 || directoryDisk != 0 || entriesHere != entries) {
      throw ArchiveErrors.archive(
          "it is one of several disks (this one is "
              + disk
              + ", with "
              + entriesHere
              + " of "
              + entries
              + " entries); a package is one file.",
          "Build the package as one file.");
    }
    boolean fits =
        entries >= 0
            && directoryOffset >= 0
            && directorySize >= 0
            && directoryOffset <= directoryEnd
            && directorySize == directoryEnd - directoryOffset;
    if (!fits) {
      throw ArchiveErrors.archive(
          "its directory is said to have "
              + Long.toUnsignedString(directorySize)
              + " bytes from "
              + Long.toUnsignedString(directoryOffset)
              + ", but has to end at "
              + directoryEnd
              + "; other bytes come before, between or after its parts.",
          "Ship a plain zip, without a program or other data around it.");
    }
    return new ZipEnd(entries, directoryOffset, directorySize);
  }

  private static @Nullable ByteBuffer zip64(ArchiveBytes archive, long endPosition) {
    if (endPosition < LOCATOR_LENGTH) {
      return null;
    }
    ByteBuffer locator = ArchiveReads.read(archive, endPosition - LOCATOR_LENGTH, LOCATOR_LENGTH);
    if (locator.getInt(0) != LOCATOR_SIGNATURE) {
      return null;
    }
    long position = locator.getLong(8);
    long expected = endPosition - LOCATOR_LENGTH - ZIP64_LENGTH;
    int disk = locator.getInt(4);
    int disks = locator.getInt(16);
    if (disk != 0 || disks < 0 || disks > 1) {
      throw ArchiveErrors.archive(
          "its zip64 end record is on disk " + disk + " of " + disks + "; a package is one file.",
          "Build the package as one file.");
    }
    if (position != expected || expected < 0) {
      throw ArchiveErrors.archive(
          "its zip64 end record is said to be at "
              + Long.toUnsignedString(position)
              + " but has to be at "
              + expected
              + "; other bytes come before or between its parts.",
          REBUILD);
    }
    ByteBuffer record = ArchiveReads.read(archive, position, ZIP64_LENGTH);
    if (record.getInt(0) != ZIP64_SIGNATURE || record.getLong(4) != ZIP64_LENGTH - 12) {
      throw ArchiveErrors.archive(
          "at " + position + " there is no zip64 end record of " + ZIP64_LENGTH + " bytes.",
          REBUILD);
    }
    return record;
  }

  private static void agree(String what, long inEnd, long sentinel, long inZip64) {
    if (inEnd != sentinel && inEnd != inZip64) {
      throw ArchiveErrors.archive(
          "its end record says "
              + what
              + " "
              + inEnd
              + ", its zip64 end record "
              + Long.toUnsignedString(inZip64)
              + "; they must agree.",
          REBUILD);
    }
  }
}
