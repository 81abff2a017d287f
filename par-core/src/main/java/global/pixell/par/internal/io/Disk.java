package global.pixell.par.internal.io;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The disk of a path: how much is free, and why a write found no space. */
public final class Disk {

  /** If more than this is free, the limit that was hit is inodes or a quota, not space. */
  private static final long LACKS_BYTES = 1 << 20;

  /**
   * Why there is no space.
   *
   * @param reason a clause, with the numbers
   * @param hint the remedy
   */
  public record Shortage(String reason, String hint) {}

  private final @Nullable File path;

  private Disk(@Nullable File path) {
    this.path = path;
  }

  /** The disk of a path, or of its nearest parent that exists. */
  public static Disk of(@Nullable Path path) {
    File file = path == null ? null : path.toAbsolutePath().toFile();
    while (file != null && !file.exists()) {
      file = file.getParentFile();
    }
    return new Disk(file);
  }

  /** Bytes that this user may still write; empty when the system does not report them. */
  public OptionalLong freeBytes() {
    return bytes(false);
  }

  boolean isReadOnly() {
    try {
      return path != null && Files.getFileStore(path.toPath()).isReadOnly();
    } catch (IOException e) {
      return false;
    }
  }

  /** Why a failed write found no space; empty when it failed for another reason. */
  public Optional<Shortage> shortage(IOException e) {
    String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    if (message.contains("quota exceeded")) {
      return Optional.of(
          new Shortage(
              "the disk quota of this user is used up" + numbers(": "),
              "Raise the quota, or point cacheDirectory(…) at a volume without one."));
    }
    boolean saysFull = message.contains("no space left");
    if (saysFull && freeBytes().orElse(0) > LACKS_BYTES) {
      return Optional.of(
          new Shortage(
              "the disk takes no more"
                  + numbers(" although ")
                  + ": its inodes or a quota are used up",
              "Remove files, use a volume with more inodes (df -i shows them), or point cacheDirectory(…)"
                  + " at another volume."));
    }
    return saysFull || nothingFree() ? Optional.of(full()) : Optional.empty();
  }

  /** The disk has no free bytes. */
  public Shortage full() {
    return new Shortage("the disk is full" + numbers(": "), MORE_SPACE);
  }

  static final String MORE_SPACE =
      "Give the task more ephemeral storage, or point cacheDirectory(…) at a volume with space.";

  /** The system may word a failure in any language, so we look at the numbers, too. */
  private boolean nothingFree() {
    return bytes(true).orElse(0) > 0 && freeBytes().orElse(1) == 0;
  }

  private String numbers(String before) {
    OptionalLong free = freeBytes();
    OptionalLong total = bytes(true);
    return free.isEmpty() || total.isEmpty()
        ? ""
        : before + free.getAsLong() + " of " + total.getAsLong() + " bytes are free";
  }

  private OptionalLong bytes(boolean total) {
    // Not through FileStore, which reads the table of mounts first. 0 in total means unknown.
    if (path == null || path.getTotalSpace() == 0) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(total ? path.getTotalSpace() : path.getUsableSpace());
  }
}
