package global.pixell.par.internal.io;

import global.pixell.par.ParException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Explains failed writes: the reason, the numbers and a remedy. */
public final class DiskErrors {

  private DiskErrors() {}

  public static ParException of(String what, IOException e) {
    Path file =
        e instanceof FileSystemException named && named.getFile() != null ? path(named) : null;
    return of(what, file, e);
  }

  /**
   * Explains a failure at a path by the state of its disk, because the system may word its own
   * message in any language.
   */
  public static ParException of(String what, @Nullable Path path, IOException e) {
    if (e instanceof ClosedByInterruptException) {
      return new ParException(
          ParException.Kind.CANCELLED,
          "PAR could not " + what + ": its thread was interrupted.",
          "Call again.",
          e);
    }
    Disk disk = Disk.of(path);
    Optional<Disk.Shortage> shortage = disk.shortage(e);
    String reason;
    String hint;
    if (e instanceof AccessDeniedException) {
      reason = "access to " + e.getMessage() + " is denied for this user";
      hint = "Give this user the directory, or point cacheDirectory(…) at one that it may write.";
    } else if (isReadOnly(e) || disk.isReadOnly()) {
      // Before the space, because a read-only image has none free.
      reason = "the file system is read-only";
      hint = "Mount a writable volume, and point cacheDirectory(…) at it.";
    } else if (shortage.isPresent()) {
      reason = shortage.get().reason();
      hint = shortage.get().hint();
    } else {
      reason = e.toString();
      hint = "Check that cacheDirectory(…) is a writable directory of this user.";
    }
    return new ParException(
        ParException.Kind.DISK, "PAR could not " + what + ": " + reason + ".", hint, e);
  }

  private static @Nullable Path path(FileSystemException e) {
    try {
      return Path.of(e.getFile());
    } catch (InvalidPathException invalid) {
      return null;
    }
  }

  /** Refuses a write that does not fit, before anything was written. */
  public static ParException tooSmall(
      String what, long needed, long free, Path directory, long inUse) {
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
                ? "; the cache has "
                    + inUse
                    + " bytes that are in use or the last good version of a package"
                : "")
            + ".",
        Disk.MORE_SPACE);
  }

  /** Whether a failure at a path means that the disk is full. */
  public static boolean isFull(IOException e, Path path) {
    return Disk.of(path).shortage(e).isPresent();
  }

  private static boolean isReadOnly(IOException e) {
    return String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains("read-only");
  }
}
