package global.pixell.par;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a failed write says. */
final class DiskErrors {

  private static final String MORE_SPACE =
      "Give the task more ephemeral storage, or point PAR_CACHE_DIR at a volume with space.";

  /** With more free than this, what is missing is not bytes. */
  private static final long DIRECTORY = 1 << 20;

  private DiskErrors() {}

  static ParException of(String what, IOException e) {
    Path file = e instanceof FileSystemException at && at.getFile() != null ? path(at) : null;
    return of(what, file, e);
  }

  /**
   * What a failure at a place says, with what that place tells of itself: the words of the system
   * may be of any language.
   */
  static ParException of(String what, @Nullable Path place, IOException e) {
    Optional<FileStore> disk = disk(place);
    String reason;
    String hint;
    if (e instanceof AccessDeniedException) {
      reason = "access to " + e.getMessage() + " is denied for this user";
      hint = "Give this user the directory, or point PAR_CACHE_DIR at one that it may write.";
    } else if (isReadOnly(e) || disk.filter(FileStore::isReadOnly).isPresent()) {
      // Before the space, for an image that may only be read has none free.
      reason = "the file system is read-only";
      hint = "Mount a writable volume, and point PAR_CACHE_DIR at it.";
    } else if (isFull(e) || disk.filter(DiskErrors::nothingFree).isPresent()) {
      reason = "the disk is full" + disk.map(DiskErrors::numbers).orElse("");
      hint = MORE_SPACE;
    } else {
      reason = e.toString();
      hint = "Check that PAR_CACHE_DIR is a writable directory of this user.";
    }
    return new ParException(
        ParException.Kind.DISK, "PAR could not " + what + ": " + reason + ".", hint, e);
  }

  private static @Nullable Path path(FileSystemException e) {
    try {
      return Path.of(e.getFile());
    } catch (InvalidPathException strange) {
      return null;
    }
  }

  /** That of the nearest folder that is there. */
  private static Optional<FileStore> disk(@Nullable Path place) {
    for (Path at = place; at != null; at = at.toAbsolutePath().getParent()) {
      try {
        return Optional.of(Files.getFileStore(at));
      } catch (IOException e) {
        // Not there; its parent may be.
      }
    }
    return Optional.empty();
  }

  private static boolean nothingFree(FileStore disk) {
    try {
      return disk.getTotalSpace() > 0 && disk.getUsableSpace() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static String numbers(FileStore disk) {
    try {
      long free = disk.getUsableSpace();
      return ": "
          + free
          + " of "
          + disk.getTotalSpace()
          + " bytes are free"
          // An answer of the system all the same: no inodes, or this user's quota.
          + (free > DIRECTORY ? ", but no more files or no more for this user" : "");
    } catch (IOException e) {
      return "";
    }
  }

  /** Known before anything was written. */
  static ParException tooSmall(String what, long needed, long free, Path directory, long inUse) {
    return new ParException(
        ParException.Kind.DISK,
        what
            + " needs "
            + needed
            + " bytes and the disk of "
            + directory
            + " has "
            + free
            + " free"
            + (inUse > 0
                ? "; the cache holds "
                    + inUse
                    + " bytes that are in use or the last good version of a package"
                : "")
            + ".",
        MORE_SPACE);
  }

  /** Whether a failure at a place means that there is no room. */
  static boolean isFull(IOException e, Path place) {
    return isFull(e) || disk(place).filter(DiskErrors::nothingFree).isPresent();
  }

  private static boolean isFull(IOException e) {
    String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    return message.contains("no space left") || message.contains("quota exceeded");
  }

  private static boolean isReadOnly(IOException e) {
    return String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains("read-only");
  }
}
