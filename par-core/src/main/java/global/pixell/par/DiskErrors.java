package global.pixell.par;

import java.io.IOException;
import java.util.Locale;

/** What a failed write says. */
final class DiskErrors {
  private DiskErrors() {}

  static ParException of(String what, IOException e) {
    boolean full =
        String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains("no space left");
    return new ParException(
        ParException.Kind.DISK,
        "PAR could not " + what + ": " + (full ? "the disk is full" : e.toString()) + ".",
        full
            ? "Give the task more ephemeral storage, or point PAR_CACHE_DIR at a volume with space."
            : "Check that PAR_CACHE_DIR is a writable directory of this user.",
        e);
  }
}
