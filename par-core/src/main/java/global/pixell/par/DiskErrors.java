package global.pixell.par;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.Locale;

/** What a failed write says. */
final class DiskErrors {

  private static final String MORE_SPACE =
      "Give the task more ephemeral storage, or point PAR_CACHE_DIR at a volume with space.";

  private DiskErrors() {}

  static ParException of(String what, IOException e) {
    String reason;
    String hint;
    if (isFull(e)) {
      reason = "the disk is full";
      hint = MORE_SPACE;
    } else if (isReadOnly(e)) {
      reason = "the file system is read-only";
      hint = "Mount a writable volume, and point PAR_CACHE_DIR at it.";
    } else if (e instanceof AccessDeniedException) {
      reason = "access to " + e.getMessage() + " is denied for this user";
      hint = "Give this user the directory, or point PAR_CACHE_DIR at one that it may write.";
    } else {
      reason = e.toString();
      hint = "Check that PAR_CACHE_DIR is a writable directory of this user.";
    }
    return new ParException(
        ParException.Kind.DISK, "PAR could not " + what + ": " + reason + ".", hint, e);
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

  static boolean isFull(IOException e) {
    String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    return message.contains("no space left") || message.contains("quota exceeded");
  }

  static boolean isReadOnly(IOException e) {
    return String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains("read-only");
  }
}
