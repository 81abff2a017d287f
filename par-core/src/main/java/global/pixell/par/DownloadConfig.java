package global.pixell.par;

import java.time.Duration;

/** How often and how long a download is tried. Immutable. */
public final class DownloadConfig extends SettingsGroup<DownloadConfig> {
  static final int MAX_CONNECTIONS = 64;

  static final Duration DEADLINE = Duration.ofMinutes(10);

  // Written while they are collected; a ParConfig owns a copy that nobody writes to.
  int attempts = Integer.MAX_VALUE;
  Duration deadline = DEADLINE;
  int connections;

  DownloadConfig() {}

  /**
   * {@link ParSettings#attempts}.
   *
   * @return at least 1; {@link Integer#MAX_VALUE} when no number bounds them
   */
  public int attempts() {
    return attempts;
  }

  /**
   * {@link ParSettings#attempts}: the time for all of them.
   *
   * @return at least a millisecond
   */
  public Duration deadline() {
    return deadline;
  }

  /**
   * {@link ParSettings#downloadConnections}.
   *
   * @return 0 for the default
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
