package global.pixell.par.internal.archive;

import global.pixell.par.ParException;

/**
 * The kind of file and the permissions in an entry's external attributes. Made-by systems: APPNOTE
 * 6.3.10, section 4.4.2; file types: {@code sys/stat.h}.
 */
final class ZipMode {

  static final int DEFAULT_FILE_MODE = 0644;

  private static final int UNIX = 3;
  private static final int DARWIN = 19;
  private static final int DOS_DIRECTORY = 0x10;

  private static final int TYPE = 0170000;
  private static final int SOCKET = 0140000;
  private static final int SYMLINK = 0120000;
  private static final int REGULAR = 0100000;
  private static final int BLOCK_DEVICE = 0060000;
  private static final int DIRECTORY = 0040000;
  private static final int CHARACTER_DEVICE = 0020000;
  private static final int FIFO = 0010000;

  /** Tools that know no modes write this, for instance old Maven plugins. */
  private static final int NO_MODE = 0xffff;

  /** All bits except set-uid, set-gid, sticky and write for all. */
  private static final int KEPT = 0775;

  private ZipMode() {}

  /**
   * The permissions an entry gets.
   *
   * <p>The kind of file is checked for every system that the archive claims to come from, because
   * readers differ in whether they believe that byte.
   *
   * @param size bytes of the content: a tool that packs its standard input writes a named pipe with
   *     content
   * @throws ParException of kind {@code BAD_PACKAGE} for anything but a file or a folder
   */
  static int permissions(EntryName name, int madeBy, long external, long size) {
    int host = madeBy >>> 8;
    boolean unix = host == UNIX || host == DARWIN;
    int mode = (int) (external >>> 16) & 0xffff;
    boolean packedPipe = (mode & TYPE) == FIFO && size > 0 && !name.directory();
    if (!packedPipe) {
      refuseSpecial(name.written(), mode, unix);
    }
    boolean saysDirectory =
        (mode & TYPE) == DIRECTORY || (!unix && (external & DOS_DIRECTORY) != 0);
    if (saysDirectory && !name.directory()) {
      throw ArchiveErrors.entry(
          name.written(),
          "is marked as a folder but its name does not end in a slash.",
          "Build the package with a common zip tool.");
    }
    if (name.directory()) {
      return unix && mode != 0 && mode != NO_MODE
          ? (mode & KEPT) | 0700
          : EntryTree.DEFAULT_DIRECTORY_MODE;
    }
    return unix && mode != 0 ? (mode & KEPT) | 0400 : DEFAULT_FILE_MODE;
  }

  /**
   * Refuses links, devices, pipes and sockets. A kind that no system knows is refused, too, except
   * for a folder, whose name already says what it is.
   */
  static void refuseSpecial(String name, int mode, boolean unix) {
    String kind =
        switch (mode & TYPE) {
          case SYMLINK -> "a symbolic link";
          case SOCKET -> "a socket";
          case BLOCK_DEVICE -> "a block device";
          case CHARACTER_DEVICE -> "a character device";
          case FIFO -> "a named pipe";
          case 0, REGULAR, DIRECTORY -> "";
          default ->
              unix && !name.endsWith("/")
                  ? "of the unknown kind " + Integer.toOctalString(mode & TYPE)
                  : "";
        };
    if (!kind.isEmpty()) {
      throw ArchiveErrors.entry(
          name,
          "is " + kind + "; a package holds files and folders only.",
          "Put a copy of the content into the package instead.");
    }
  }
}
