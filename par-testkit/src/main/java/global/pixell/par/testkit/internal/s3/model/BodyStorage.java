package global.pixell.par.testkit.internal.s3.model;

import global.pixell.par.testkit.internal.io.BlockInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Stores the bodies of requests: bodies of up to 1 MiB in memory, as long as all of them together
 * are within a limit, and the others in a temporary file. A body takes space until no object refers
 * to it and it has been garbage-collected. Thread-safe.
 */
public final class BodyStorage implements Closeable {

  private static final int LARGEST_IN_MEMORY = 1 << 20;
  private static final long MOST_IN_MEMORY = 64 << 20;
  private static final int BUFFER = 1 << 16;

  /** The storage looks for unused bodies whenever the file has grown by this number of bytes. */
  private static final long GROWTH = 1L << 30;

  private final long memoryLimit;
  private final SpillFile file = new SpillFile();
  private final ReferenceQueue<Content> collected = new ReferenceQueue<>();

  /** The JVM enqueues only references that are themselves reachable. */
  private final Set<Space> spaces = new HashSet<>();

  private long inMemory;
  private long sizeAtCollection;

  /** Creates a storage that keeps at most 64 MiB, or an eighth of the heap, in memory. */
  public BodyStorage() {
    this(Math.min(MOST_IN_MEMORY, Runtime.getRuntime().maxMemory() / 8));
  }

  BodyStorage(long memoryLimit) {
    this.memoryLimit = memoryLimit;
  }

  /** Receives every byte of a body. */
  interface Observer {
    void update(byte[] bytes, int offset, int length);
  }

  /** Reads a stream to its end and keeps it. */
  public Content store(InputStream in, Observer observer) throws IOException {
    reclaim();
    var memory = new ByteArrayOutputStream();
    byte[] buffer = new byte[BUFFER];
    int n = in.read(buffer);
    for (; n >= 0 && memory.size() + n <= LARGEST_IN_MEMORY; n = in.read(buffer)) {
      observer.update(buffer, 0, n);
      memory.write(buffer, 0, n);
    }
    if (n < 0 && reserve(memory.size())) {
      return track(Content.of(memory.toByteArray()), memory.size(), List.of());
    }
    var extents = new ArrayList<SpillFile.Extent>();
    try {
      append(extents, file.write(memory.toByteArray(), memory.size()));
      for (; n >= 0; n = in.read(buffer)) {
        observer.update(buffer, 0, n);
        append(extents, file.write(buffer, n));
      }
    } catch (IOException | RuntimeException e) {
      file.free(extents);
      throw e;
    }
    return track(new Spilled(file, List.copyOf(extents)), 0, extents);
  }

  private static void append(List<SpillFile.Extent> all, List<SpillFile.Extent> more) {
    for (SpillFile.Extent next : more) {
      int last = all.size() - 1;
      if (last >= 0 && all.get(last).end() == next.position()) {
        SpillFile.Extent before = all.get(last);
        all.set(last, new SpillFile.Extent(before.position(), before.length() + next.length()));
      } else {
        all.add(next);
      }
    }
  }

  private synchronized boolean reserve(long bytes) {
    if (inMemory + bytes > memoryLimit) {
      return false;
    }
    inMemory += bytes;
    return true;
  }

  private synchronized Content track(Content content, long bytes, List<SpillFile.Extent> extents) {
    spaces.add(new Space(content, collected, bytes, extents));
    return content;
  }

  /** Frees the space of bodies that nothing refers to. */
  private synchronized void reclaim() {
    if (file.size() - sizeAtCollection > GROWTH) {
      // For the JVM a body is a small object, however much space it takes in the file.
      System.gc();
      sizeAtCollection = file.size();
    }
    for (var each = collected.poll(); each != null; each = collected.poll()) {
      var space = (Space) each;
      spaces.remove(space);
      inMemory -= space.bytes;
      file.free(space.extents);
    }
  }

  /** The bytes of the bodies in memory. */
  synchronized long inMemory() {
    reclaim();
    return inMemory;
  }

  /** The bytes that the file has grown to. */
  long inFile() {
    return file.size();
  }

  /** The bytes of the file that bodies take. */
  long inUse() {
    reclaim();
    return file.inUse();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  /** The space of a body. */
  private static final class Space extends PhantomReference<Content> {
    private final long bytes;
    private final List<SpillFile.Extent> extents;

    Space(
        Content content,
        ReferenceQueue<Content> collected,
        long bytes,
        List<SpillFile.Extent> extents) {
      super(content, collected);
      this.bytes = bytes;
      this.extents = extents;
    }
  }

  /** A body in the file. */
  private static final class Spilled implements Content {
    private final SpillFile file;
    private final List<SpillFile.Extent> extents;
    private final long size;

    Spilled(SpillFile file, List<SpillFile.Extent> extents) {
      this.file = file;
      this.extents = extents;
      size = extents.stream().mapToLong(SpillFile.Extent::length).sum();
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public InputStream open(long from, long length) {
      return new Reader(this, from, length);
    }
  }

  /** Reads a range of a body in the file. */
  private static final class Reader extends BlockInputStream {
    private final Spilled body;
    private long remaining;
    private int index;
    private long skipped;

    Reader(Spilled body, long from, long length) {
      this.body = body;
      remaining = length;
      skipped = from;
      while (length > 0 && skipped >= body.extents.get(index).length()) {
        skipped -= body.extents.get(index).length();
        index++;
      }
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (remaining == 0) {
        return -1;
      }
      if (length == 0) {
        return 0;
      }
      try {
        SpillFile.Extent extent = body.extents.get(index);
        int most = (int) Math.min(Math.min(length, remaining), extent.length() - skipped);
        int n = body.file.read(extent.position() + skipped, bytes, offset, most);
        if (n < 0) {
          throw new IOException("the file of the bodies is shorter than it was");
        }
        skipped += n;
        remaining -= n;
        if (skipped == extent.length()) {
          index++;
          skipped = 0;
        }
        return n;
      } finally {
        // Until this point the space must not be given to another body.
        Reference.reachabilityFence(body);
      }
    }
  }
}
