package global.pixell.par.internal.remote;

import global.pixell.par.ParException;
import java.time.Duration;
import java.util.Optional;

/** One attempt failed; whether and how another makes sense travels with it. */
public final class FetchFailure extends Exception {
  private static final long serialVersionUID = 1L;

  /** What another attempt may hope for. */
  public enum Outlook {
    /** It would fail alike. */
    LASTING,
    /** The object is not the one it was; only a download from its beginning makes sense. */
    CHANGED,
    /** A fault of the moment: another attempt may succeed soon. */
    TRANSIENT,
    /** The server is overloaded: another attempt may succeed, but not soon. */
    THROTTLED,
    /** The clock was wrong and has been set right: one more attempt, at once. */
    CLOCK_SKEW
  }

  private final ParException error;
  private final Outlook outlook;
  private final transient Optional<Duration> retryAfter;

  private FetchFailure(ParException error, Outlook outlook, Optional<Duration> retryAfter) {
    super(error.getMessage(), error);
    this.error = error;
    this.outlook = outlook;
    this.retryAfter = retryAfter;
  }

  /** A failure of this outlook; the server's own wish counts where another attempt is made. */
  public static FetchFailure of(
      Outlook outlook, ParException error, Optional<Duration> retryAfter) {
    return new FetchFailure(error, outlook, retryAfter);
  }

  /** Another attempt may succeed, not before {@code retryAfter} where the server says so. */
  public static FetchFailure passing(ParException error, Optional<Duration> retryAfter) {
    return new FetchFailure(error, Outlook.TRANSIENT, retryAfter);
  }

  /** Another attempt would fail alike. */
  public static FetchFailure lasting(ParException error) {
    return new FetchFailure(error, Outlook.LASTING, Optional.empty());
  }

  /** The object is not the one it was; what is here of it cannot be gone on with. */
  public static FetchFailure changed(ParException error) {
    return new FetchFailure(error, Outlook.CHANGED, Optional.empty());
  }

  public ParException error() {
    return error;
  }

  public Outlook outlook() {
    return outlook;
  }

  /** Whether the same request may be made again. */
  public boolean retryable() {
    return outlook != Outlook.LASTING && outlook != Outlook.CHANGED;
  }

  public boolean changed() {
    return outlook == Outlook.CHANGED;
  }

  public Optional<Duration> retryAfter() {
    return retryAfter == null ? Optional.empty() : retryAfter;
  }
}
