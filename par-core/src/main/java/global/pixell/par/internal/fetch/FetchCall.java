package global.pixell.par.internal.fetch;

import global.pixell.par.Digest;
import global.pixell.par.FetchOptions;
import global.pixell.par.ParEvent;
import global.pixell.par.internal.io.ProcessId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One call of the API on its thread: its id, its listener, its deadline, and the packages that it
 * took into use. For the calling thread only.
 */
final class FetchCall {

  private static final AtomicLong COUNT = new AtomicLong();

  private final String id = ProcessId.current().jvm() + "-" + COUNT.incrementAndGet();
  private final String address;
  private final EventListener listener;
  private final Optional<Long> deadline;
  private final List<Digest> used = new ArrayList<>();
  private boolean fallback;
  final @Nullable FetchCall outer;
  final Thread thread = Thread.currentThread();

  /**
   * @param outer the call whose listener made this call; usually null
   */
  FetchCall(String address, FetchOptions options, @Nullable FetchCall outer) {
    this.address = address;
    this.listener = new EventListener(options.listener());
    this.deadline = options.deadline().map(time -> System.nanoTime() + nanos(time));
    this.outer = outer;
  }

  private static long nanos(Duration time) {
    try {
      return time.toNanos();
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE / 2;
    }
  }

  ParEvent event(ParEvent.Detail detail) {
    return new ParEvent(id, address, detail);
  }

  EventListener listener() {
    return listener;
  }

  /** The remaining time; at least a nanosecond. */
  Optional<Duration> remaining() {
    return deadline.map(end -> Duration.ofNanos(Math.max(1, end - System.nanoTime())));
  }

  boolean isLate() {
    return deadline.isPresent() && System.nanoTime() - deadline.get() >= 0;
  }

  /** Notes that the cache has a package to serve when S3 is unavailable. */
  void expectFallback() {
    fallback = true;
  }

  boolean hasFallback() {
    return fallback;
  }

  void took(Digest digest) {
    used.add(digest);
  }

  void released(Digest digest) {
    used.remove(digest);
  }

  /** The packages that the call took and did not hand out. */
  List<Digest> used() {
    return List.copyOf(used);
  }
}
