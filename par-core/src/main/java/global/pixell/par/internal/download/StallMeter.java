package global.pixell.par.internal.download;

import java.util.OptionalLong;

/**
 * Measures whether a connection brings too little: less than a minimum within a window of time.
 * Thread-safe.
 */
final class StallMeter {

  private final DownloadSettings settings;
  private boolean readingBody;
  private long windowStartedAt;
  private long bytesBefore;

  StallMeter(DownloadSettings settings) {
    this.settings = settings;
    this.windowStartedAt = settings.nanoClock().getAsLong();
  }

  /**
   * A body begins or ends. Before the body the socket's own timeout applies.
   *
   * @param received the bytes that the connection has brought in its life
   */
  synchronized void readingBody(boolean reading, long received) {
    readingBody = reading;
    restart(received);
  }

  /** Starts a new window. */
  synchronized void restart(long received) {
    windowStartedAt = settings.nanoClock().getAsLong();
    bytesBefore = received;
  }

  /** The bytes of the window that ends now, where they are too few; starts the next window else. */
  synchronized OptionalLong stalledWith(long received) {
    long age = settings.nanoClock().getAsLong() - windowStartedAt;
    if (age < settings.stallWindow().toNanos()) {
      return OptionalLong.empty();
    }
    long brought = received - bytesBefore;
    if (readingBody && brought < settings.stallMinBytes()) {
      return OptionalLong.of(brought);
    }
    restart(received);
    return OptionalLong.empty();
  }
}
