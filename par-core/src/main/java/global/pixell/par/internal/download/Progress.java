package global.pixell.par.internal.download;

import global.pixell.par.ParEvent;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Tells how far a download is, at most once a second.
 *
 * <p>For one thread.
 */
final class Progress {

  private static final Duration EVERY = Duration.ofSeconds(1);

  private final String address;
  private final LongSupplier nanoClock;
  private final Consumer<ParEvent.Detail> events;
  private final long started;
  private long told;
  private OptionalLong total = OptionalLong.empty();
  private long before;
  private long begun;

  Progress(String address, LongSupplier nanoClock, Consumer<ParEvent.Detail> events) {
    this.address = address;
    this.nanoClock = nanoClock;
    this.events = events;
    this.started = nanoClock.getAsLong();
    // The first beginning is told.
    this.told = started - EVERY.toNanos();
    this.begun = started;
  }

  /**
   * A content begins to arrive; told too, unless another began to within the second.
   *
   * @param bytesBefore what of it is here already, which says nothing about the rate
   */
  void begins(OptionalLong size, long bytesBefore) {
    total = size;
    before = bytesBefore;
    begun = nanoClock.getAsLong();
    tick(bytesBefore);
  }

  void tick(long bytes) {
    long now = nanoClock.getAsLong();
    if (now - told < EVERY.toNanos()) {
      return;
    }
    told = now;
    double rate = (bytes - before) / Math.max(1e-9, (now - begun) / 1e9);
    Optional<Duration> eta =
        total.isPresent() && rate > 0
            ? Optional.of(Duration.ofMillis((long) ((total.getAsLong() - bytes) * 1000 / rate)))
            : Optional.empty();
    events.accept(new ParEvent.Downloading(address, bytes, total, rate, eta));
  }

  /** The time since the first request. */
  Duration elapsed() {
    return Duration.ofNanos(nanoClock.getAsLong() - started);
  }
}
