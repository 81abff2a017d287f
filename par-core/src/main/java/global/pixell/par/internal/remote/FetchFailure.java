package global.pixell.par.internal.remote;

import global.pixell.par.ParException;
import java.time.Duration;
import java.util.Optional;

/** A failed attempt, with the answer to whether another attempt makes sense. */
public final class FetchFailure extends Exception {
  private static final long serialVersionUID = 1L;

  /** What another attempt can achieve. */
  public enum Retryability {
    /** It would fail in the same way. */
    PERMANENT,
    /** The fault may pass soon. */
    TRANSIENT,
    /** The server is overloaded. The fault may pass, but not soon. */
    THROTTLED,
    /** The clock was wrong and is now corrected: one more attempt may follow at once. */
    CLOCK_SKEW,
    /** The object changed. Only a download from its first byte makes sense. */
    OBJECT_CHANGED
  }

  private final ParException error;
  private final Retryability retryability;
  private final transient Optional<Duration> retryAfter;

  private FetchFailure(
      Retryability retryability, ParException error, Optional<Duration> retryAfter) {
    super(error.getMessage(), error);
    this.error = error;
    this.retryability = retryability;
    this.retryAfter = retryAfter;
  }

  /**
   * A failure with what the server said about the next attempt.
   *
   * @param retryAfter how long the server asks to wait
   */
  public static FetchFailure of(
      Retryability retryability, ParException error, Optional<Duration> retryAfter) {
    return new FetchFailure(retryability, error, retryAfter);
  }

  /** A failure after which another attempt may succeed. */
  public static FetchFailure transientFailure(ParException error) {
    return of(Retryability.TRANSIENT, error, Optional.empty());
  }

  /** A failure that another attempt would repeat. */
  public static FetchFailure permanent(ParException error) {
    return of(Retryability.PERMANENT, error, Optional.empty());
  }

  /** The object is not the one whose bytes are here, so they cannot be continued. */
  public static FetchFailure objectChanged(ParException error) {
    return of(Retryability.OBJECT_CHANGED, error, Optional.empty());
  }

  public ParException error() {
    return error;
  }

  public Retryability retryability() {
    return retryability;
  }

  /** Whether the same request may be sent again. */
  public boolean isRetryable() {
    return retryability != Retryability.PERMANENT && retryability != Retryability.OBJECT_CHANGED;
  }

  public boolean isObjectChanged() {
    return retryability == Retryability.OBJECT_CHANGED;
  }

  public Optional<Duration> retryAfter() {
    return retryAfter == null ? Optional.empty() : retryAfter;
  }
}
