package global.pixell.par.internal.download;

import global.pixell.par.ParEvent;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Reports the progress of a download, at most once a second.
 *
 * <p>For one thread.
 */
final class Progress {

  private static final Duration INTERVAL = Duration.ofSeconds(1);

  private final String address;
  private final LongSupplier nanoClock;
  private final Consumer<ParEvent.Detail> events;
  private final long firstRequestAt;
  private long reportedAt;
  private OptionalLong total = OptionalLong.empty();
  private long bytesBefore;
  private long startedAt;

  Progress(String address, LongSupplier nanoClock, Consumer<ParEvent.Detail> events) {
    this.address = address;
    this.nanoClock = nanoClock;
    this.events = events;
    this.firstRequestAt = nanoClock.getAsLong();
    // Early enough that the first start is reported.
    this.reportedAt = firstRequestAt - INTERVAL.toNanos();
    this.startedAt = firstRequestAt;
  }

  /**
   * A content begins to arrive. This is reported too, unless another report was within the second.
   *
   * @param bytesBefore its bytes that were there before, which say nothing about the rate
   */
  void begins(OptionalLong size, long bytesBefore) {
    total = size;
    this.bytesBefore = bytesBefore;
    startedAt = nanoClock.getAsLong();
    tick(bytesBefore);
  }

  void tick(long bytes) {
    long now = nanoClock.getAsLong();
    if (now - reportedAt < INTERVAL.toNanos()) {
      return;
    }
    reportedAt = now;
    double rate = (bytes - bytesBefore) / Math.max(1e-9, (now - startedAt) / 1e9);
    Optional<Duration> eta =
        total.isPresent() && rate > 0
            ? Optional.of(Duration.ofMillis((long) ((total.getAsLong() - bytes) * 1000 / rate)))
            : Optional.empty();
    events.accept(new ParEvent.Downloading(address, bytes, total, rate, eta));
  }

  /** The time since the first request. */
  Duration elapsed() {
    return Duration.ofNanos(nanoClock.getAsLong() - firstRequestAt);
  }
}
