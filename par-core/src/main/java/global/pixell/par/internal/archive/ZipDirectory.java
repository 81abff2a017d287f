package global.pixell.par.internal.archive;

import global.pixell.par.ParException;
import global.pixell.par.internal.io.ArchiveBytes;
import java.nio.ByteBuffer;
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
    List<ZipMember> members = DirectoryRecords.read(archive, end, tree);
    members.sort(Comparator.comparingLong(ZipMember::offset));
    ZipDirectory directory = new ZipDirectory(archive, members, tree, end.directoryOffset());
    DirectoryChecks.layout(members, end.directoryOffset());
    DirectoryChecks.sizes(members, limits);
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
    return endOf(index, members, offset);
  }

  static long endOf(int index, List<ZipMember> members, long directory) {
    return index + 1 < members.size() ? members.get(index + 1).offset() : directory;
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
}
