package global.pixell.par;

import java.time.Duration;

/**
 * How often, how long and over how many connections PAR tries a download. Immutable and
 * thread-safe.
 */
public final class DownloadConfig extends SettingsGroup<DownloadConfig> {
  static final int MAX_CONNECTIONS = 64;

  static final Duration DEADLINE = Duration.ofMinutes(10);

  // A builder writes these fields. A ParConfig owns a copy that no code changes.
  int attempts = Integer.MAX_VALUE;
  Duration deadline = DEADLINE;
  int connections;

  DownloadConfig() {}

  /**
   * {@link ParSettings#attempts}.
   *
   * @return at least 1; {@link Integer#MAX_VALUE} (the default) when their number is not limited
   */
  public int attempts() {
    return attempts;
  }

  /**
   * {@link ParSettings#attempts}: the time for all of them.
   *
   * @return at least a millisecond; 10 minutes by default
   */
  public Duration deadline() {
    return deadline;
  }

  /**
   * {@link ParSettings#downloadConnections}.
   *
   * @return 1 to 64, or 0 (the default) when PAR chooses
   */
  public int connections() {
    return connections;
  }

  @Override
  void check() {
    requireAtLeast(1, attempts, "attempts");
    requireAtLeast(1, deadline.toMillis(), "deadline in ms");
    requireAtLeast(0, connections, "downloadConnections");
    if (connections > MAX_CONNECTIONS) {
      throw invalid(
          "downloadConnections is " + connections + ".",
          "It must be at most " + MAX_CONNECTIONS + ".");
    }
  }
}
