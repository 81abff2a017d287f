package global.pixell.par.internal.archive;

import global.pixell.par.ParException;
import global.pixell.par.internal.io.ArchiveBytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The central directory of an archive, with all checks that need no entries. {@link EntryReader}
 * checks that each local header and each content agrees when it reads the entry: a download in
 * progress has the directory long before it has the entries.
 *
 * <p>We do not use the JDK's reader, because it opens whatever it can; PAR refuses an archive that
 * can be read in two ways. Memory stays below a few times {@link UnpackLimits#maxDirectoryBytes}.
 * Immutable and thread-safe.
 */
public final class ZipDirectory {

  private static final int SIGNATURE = 0x02014b50;
  private static final int LENGTH = 46;
  private static final int LOCAL_LENGTH = 30;

  /** Large enough for the longest record: three fields of 65,535 bytes. */
  private static final int WINDOW = 256 << 10;

  private static final int ENCRYPTED = 1;
  private static final int PATCHED = 1 << 5;
  private static final int STRONGLY_ENCRYPTED = 1 << 6;
  private static final int MASKED = 1 << 13;

  private final ArchiveBytes archive;
  private final List<ZipMember> members;
  private final EntryTree tree;
  private final long offset;
  private final int files;
  private final int skipped;
  private final long bytes;
  private final long largest;

  private ZipDirectory(ArchiveBytes archive, List<ZipMember> members, EntryTree tree, long offset) {
    this.archive = archive;
    this.members = Collections.unmodifiableList(members);
    this.tree = tree;
    this.offset = offset;
    int countedFiles = 0;
    int countedSkipped = 0;
    long countedBytes = 0;
    long largestSeen = 0;
    for (ZipMember member : members) {
      largestSeen = Math.max(largestSeen, member.size());
      if (member.skipped()) {
        countedSkipped++;
      } else if (!member.directory()) {
        countedFiles++;
        countedBytes += member.size();
      }
    }
    this.files = countedFiles;
    this.skipped = countedSkipped;
    this.bytes = countedBytes;
    this.largest = largestSeen;
  }

  /**
   * Reads the directory of an archive.
   *
   * @throws ParException of kind {@code BAD_PACKAGE} for an archive or an entry that is refused,
   *     {@code DISK} if it cannot be read, {@code CANCELLED} if the thread was interrupted
   */
  public static ZipDirectory read(ArchiveBytes archive, UnpackLimits limits) {
    ZipEnd end = ZipEnd.find(archive);
    if (end.entries() > limits.maxEntries()) {
      throw ArchiveErrors.archive(
          "it has " + end.entries() + " entries; the limit is " + limits.maxEntries() + ".",
          "Ship fewer files, or raise the limit of entries with maxUnpacked(…).");
    }
    if (end.directorySize() > limits.maxDirectoryBytes()) {
      throw ArchiveErrors.archive(
          "its directory has "
              + end.directorySize()
              + " bytes; the limit is "
              + limits.maxDirectoryBytes()
              + " for "
              + limits.maxEntries()
              + " entries.",
          "Use shorter paths, fewer files and no comments.");
    }
    EntryTree tree = new EntryTree(limits.maxImpliedFolders());
    List<ZipMember> members = readMembers(archive, end, tree);
    members.sort(Comparator.comparingLong(ZipMember::offset));
    ZipDirectory directory = new ZipDirectory(archive, members, tree, end.directoryOffset());
    directory.checkLayout();
    directory.checkSizes(limits);
    return directory;
  }

  /** The archive it was read from. */
  public ArchiveBytes archive() {
    return archive;
  }

  /** All entries in the order of their offsets. */
  public List<ZipMember> members() {
    return members;
  }

  /** The folders and files that it becomes, including skipped ones. */
  EntryTree tree() {
    return tree;
  }

  /** Where the bytes of an entry end: at the next local header, or at the directory. */
  long endOf(int index) {
    return index + 1 < members.size() ? members.get(index + 1).offset() : offset;
  }

  /** The size of the unpacked archive, as the directory announces it. */
  public UnpackSummary announced() {
    return new UnpackSummary(members.size(), files, bytes, skipped);
  }

  /** Bytes of the largest entry, as the directory announces it. */
  long largest() {
    return largest;
  }

  /**
   * The content of one file, with all checks.
   *
   * @param path below the package root, as {@code agent.yaml}
   * @param maxBytes its largest allowed size
   * @return empty if there is no such file
   * @throws ParException of kind {@code BAD_PACKAGE} if the file is damaged or too large, and the
   *     kinds of {@link #read}
   */
  public Optional<byte[]> readEntry(String path, int maxBytes) {
    for (int i = 0; i < members.size(); i++) {
      ZipMember member = members.get(i);
      if (member.directory() || !member.path().equals(path)) {
        continue;
      }
      if (member.size() > maxBytes) {
        throw ArchiveErrors.entry(
            path,
            "has " + member.size() + " bytes; at most " + maxBytes + " are allowed for it.",
            "Make the file smaller.");
      }
      byte[] content = new byte[(int) member.size()];
      ByteBuffer target = ByteBuffer.wrap(content);
      try (EntryReader reader = new EntryReader(this)) {
        reader.stream(i, target::put);
      }
      return Optional.of(content);
    }
    return Optional.empty();
  }

  private static List<ZipMember> readMembers(ArchiveBytes archive, ZipEnd end, EntryTree tree) {
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

  /**
   * Entries follow each other from the first byte of the archive to its directory. Whether each
   * fills its range is checked when its local header is read.
   */
  private void checkLayout() {
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
      long available = endOf(i) - member.offset();
      long min = (long) LOCAL_LENGTH + member.name().byteLength();
      if (available < min || available - min < member.compressedSize()) {
        throw overlap(i);
      }
    }
  }

  private ParException overlap(int index) {
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
            + endOf(index)
            + "; entries may not share bytes.");
  }

  private static ParException hidden(long from, long to) {
    return ArchiveErrors.archive(
        "bytes " + from + " to " + to + " belong to no entry; nothing may be hidden or put before.",
        "Ship a plain zip, without a program or other data around it.");
  }

  /**
   * Checks the announced sizes; a content that exceeds its announced size is refused when it is
   * read.
   */
  private void checkSizes(UnpackLimits limits) {
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
