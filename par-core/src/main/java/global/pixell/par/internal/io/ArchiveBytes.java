package global.pixell.par.internal.io;

import global.pixell.par.ParException;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The bytes of one archive, read by position. A file has all of them; a download in progress lets
 * {@link #readFully} wait until they have arrived.
 *
 * <p>Implementations are safe for use by several threads at a time. A thread that waits in {@link
 * #readFully} is woken by {@link Thread#interrupt}. A {@link ParException}, thrown as it is or as
 * the cause of an {@link IOException}, reaches the caller of the unpacker unchanged.
 */
public interface ArchiveBytes extends Closeable {

  /** How many bytes the archive has; never changes. */
  long size();

  /**
   * Fills the remainder of the target with the bytes from the position on. Waits until they have
   * arrived.
   *
   * @throws EOFException if the archive ends before the target is full
   * @throws IOException if the bytes cannot be read
   */
  void readFully(long position, ByteBuffer target) throws IOException;

  /** Releases resources. The default does nothing. */
  @Override
  default void close() throws IOException {}

  /**
   * The bytes of a file. Its length is read once, now.
   *
   * <p>An interrupt of a reading thread closes the file for every thread, as {@link FileChannel}
   * does: after a cancelled or failed unpack the archive has to be opened again.
   *
   * @throws ParException of kind {@code DISK} if the file cannot be opened
   */
  static ArchiveBytes ofFile(Path file) {
    try {
      FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
      try {
        return new OfFile(channel, channel.size());
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new ParException(
          ParException.Kind.DISK,
          "The package file " + file + " cannot be opened: " + e,
          "Check that the file exists and that this user may read it.",
          e);
    }
  }

  /** Positional reads of one channel: no shared position, hence no lock. */
  record OfFile(FileChannel channel, long size) implements ArchiveBytes {
    @Override
    public void readFully(long position, ByteBuffer target) throws IOException {
      long offset = position;
      while (target.hasRemaining()) {
        int read = channel.read(target, offset);
        if (read < 0) {
          throw new EOFException("the file ends at " + offset + " instead of " + size);
        }
        offset += read;
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
