package global.pixell.par.internal.download;

import global.pixell.par.ParConfig;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How a download goes about its work.
 *
 * @param maxBytes the largest object, inclusive
 * @param connections the most connections at once, at least 1
 * @param partBytes the usual size of a part, see {@link #partBytes(long)}; an object of more than
 *     two of them is fetched in parts
 * @param tailBytes the size of the last part, which is asked for right after the first: an
 *     archive's directory, without which nothing can be unpacked, stands there
 * @param leastBytes what a connection has to bring within {@code window}; else it counts as dead
 * @param window see {@code leastBytes}
 * @param journalEvery how often it is noted what has arrived, for a process after this one
 * @param aloneBytesPerSecond a first connection that brings this much stays the only one, {@link
 *     #NEVER_ALONE} for none
 * @param hedge whether a part that is late may be asked for once more
 * @param nanoClock a monotonic clock
 */
public record DownloadSettings(
    long maxBytes,
    int connections,
    long partBytes,
    long tailBytes,
    long leastBytes,
    Duration window,
    Duration journalEvery,
    long aloneBytesPerSecond,
    boolean hedge,
    LongSupplier nanoClock) {

  /** One stream up to twice this; S3's own advice is parts of 8 to 16 MB. */
  public static final long PART_BYTES = 8 << 20;

  /** Directories of 10,000 entries fit. */
  static final long TAIL_BYTES = 1 << 20;

  /**
   * 10 KiB in 10 s. At 1 KiB/s the smallest useful package takes its minutes and may; what brings
   * less will not end within any deadline, and a new connection costs but a request.
   */
  static final long LEAST_BYTES = 10 << 10;

  static final Duration WINDOW = Duration.ofSeconds(10);

  /** What a killed process loses at most; each note costs one sync of the file. */
  static final Duration JOURNAL_EVERY = Duration.ofSeconds(2);

  /**
   * Over twice what a connection to S3 brings (85 to 90 MB/s). Beyond it the cores are what is
   * short, and the first answer, which has no end of its own, is costly to cut off: a network so
   * quick has megabytes of it under way.
   */
  static final long ALONE_BYTES_PER_SECOND = 200_000_000;

  static final long NEVER_ALONE = Long.MAX_VALUE;

  private static final int MOST_PARTS = 256;

  public static DownloadSettings of(ParConfig config) {
    return new DownloadSettings(
        config.limits().packageBytes(),
        config.download().connections() > 0
            ? config.download().connections()
            : defaultConnections(
                Runtime.getRuntime().availableProcessors(), Runtime.getRuntime().maxMemory()),
        PART_BYTES,
        TAIL_BYTES,
        LEAST_BYTES,
        WINDOW,
        JOURNAL_EVERY,
        ALONE_BYTES_PER_SECOND,
        true,
        System::nanoTime);
  }

  /**
   * Four a core, 4 to 16: a connection to S3 brings 85 to 90 MB/s, and a core proves about 600 MB/s
   * and copies besides. A connection takes under half a megabyte; together they get an eighth of
   * the heap.
   */
  static int defaultConnections(int cores, long heapBytes) {
    long byMemory = Math.max(1, heapBytes / 8 / (512 << 10));
    return (int) Math.min(Math.min(16, Math.max(4, 4 * cores)), byMemory);
  }

  /**
   * The size of the parts of an object: such that every connection brings equally many and all end
   * together, from half the usual size, under which the wait for an answer weighs too much, to
   * twice it, for the largest objects, so that requests stay few.
   */
  long partBytes(long total) {
    long usual = Math.min(2 * partBytes, Math.max(partBytes, total / MOST_PARTS));
    long rounds = ceilDiv(total, connections * usual);
    long even = ceilDiv(total, connections * rounds);
    return Math.max(partBytes / 2, even);
  }

  private static long ceilDiv(long bytes, long by) {
    return (bytes + by - 1) / by;
  }

  /** Whether an object of this size is worth more than one connection. */
  boolean parallel(long total) {
    return connections > 1 && total > 2 * partBytes;
  }
}
