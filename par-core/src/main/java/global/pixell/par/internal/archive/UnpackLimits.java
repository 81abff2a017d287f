package global.pixell.par.internal.archive;

/**
 * The limits of an unpacked archive.
 *
 * @param maxBytes the largest sum of bytes of all unpacked files, at least 0
 * @param maxEntries the largest number of entries, at least 0
 */
public record UnpackLimits(long maxBytes, int maxEntries) {

  /** 2048 MB (of 1,048,576 bytes) and 50,000 entries. */
  public static final UnpackLimits DEFAULT = new UnpackLimits(2048L << 20, 50_000);

  /** Small files may have any ratio: 10 MB of zeros are a legal test fixture. */
  static final long RATIO_FLOOR_BYTES = 10L << 20;

  /** Deflate itself reaches at most 1032:1, so an archive over this is built to be a bomb. */
  static final long MAX_RATIO = 1000;

  public UnpackLimits {
    if (maxBytes < 0 || maxEntries < 0) {
      throw new IllegalArgumentException(
          "limits are at least 0: " + maxBytes + " bytes, " + maxEntries + " entries");
    }
  }

  /**
   * The largest central directory in bytes. A record is 46 bytes, a path and a few extra fields:
   * real packages stay under 200 bytes on average. The bound keeps memory (one short object and the
   * path for each entry) in proportion to the allowed entries, whatever the archive claims.
   */
  long maxDirectoryBytes() {
    return (1L << 20) + 256L * maxEntries;
  }

  /**
   * The largest number of implicit folders, which exist only because a path contains them. They are
   * limited apart from the entries: an archive may have one for each entry, but a few bytes of a
   * name can imply a thousand of them, which costs memory and inodes.
   */
  long maxImpliedFolders() {
    return 10_000L + maxEntries;
  }

  /** Whether the ratio of content to compressed bytes is that of a bomb. */
  static boolean isBomb(long bytes, long compressedBytes) {
    // bytes > ratio * compressed, in a form that cannot overflow
    return bytes > RATIO_FLOOR_BYTES && (bytes - 1) / MAX_RATIO >= compressedBytes;
  }
}
