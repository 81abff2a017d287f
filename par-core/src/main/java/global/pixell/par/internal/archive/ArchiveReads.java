package global.pixell.par.internal.archive;

import global.pixell.par.ParException;
import global.pixell.par.internal.io.ArchiveBytes;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;

/** Reads an archive and classifies every failure. */
final class ArchiveReads {

  private ArchiveReads() {}

  /** A little-endian heap buffer, ready to be read, with the requested bytes. */
  static ByteBuffer read(ArchiveBytes archive, long position, int length) {
    ByteBuffer target = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    fill(archive, position, target);
    return target.flip();
  }

  /** Fills the target from its position to its limit. */
  static void fill(ArchiveBytes archive, long position, ByteBuffer target) {
    int length = target.remaining();
    try {
      archive.readFully(position, target);
    } catch (IOException e) {
      throw failure(archive, position, length, e);
    }
  }

  private static ParException failure(
      ArchiveBytes archive, long position, int length, IOException e) {
    if (e.getCause() instanceof ParException known) {
      return known;
    }
    boolean interrupted =
        e instanceof InterruptedIOException && !(e instanceof SocketTimeoutException);
    if (interrupted || e instanceof ClosedChannelException) {
      return ArchiveErrors.cancelled();
    }
    if (e instanceof EOFException) {
      return ArchiveErrors.archive(
          "it ends early, "
              + length
              + " bytes at "
              + position
              + " of "
              + archive.size()
              + " are missing.",
          "Fetch the package again; if it stays so, build and publish it again.");
    }
    return new ParException(
        ParException.Kind.DISK,
        "The package cannot be read: " + length + " bytes at " + position + ": " + e,
        "Check the disk that holds the package.",
        e);
  }
}
