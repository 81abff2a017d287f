package global.pixell.par.internal.download;

/** How many connections a download uses. Pure functions of its state. */
final class ParallelismPolicy {
  private ParallelismPolicy() {}

  /**
   * The connections to start with: several only for a large object whose ranges are safe to read.
   */
  static int initial(DownloadSettings settings, boolean supportsRanges, long total) {
    return supportsRanges && settings.parallel(total) ? settings.connections() : 1;
  }

  /**
   * The connections after failures: fewer by as many as have failed, because an overloaded server
   * must not be asked for as much again.
   */
  static int afterFailures(int connections, int failures) {
    return Math.max(1, connections - failures);
  }

  /** How many connections to add. */
  static int toStart(int connections, int active, int queuedParts) {
    return Math.max(0, Math.min(connections - active, queuedParts));
  }

  /** Whether the first connection stays the only one while it is fast enough. */
  static boolean startsWithOne(DownloadSettings settings, int connections) {
    return connections > 1
        && settings.singleStreamBytesPerSecond() != DownloadSettings.ALWAYS_PARALLEL;
  }
}
