package global.pixell.par.internal.download.partial;

import global.pixell.par.ParException;
import global.pixell.par.internal.download.partial.ByteRangeSet.Range;
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
 * A file that is being written by several connections at once and read meanwhile: one content of
 * one object. When the object turns out to be another one, this file fails and a new one takes its
 * place; its bytes are never exchanged under a reader.
 *
 * <p>Every byte is written once, by whoever brings it first, so that what was read, hashed or
 * unpacked stays what the file holds. Reader and writer have a descriptor of their own: an
 * interrupt closes a reader's, as {@link ArchiveBytes#ofFile} tells, and leaves the download alone.
 *
 * <p>Thread-safe.
 */
public final class ArrivingFile implements ArchiveBytes {

  private static final long UNKNOWN = -1;

  private final Path file;
  private final FileChannel writing;
  private final FileChannel reading;
  private final ByteRangeSet here = new ByteRangeSet();
  private final ByteRangeSet claimed = new ByteRangeSet();
  private final TreeMap<Long, Integer> wanted = new TreeMap<>();
  private volatile long size = UNKNOWN;
  private volatile @Nullable Runnable makeRoom;
  private @Nullable Throwable failure;

  /** A file of which nothing is there, by these two descriptors. */
  public ArrivingFile(Path file, FileChannel writing, FileChannel reading) {
    this.file = file;
    this.writing = writing;
    this.reading = reading;
  }

  /**
   * Begins anew. What lay there is unlinked and not overwritten: a connection of the content before
   * may still be writing to it.
   */
  public static ArrivingFile create(Path file) throws IOException {
    Files.deleteIfExists(file);
    return open(file, StandardOpenOption.CREATE_NEW);
  }

  /** Goes on with a file of which some bytes are there and right. */
  public static ArrivingFile resume(Path file, long size, List<Range> present) throws IOException {
    ArrivingFile arriving = open(file, StandardOpenOption.WRITE);
    arriving.sizeIs(size);
    for (Range range : present) {
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

  /** What a failed write says: a full disk tells how much is free, this how much it takes. */
  public ParException unwritable(IOException e) {
    String bytes = size == UNKNOWN ? "" : size + " bytes of ";
    return DiskErrors.of("write " + bytes + "the download to " + file, file, e);
  }

  /**
   * Tells what to do once before a full disk is a failure; called by the threads that write,
   * several at once.
   */
  public void whenFull(Runnable makeRoom) {
    this.makeRoom = makeRoom;
  }

  /** Tells the size, once it is known. */
  public synchronized void sizeIs(long bytes) {
    size = bytes;
    notifyAll();
  }

  /**
   * The size of the whole content.
   *
   * @throws IllegalStateException before {@link #sizeIs}
   */
  @Override
  public long size() {
    if (size == UNKNOWN) {
      throw new IllegalStateException("the server has not told the size of " + file);
    }
    return size;
  }

  public boolean sizeIsKnown() {
    return size != UNKNOWN;
  }

  /** Writes what of these bytes is not here yet, and wakes who waits for them. */
  public void write(long position, ByteBuffer bytes) throws IOException {
    for (Range mine : claim(position, position + bytes.remaining())) {
      ByteBuffer piece =
          bytes.slice(
              bytes.position() + Math.toIntExact(mine.from() - position), (int) mine.length());
      for (long at = mine.from(); piece.hasRemaining(); ) {
        at += writeSome(piece, at);
      }
      arrived(mine);
    }
    bytes.position(bytes.limit());
  }

  private int writeSome(ByteBuffer piece, long at) throws IOException {
    try {
      return writing.write(piece, at);
    } catch (IOException e) {
      Runnable room = makeRoom;
      if (room == null || !DiskErrors.isFull(e, file)) {
        throw e;
      }
      room.run();
      return writing.write(piece, at);
    }
  }

  private synchronized List<Range> claim(long from, long to) {
    List<Range> free = failure == null ? claimed.missing(from, to) : List.of();
    claimed.add(from, to);
    return free;
  }

  private synchronized void arrived(Range range) {
    here.add(range.from(), range.to());
    notifyAll();
  }

  /** How many bytes are here. */
  public synchronized long bytesHere() {
    return here.bytes();
  }

  /** What is here, in order. */
  public synchronized List<Range> present() {
    return here.present();
  }

  /** What is missing from one offset to before another, in order. */
  public synchronized List<Range> missing(long from, long to) {
    return here.missing(from, to);
  }

  /** Whether the size is known and every byte is here. */
  public synchronized boolean isComplete() {
    return size != UNKNOWN && here.has(0, size);
  }

  /**
   * The lowest missing byte a reader waits for. Who chooses what to download next should choose
   * that: an archive's directory, which says what all else is, stands at its end.
   */
  public synchronized OptionalLong wanted() {
    return wanted.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(here.endOfRun(wanted.firstKey()));
  }

  /**
   * Ends the file: whoever reads or will read it gets this, though the bytes may be here, for they
   * are not to be trusted. The first failure stays.
   */
  public synchronized void fail(Throwable reason) {
    if (failure == null) {
      failure = reason;
    }
    notifyAll();
  }

  /**
   * Waits until more is here than the bytes before the offset.
   *
   * @return the end of what is here without a gap; the offset itself only at the end of the file
   */
  public synchronized long awaitRun(long offset) throws IOException {
    while (true) {
      throwIfFailed();
      long end = here.endOfRun(offset);
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
   * The same bytes through a descriptor of their own, for a reader who may be interrupted while
   * others read on. Closing it ends that reader only.
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
    // What failed meanwhile must not be taken for good.
    synchronized (this) {
      throwIfFailed();
    }
  }

  /** Reads without waiting. */
  private static void read(FileChannel channel, long position, ByteBuffer target)
      throws IOException {
    for (long at = position; target.hasRemaining(); ) {
      int n = channel.read(target, at);
      if (n < 0) {
        throw new EOFException("the file ends at " + at);
      }
      at += n;
    }
  }

  private synchronized void await(long from, long to) throws IOException {
    throwIfBeyond(to);
    if (here.has(from, to)) {
      throwIfFailed();
      return;
    }
    wanted.merge(from, 1, Integer::sum);
    try {
      while (!here.has(from, to)) {
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

  /** Only ever called in a loop that asks again. */
  @SuppressWarnings("WaitNotInLoop")
  private void pause() throws InterruptedIOException {
    try {
      wait();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the wait for bytes was interrupted");
    }
  }

  /** Puts the content on the disk. */
  public void force() throws IOException {
    writing.force(true);
  }

  /** No more bytes will come; readers go on. */
  public void endWriting() throws IOException {
    writing.close();
  }

  /** Ends reading; the download goes on. */
  @Override
  public void close() throws IOException {
    reading.close();
  }
}
