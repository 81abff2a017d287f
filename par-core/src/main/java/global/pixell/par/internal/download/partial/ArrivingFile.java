package global.pixell.par.internal.download.partial;

import global.pixell.par.ParException;
import global.pixell.par.internal.io.ArchiveBytes;
import global.pixell.par.internal.io.DiskErrors;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A file that several connections write at once while others read it. It holds one content of one
 * object. When the object changes, this file fails and a new file takes its place, so readers never
 * see bytes of two contents.
 *
 * <p>Each byte is written once, by the connection that has it first. So bytes that were read,
 * hashed or unpacked never change. Readers and writers have descriptors of their own: an interrupt
 * closes the reader's (see {@link ArchiveBytes#ofFile}) and does not affect the download.
 *
 * <p>Thread-safe.
 */
public final class ArrivingFile implements ArchiveBytes {

  private static final long UNKNOWN = -1;

  private final Path file;
  private final FileChannel writing;
  private final FileChannel reading;
  private final ByteRangeSet present = new ByteRangeSet();
  private final ByteRangeSet claimed = new ByteRangeSet();
  private final TreeMap<Long, Integer> wanted = new TreeMap<>();
  private volatile long size = UNKNOWN;
  private volatile @Nullable Runnable makeRoom;
  private @Nullable Throwable failure;

  /** An empty file, with a descriptor to write and one to read. */
  public ArrivingFile(Path file, FileChannel writing, FileChannel reading) {
    this.file = file;
    this.writing = writing;
    this.reading = reading;
  }

  /**
   * Creates an empty file. An older one is unlinked and not overwritten, because a connection of
   * the former content may still be writing to it.
   */
  public static ArrivingFile create(Path file) throws IOException {
    Files.deleteIfExists(file);
    return open(file, StandardOpenOption.CREATE_NEW);
  }

  /** Continues a file that has some bytes already. */
  public static ArrivingFile resume(Path file, long size, List<ByteRange> present)
      throws IOException {
    ArrivingFile arriving = open(file, StandardOpenOption.WRITE);
    arriving.setSize(size);
    for (ByteRange range : present) {
      arriving.claimed.add(range.from(), range.to());
      arriving.arrived(range);
    }
    return arriving;
  }

  private static ArrivingFile open(Path file, StandardOpenOption how) throws IOException {
    FileChannel writing = FileChannel.open(file, StandardOpenOption.WRITE, how);
    try {
      return new ArrivingFile(file, writing, FileChannel.open(file, StandardOpenOption.READ));
    } catch (IOException | RuntimeException e) {
      writing.close();
      throw e;
    }
  }

  public Path file() {
    return file;
  }

  /** The error for a failed write, with the size of the download. */
  public ParException writeError(IOException e) {
    String bytes = size == UNKNOWN ? "" : size + " bytes of ";
    return DiskErrors.of("write " + bytes + "the download to " + file, file, e);
  }

  /**
   * Sets what to do once before a full disk is a failure. The writing threads call it, several at
   * once.
   */
  public void whenFull(Runnable makeRoom) {
    this.makeRoom = makeRoom;
  }

  /** Sets the size, once it is known. */
  public synchronized void setSize(long bytes) {
    size = bytes;
    notifyAll();
  }

  /**
   * The size of the whole content.
   *
   * @throws IllegalStateException before {@link #setSize}
   */
  @Override
  public long size() {
    if (size == UNKNOWN) {
      throw new IllegalStateException("the server did not state the size of " + file);
    }
    return size;
  }

  public boolean isSizeKnown() {
    return size != UNKNOWN;
  }

  /** Writes those of the bytes that are missing, and wakes the readers that wait for them. */
  public void write(long position, ByteBuffer bytes) throws IOException {
    for (ByteRange free : claim(position, position + bytes.remaining())) {
      ByteBuffer piece =
          bytes.slice(
              bytes.position() + Math.toIntExact(free.from() - position), (int) free.length());
      for (long offset = free.from(); piece.hasRemaining(); ) {
        offset += writeSome(piece, offset);
      }
      arrived(free);
    }
    bytes.position(bytes.limit());
  }

  private int writeSome(ByteBuffer piece, long offset) throws IOException {
    try {
      return writing.write(piece, offset);
    } catch (IOException e) {
      Runnable room = makeRoom;
      if (room == null || !DiskErrors.isFull(e, file)) {
        throw e;
      }
      room.run();
      return writing.write(piece, offset);
    }
  }

  private synchronized List<ByteRange> claim(long from, long to) {
    List<ByteRange> free = failure == null ? claimed.missing(from, to) : List.of();
    claimed.add(from, to);
    return free;
  }

  private synchronized void arrived(ByteRange range) {
    present.add(range.from(), range.to());
    notifyAll();
  }

  /** How many bytes are present. */
  public synchronized long bytesPresent() {
    return present.bytes();
  }

  /** The ranges that have arrived, in order. */
  public synchronized List<ByteRange> present() {
    return present.ranges();
  }

  /** The missing ranges between two offsets, in order. */
  public synchronized List<ByteRange> missing(long from, long to) {
    return present.missing(from, to);
  }

  /** Whether the size is known and every byte is present. */
  public synchronized boolean isComplete() {
    return size != UNKNOWN && present.has(0, size);
  }

  /**
   * The lowest missing byte that a reader waits for. Downloading it first lets unpacking start
   * early, because the directory of an archive is at its end.
   */
  public synchronized OptionalLong wanted() {
    return wanted.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(present.endOfRun(wanted.firstKey()));
  }

  /**
   * Ends the file. Every present and future read fails with this reason, also where the bytes have
   * arrived, because they must not be trusted. The first reason counts.
   */
  public synchronized void fail(Throwable reason) {
    if (failure == null) {
      failure = reason;
    }
    notifyAll();
  }

  /**
   * Waits until the byte at an offset has arrived.
   *
   * @return the end of the bytes from the offset without a gap; the offset itself only at the end
   *     of the file
   */
  public synchronized long awaitRun(long offset) throws IOException {
    while (true) {
      throwIfFailed();
      long end = present.endOfRun(offset);
      if (end > offset || offset == size) {
        return end;
      }
      pause();
    }
  }

  @Override
  public void readFully(long position, ByteBuffer target) throws IOException {
    readFully(reading, position, target);
  }

  /**
   * The same bytes through a descriptor of their own, for a reader that may be interrupted while
   * others continue. Closing it ends that reader only.
   */
  public ArchiveBytes reader() throws IOException {
    FileChannel own = FileChannel.open(file, StandardOpenOption.READ);
    return new ArchiveBytes() {
      @Override
      public long size() {
        return ArrivingFile.this.size();
      }

      @Override
      public void readFully(long position, ByteBuffer target) throws IOException {
        ArrivingFile.this.readFully(own, position, target);
      }

      @Override
      public void close() throws IOException {
        own.close();
      }
    };
  }

  private void readFully(FileChannel channel, long position, ByteBuffer target) throws IOException {
    await(position, position + target.remaining());
    read(channel, position, target);
    // The file may have failed during the read.
    synchronized (this) {
      throwIfFailed();
    }
  }

  /** Reads bytes that have arrived. */
  private static void read(FileChannel channel, long position, ByteBuffer target)
      throws IOException {
    for (long offset = position; target.hasRemaining(); ) {
      int n = channel.read(target, offset);
      if (n < 0) {
        throw new EOFException("the file ends at " + offset);
      }
      offset += n;
    }
  }

  private synchronized void await(long from, long to) throws IOException {
    throwIfBeyond(to);
    if (present.has(from, to)) {
      throwIfFailed();
      return;
    }
    wanted.merge(from, 1, Integer::sum);
    try {
      while (!present.has(from, to)) {
        throwIfFailed();
        throwIfBeyond(to);
        pause();
      }
      throwIfFailed();
    } finally {
      wanted.computeIfPresent(from, (position, waiting) -> waiting == 1 ? null : waiting - 1);
    }
  }

  private void throwIfBeyond(long to) throws EOFException {
    if (size != UNKNOWN && to > size) {
      throw new EOFException("the file ends at " + size);
    }
  }

  private void throwIfFailed() throws IOException {
    if (failure instanceof ParException known) {
      throw known;
    }
    if (failure != null) {
      throw new IOException("the download ended: " + failure, failure);
    }
  }

  /** Callers check their condition again, in a loop. */
  @SuppressWarnings("WaitNotInLoop")
  private void pause() throws InterruptedIOException {
    try {
      wait();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the wait for bytes was interrupted");
    }
  }

  /** Syncs the content to the disk. */
  public void force() throws IOException {
    writing.force(true);
  }

  /** Ends writing; readers continue. */
  public void endWriting() throws IOException {
    writing.close();
  }

  /** Ends reading; writers continue. */
  @Override
  public void close() throws IOException {
    reading.close();
  }
}
