package global.pixell.par;

import java.time.Duration;
import java.util.Optional;

/** One attempt failed; whether another makes sense travels with it. */
final class FetchFailure extends Exception {
  private static final long serialVersionUID = 1L;

  private final ParException error;
  private final boolean retryable;
  private final boolean changed;
  private final transient Optional<Duration> retryAfter;

  private FetchFailure(
      ParException error, boolean retryable, boolean changed, Optional<Duration> retryAfter) {
    super(error.getMessage(), error);
    this.error = error;
    this.retryable = retryable;
    this.changed = changed;
    this.retryAfter = retryAfter;
  }

  /** Another attempt may succeed, not before {@code retryAfter} where the server says so. */
  static FetchFailure passing(ParException error, Optional<Duration> retryAfter) {
    return new FetchFailure(error, true, false, retryAfter);
  }

  /** Another attempt would fail alike. */
  static FetchFailure lasting(ParException error) {
    return new FetchFailure(error, false, false, Optional.empty());
  }

  /** The object is not the one it was; what is here of it cannot be gone on with. */
  static FetchFailure changed(ParException error) {
    return new FetchFailure(error, false, true, Optional.empty());
  }

  ParException error() {
    return error;
  }

  boolean retryable() {
    return retryable;
  }

  boolean changed() {
    return changed;
  }

  Optional<Duration> retryAfter() {
    return retryAfter == null ? Optional.empty() : retryAfter;
  }
}
