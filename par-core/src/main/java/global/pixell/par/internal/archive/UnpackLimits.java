package global.pixell.par.internal.archive;

/**
 * How much an archive may become.
 *
 * @param maxBytes most bytes in all unpacked files together, at least 0
 * @param maxEntries most entries in the archive, at least 0
 */
public record UnpackLimits(long maxBytes, int maxEntries) {

  /** 2048 MB (of 1,048,576 bytes) and 50,000 entries. */
  public static final UnpackLimits DEFAULT = new UnpackLimits(2048L << 20, 50_000);

  /** A ratio says nothing about small files: 10 MB of zeros are a legal test fixture. */
  static final long RATIO_FLOOR_BYTES = 10L << 20;

  /** Deflate itself ends near 1032:1, so what goes over this is built to. */
  static final long MAX_RATIO = 1000;

  public UnpackLimits {
    if (maxBytes < 0 || maxEntries < 0) {
      throw new IllegalArgumentException(
          "limits are at least 0: " + maxBytes + " bytes, " + maxEntries + " entries");
    }
  }

  /**
   * The most bytes a central directory may have. A record is 46 bytes, a path and a few extra
   * fields: real packages stay under 200 bytes on average. The bound keeps what is held in memory
   * (one short object and the path for each entry) in proportion to the entries allowed, whatever
   * the archive claims.
   */
  long maxDirectoryBytes() {
    return (1L << 20) + 256L * maxEntries;
  }

  /**
   * The most folders that exist only because a path goes through them. They are no entries, and an
   * archive at the limit of those may have one for each; a few bytes of a name may imply a thousand
   * of them, which takes memory and inodes.
   */
  long maxImpliedFolders() {
    return 10_000L + maxEntries;
  }

  /** Whether so many bytes out of so few are a bomb. */
  static boolean isBomb(long bytes, long compressedBytes) {
    // bytes > ratio * compressed, in a form that cannot overflow
    return bytes > RATIO_FLOOR_BYTES && (bytes - 1) / MAX_RATIO >= compressedBytes;
  }
}
