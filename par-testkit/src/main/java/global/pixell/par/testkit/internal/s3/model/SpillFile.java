package global.pixell.par.testkit.internal.s3.model;

import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A temporary file for the bodies that do not stay in memory, in the directory of {@code
 * java.io.tmpdir}. It takes one file descriptor, however many bodies it has. The file is created
 * with the first body. Systems that can delete an open file do so at once, so no file remains even
 * after a crash; on other systems {@link #close} or the exit of the JVM deletes it. The space of
 * freed extents is reused. Thread-safe.
 *
 * <p>It uses a {@code RandomAccessFile}, because the interrupt of one reader would close a {@code
 * FileChannel} for all readers.
 */
final class SpillFile implements Closeable {

  /**
   * A piece of the file.
   *
   * @param position the position of its first byte
   */
  record Extent(long position, long length) {
    long end() {
      return position + length;
    }
  }

  private @Nullable RandomAccessFile file;
  private @Nullable File toDelete;
  private boolean closed;
  private long size;

  /** The free extents, position to length; adjacent extents are merged. */
  private final NavigableMap<Long, Long> free = new TreeMap<>();

  /**
   * Writes bytes.
   *
   * @return the extents that hold the bytes, in order
   */
  synchronized List<Extent> write(byte[] bytes, int length) throws IOException {
    RandomAccessFile open = open();
    var written = new ArrayList<Extent>();
    try {
      for (int done = 0; done < length; ) {
        Extent extent = allocate(length - done);
        written.add(extent);
        open.seek(extent.position());
        open.write(bytes, done, (int) extent.length());
        done += (int) extent.length();
      }
      return written;
    } catch (IOException e) {
      free(written);
      throw e;
    }
  }

  private Extent allocate(int most) {
    Map.Entry<Long, Long> reused = free.pollFirstEntry();
    if (reused == null) {
      var fresh = new Extent(size, most);
      size += most;
      return fresh;
    }
    long length = Math.min(most, reused.getValue());
    if (length < reused.getValue()) {
      free.put(reused.getKey() + length, reused.getValue() - length);
    }
    return new Extent(reused.getKey(), length);
  }

  /** Reads up to {@code length} bytes from a position; returns the number of bytes read. */
  synchronized int read(long position, byte[] bytes, int offset, int length) throws IOException {
    RandomAccessFile open = open();
    open.seek(position);
    return open.read(bytes, offset, length);
  }

  /** Frees the space of extents. */
  synchronized void free(List<Extent> extents) {
    for (Extent extent : extents) {
      long position = extent.position();
      long length = extent.length();
      Map.Entry<Long, Long> before = free.lowerEntry(position);
      if (before != null && before.getKey() + before.getValue() == position) {
        position = before.getKey();
        length += before.getValue();
      }
      Long after = free.remove(extent.end());
      free.put(position, after == null ? length : length + after);
    }
  }

  /** The size of the file in bytes. */
  synchronized long size() {
    return size;
  }

  /** The number of bytes in use. */
  synchronized long inUse() {
    return size - free.values().stream().mapToLong(Long::longValue).sum();
  }

  private RandomAccessFile open() throws IOException {
    if (closed) {
      throw new IOException("the fake S3 is closed");
    }
    RandomAccessFile open = file;
    if (open == null) {
      Path name = Files.createTempFile("par-testkit-", ".bodies");
      open = new RandomAccessFile(name.toFile(), "rw");
      file = open;
      try {
        Files.delete(name);
      } catch (IOException e) {
        // Windows does not delete a file that is open.
        toDelete = name.toFile();
        toDelete.deleteOnExit();
      }
    }
    return open;
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    if (file != null) {
      file.close();
    }
    if (toDelete != null) {
      Files.deleteIfExists(toDelete.toPath());
    }
  }
}
