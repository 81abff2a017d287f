package global.pixell.par;

/**
 * The largest package that PAR accepts; it refuses a larger one with {@code BAD_PACKAGE}. Immutable
 * and thread-safe.
 */
public final class Limits extends SettingsGroup<Limits> {
  // A builder writes these fields. A ParConfig owns a copy that no code changes.
  long packageBytes = 250 * ParConfig.MB;
  long unpackedBytes = 2048 * ParConfig.MB;
  int entries = 50_000;

  Limits() {}

  /**
   * {@link ParSettings#maxPackageBytes}.
   *
   * @return bytes, inclusive; 250 MB by default
   */
  public long packageBytes() {
    return packageBytes;
  }

  /**
   * {@link ParSettings#maxUnpacked}: the bytes.
   *
   * @return bytes, inclusive; 2048 MB by default
   */
  public long unpackedBytes() {
    return unpackedBytes;
  }

  /**
   * {@link ParSettings#maxUnpacked}: the entries.
   *
   * @return entries, inclusive; 50000 by default
   */
  public int entries() {
    return entries;
  }

  @Override
  void check() {
    requireAtLeast(1, packageBytes, "maxPackageBytes");
    requireAtLeast(1, unpackedBytes, "maxUnpackedBytes");
    requireAtLeast(1, entries, "maxEntries");
  }
}
