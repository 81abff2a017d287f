package global.pixell.par.internal.archive;

/**
 * One entry as the central directory has it, every rule of a single entry already applied.
 *
 * @param name its name, safe
 * @param flags general purpose bits
 * @param method {@link #STORED} or {@link #DEFLATED}
 * @param crc CRC-32 of the content, as an unsigned number
 * @param compressedSize bytes in the archive
 * @param size bytes of the content
 * @param offset where its local header begins
 * @param mode permissions it gets, already cleaned, as in {@code 0644}
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

  /** Sizes and CRC follow the data instead of standing in the local header. */
  static final int FLAG_DESCRIPTOR = 1 << 3;

  static final int FLAG_UTF8 = 1 << 11;

  /** As the archive writes it. */
  String written() {
    return name.written();
  }

  /** Where it goes below the package root; empty for the root itself. */
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
