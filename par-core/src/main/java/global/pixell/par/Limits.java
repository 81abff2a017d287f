package global.pixell.par;

/** Sizes above which a package is refused. Immutable. */
public final class Limits extends SettingsGroup<Limits> {
  // Written while they are collected; a ParConfig owns a copy that nobody writes to.
  long packageBytes = 250 * ParConfig.MB;
  long unpackedBytes = 2048 * ParConfig.MB;
  int entries = 50_000;

  Limits() {}

  /**
   * {@link ParSettings#maxPackageBytes}.
   *
   * @return inclusive
   */
  public long packageBytes() {
    return packageBytes;
  }

  /**
   * {@link ParSettings#maxUnpacked}: the bytes.
   *
   * @return inclusive
   */
  public long unpackedBytes() {
    return unpackedBytes;
  }

  /**
   * {@link ParSettings#maxUnpacked}: the entries.
   *
   * @return inclusive
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
