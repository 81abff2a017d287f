package global.pixell.par.internal.archive;

/**
 * One entry of the central directory; all rules for a single entry are already checked.
 *
 * @param name its name, safe
 * @param flags general purpose bits
 * @param method {@link #STORED} or {@link #DEFLATED}
 * @param crc CRC-32 of the content, as an unsigned number
 * @param compressedSize bytes in the archive
 * @param size bytes of the content
 * @param offset where its local header begins
 * @param mode its permissions without the forbidden bits, such as {@code 0644}
 */
public record ZipMember(
    EntryName name,
    int flags,
    int method,
    long crc,
    long compressedSize,
    long size,
    long offset,
    int mode) {

  static final int STORED = 0;
  static final int DEFLATED = 8;

  /** Sizes and CRC follow the data instead of being in the local header. */
  static final int FLAG_DESCRIPTOR = 1 << 3;

  static final int FLAG_UTF8 = 1 << 11;

  /** Its name as it is in the archive. */
  String written() {
    return name.written();
  }

  /** Its path below the package root; empty for the root itself. */
  public String path() {
    return name.path();
  }

  public boolean directory() {
    return name.directory();
  }

  /** Checked like the others but not written. */
  public boolean skipped() {
    return name.isMacDebris();
  }

  boolean hasDescriptor() {
    return (flags & FLAG_DESCRIPTOR) != 0;
  }
}
