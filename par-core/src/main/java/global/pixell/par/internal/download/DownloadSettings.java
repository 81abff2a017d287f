package global.pixell.par.internal.download;

import global.pixell.par.ParConfig;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * The limits and sizes of a download.
 *
 * @param maxBytes the largest object, inclusive
 * @param connections the maximum of connections at once, at least 1
 * @param partBytes the usual size of a part, see {@link #partBytes(long)}; an object of more than
 *     two of them is fetched in parts
 * @param tailBytes the size of the last part, which is requested right after the first: the
 *     directory of an archive is there, and nothing can be unpacked without it
 * @param stallMinBytes a connection that brings less than this within {@code stallWindow} counts as
 *     dead
 * @param stallWindow see {@code stallMinBytes}
 * @param journalInterval how often a checkpoint is written for a later process
 * @param singleStreamBytesPerSecond a first connection that is as fast as this stays the only one;
 *     {@link #ALWAYS_PARALLEL} for none
 * @param hedge whether a late part may be requested a second time
 * @param nanoClock a monotonic clock
 */
public record DownloadSettings(
    long maxBytes,
    int connections,
    long partBytes,
    long tailBytes,
    long stallMinBytes,
    Duration stallWindow,
    Duration journalInterval,
    long singleStreamBytesPerSecond,
    boolean hedge,
    LongSupplier nanoClock) {

  /** Objects up to twice this come as one stream. S3's own advice is parts of 8 to 16 MB. */
  public static final long PART_BYTES = 8 << 20;

  /** Directories of 10,000 entries fit. */
  static final long TAIL_BYTES = 1 << 20;

  /**
   * 10 KiB in 10 s. At 1 KiB/s a small package still arrives within minutes. A slower connection
   * would pass any deadline, and a new one costs only a request.
   */
  static final long STALL_MIN_BYTES = 10 << 10;

  static final Duration STALL_WINDOW = Duration.ofSeconds(10);

  /** The most that a killed process loses. Each checkpoint costs one sync of the file. */
  static final Duration JOURNAL_INTERVAL = Duration.ofSeconds(2);

  /**
   * More than twice the rate of a connection to S3 (85 to 90 MB/s). Beyond it the cores are the
   * limit, and cutting off the first response, which has no end of its own, is expensive: a network
   * so fast has megabytes of it under way.
   */
  static final long SINGLE_STREAM_BYTES_PER_SECOND = 200_000_000;

  static final long ALWAYS_PARALLEL = Long.MAX_VALUE;

  private static final int MAX_PARTS = 256;

  public static DownloadSettings of(ParConfig config) {
    return new DownloadSettings(
        config.limits().packageBytes(),
        config.download().connections() > 0
            ? config.download().connections()
            : defaultConnections(
                Runtime.getRuntime().availableProcessors(), Runtime.getRuntime().maxMemory()),
        PART_BYTES,
        TAIL_BYTES,
        STALL_MIN_BYTES,
        STALL_WINDOW,
        JOURNAL_INTERVAL,
        SINGLE_STREAM_BYTES_PER_SECOND,
        true,
        System::nanoTime);
  }

  /**
   * Two per core, 4 to 16: a connection to S3 brings 85 to 90 MB/s, and a core receives, verifies
   * and unpacks no more than two of them bring; further ones only cost CPU. A connection uses less
   * than half a megabyte; all together use an eighth of the heap at most.
   */
  static int defaultConnections(int cores, long heapBytes) {
    long byMemory = Math.max(1, heapBytes / 8 / (512 << 10));
    return (int) Math.min(Math.min(16, Math.max(4, 2 * cores)), byMemory);
  }

  /**
   * The size of an object's parts, chosen so that all connections download the same number of parts
   * and end together. A part is never smaller than half of {@code partBytes}, because smaller parts
   * spend too much of their time waiting for the response. Only the largest objects have parts of
   * up to twice {@code partBytes}, which limits the number of requests.
   */
  long partBytes(long total) {
    long usual = Math.min(2 * partBytes, Math.max(partBytes, total / MAX_PARTS));
    long rounds = ceilDiv(total, connections * usual);
    long even = ceilDiv(total, connections * rounds);
    return Math.max(partBytes / 2, even);
  }

  /** The largest object that comes in one response. */
  long smallBytes() {
    return 2 * partBytes;
  }

  private static long ceilDiv(long bytes, long divisor) {
    return (bytes + divisor - 1) / divisor;
  }

  /** Whether an object of this size is worth more than one connection. */
  boolean parallel(long total) {
    return connections > 1 && total > smallBytes();
  }
}
