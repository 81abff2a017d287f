package global.pixell.par;

import java.time.Duration;
import java.util.Optional;

/** One attempt failed; whether another makes sense travels with it. */
final class FetchFailure extends Exception {
  private static final long serialVersionUID = 1L;

  private final ParException error;
  private final boolean retryable;
  private final transient Optional<Duration> retryAfter;

  private FetchFailure(ParException error, boolean retryable, Optional<Duration> retryAfter) {
    super(error.getMessage(), error);
    this.error = error;
    this.retryable = retryable;
    this.retryAfter = retryAfter;
  }

  /** Another attempt may succeed, not before {@code retryAfter} where the server says so. */
  static FetchFailure passing(ParException error, Optional<Duration> retryAfter) {
    return new FetchFailure(error, true, retryAfter);
  }

  /** Another attempt would fail alike. */
  static FetchFailure lasting(ParException error) {
    return new FetchFailure(error, false, Optional.empty());
  }

  ParException error() {
    return error;
  }

  boolean retryable() {
    return retryable;
  }

  Optional<Duration> retryAfter() {
    return retryAfter == null ? Optional.empty() : retryAfter;
  }
}
