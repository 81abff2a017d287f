package global.pixell.par.internal.archive;

import global.pixell.par.ParException;
import java.util.List;

/** The checks of all entries together: that they fill the archive, and stay within the limits. */
final class DirectoryChecks {

  /** The length of a local header without its fields. */
  private static final int LOCAL_LENGTH = 30;

  private DirectoryChecks() {}

  /**
   * Entries follow each other from the first byte of the archive to its directory. Whether each
   * fills its range is checked when its local header is read.
   *
   * @param members in the order of their offsets
   * @param offset of the directory
   */
  static void layout(List<ZipMember> members, long offset) {
    if (members.isEmpty() && offset != 0) {
      throw hidden(0, offset);
    }
    for (int i = 0; i < members.size(); i++) {
      ZipMember member = members.get(i);
      if (member.offset() >= offset) {
        throw ArchiveErrors.damaged(
            member.written(),
            "is said to begin at "
                + member.offset()
                + ", but the directory begins at "
                + offset
                + "; entries come before it.");
      }
      if (i == 0 && member.offset() != 0) {
        throw hidden(0, member.offset());
      }
      long available = ZipDirectory.endOf(i, members, offset) - member.offset();
      long min = (long) LOCAL_LENGTH + member.name().byteLength();
      if (available < min || available - min < member.compressedSize()) {
        throw overlap(i, members, offset);
      }
    }
  }

  private static ParException overlap(int index, List<ZipMember> members, long offset) {
    ZipMember member = members.get(index);
    String next =
        index + 1 < members.size()
            ? "entry " + ArchiveErrors.quoted(members.get(index + 1).written())
            : "the directory";
    return ArchiveErrors.damaged(
        member.written(),
        "at "
            + member.offset()
            + " with "
            + member.compressedSize()
            + " bytes overlaps "
            + next
            + " at "
            + ZipDirectory.endOf(index, members, offset)
            + "; entries may not share bytes.");
  }

  private static ParException hidden(long from, long to) {
    return ArchiveErrors.archive(
        "bytes "
            + from
            + " to "
            + to
            + " belong to no entry; a package holds nothing but its entries.",
        "Ship a plain zip, without a program or other data around it.");
  }

  /**
   * Checks the announced sizes; a content that exceeds its announced size is refused when it is
   * read.
   */
  static void sizes(List<ZipMember> members, UnpackLimits limits) {
    long total = 0;
    long compressed = 0;
    // Skipped entries are read, too, so they have the same limit of their own.
    long skippedTotal = 0;
    for (ZipMember member : members) {
      if (member.skipped()) {
        refuseBomb(member);
        if (member.size() > limits.maxBytes() - skippedTotal) {
          throw overLimit(member, limits, skippedTotal);
        }
        skippedTotal += member.size();
        continue;
      }
      if (member.size() > limits.maxBytes() - total) {
        throw overLimit(member, limits, total);
      }
      refuseBomb(member);
      total += member.size();
      compressed += member.compressedSize();
    }
    if (UnpackLimits.isBomb(total, compressed)) {
      throw ArchiveErrors.archive(
          "it has "
              + total
              + " bytes out of "
              + compressed
              + "; over 10 MB the ratio may be at most "
              + UnpackLimits.MAX_RATIO
              + ":1.",
          "Leave generated data out of the package; make it at start.");
    }
  }

  private static ParException overLimit(ZipMember member, UnpackLimits limits, long before) {
    return ArchiveErrors.entry(
        member.written(),
        "with "
            + member.size()
            + " bytes takes the package over the limit of "
            + limits.maxBytes()
            + " unpacked bytes ("
            + before
            + " before it).",
        "Make the package smaller, or raise the limit of bytes with maxUnpacked(…).");
  }

  private static void refuseBomb(ZipMember member) {
    if (UnpackLimits.isBomb(member.size(), member.compressedSize())) {
      throw ArchiveErrors.entry(
          member.written(),
          "has "
              + member.size()
              + " bytes out of "
              + member.compressedSize()
              + "; over 10 MB the ratio may be at most "
              + UnpackLimits.MAX_RATIO
              + ":1.",
          "Leave generated data out of the package; make it at start.");
    }
  }
}
