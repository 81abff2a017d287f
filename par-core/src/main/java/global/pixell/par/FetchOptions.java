package global.pixell.par;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Options of one fetch. Immutable and thread-safe.
 *
 * <pre>{@code
 * par.fetch(ref, FetchOptions.DEFAULT.withDeadline(Duration.ofSeconds(30)));
 * }</pre>
 */
public final class FetchOptions {

  /** No listener, and no deadline other than that of the {@link Par}. */
  public static final FetchOptions DEFAULT = new FetchOptions(event -> {}, Optional.empty());

  private final Consumer<? super ParEvent> listener;
  private final Optional<Duration> deadline;

  private FetchOptions(Consumer<? super ParEvent> listener, Optional<Duration> deadline) {
    this.listener = listener;
    this.deadline = deadline;
  }

  /**
   * The same options with a listener for this call only. PAR calls it after the listeners of the
   * {@link Par}.
   *
   * @param events as for {@link Par.Builder#onEvent}
   * @return new options
   */
  public FetchOptions withListener(Consumer<? super ParEvent> events) {
    return new FetchOptions(events, deadline);
  }

  /**
   * The same options with a deadline for the whole call: waiting, listing, downloading, unpacking.
   * A call that takes longer fails with {@code UNAVAILABLE}. The download also ends at the deadline
   * of the {@link Par}, {@link ParSettings#attempts}, if that comes first.
   *
   * @param time the time from the start of the call; positive
   * @return new options
   * @throws ParException of kind {@code CONFIG} for a duration that is not positive
   */
  public FetchOptions withDeadline(Duration time) {
    if (time.isNegative() || time.isZero()) {
      throw new ParException(
          ParException.Kind.CONFIG,
          "The deadline of a fetch is " + time + ".",
          "It must be positive.");
    }
    return new FetchOptions(listener, Optional.of(time));
  }

  /**
   * The listener.
   *
   * @return the listener, or one that does nothing when none was given
   */
  public Consumer<? super ParEvent> listener() {
    return listener;
  }

  /**
   * The deadline.
   *
   * @return empty when none was given
   */
  public Optional<Duration> deadline() {
    return deadline;
  }
}
