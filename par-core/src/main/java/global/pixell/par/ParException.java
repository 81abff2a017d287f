package global.pixell.par;

import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The only exception type of the library. It says what happened, with the values, and what to do
 * about it.
 *
 * <p>{@link #getMessage()} is a sentence for a log line, free of secrets; {@link #hint()} is the
 * remedy; code decides by {@link #kind()}. When PAR finds several faults at once (in an environment
 * or a manifest), {@link #problems()} has all of them.
 */
public final class ParException extends RuntimeException {

  /** The classes of failure, by what the caller can do about them. */
  public enum Kind {
    /** The environment, the command line or the configuration breaks a rule. */
    CONFIG,
    /** No such package, version or bucket. */
    NOT_FOUND,
    /**
     * S3 refused access. S3 gives the same answer for a missing key when the role may not list the
     * bucket.
     */
    ACCESS_DENIED,
    /** S3 did not answer properly in time, after every retry that made sense. */
    UNAVAILABLE,
    /** Bytes do not match the digest, the length or the checksum. */
    CORRUPT,
    /** An unsafe archive, an invalid manifest, or a package over a limit. */
    BAD_PACKAGE,
    /**
     * The disk cannot be read or written or has no space, or another process holds a lock of the
     * cache for too long.
     */
    DISK,
    /** The caller stopped the work: {@link Par#close()} or an interrupt. */
    CANCELLED,
    /** A bug in PAR. */
    INTERNAL
  }

  /**
   * One of several faults that PAR found together.
   *
   * @param where the variable, or the file and line, that is at fault
   * @param message what is wrong, with the value (secrets hidden) and the rule
   * @param hint what to write instead
   */
  public record Problem(String where, String message, String hint) {
    /** Refuses nulls. */
    public Problem {
      Objects.requireNonNull(where, "where");
      Objects.requireNonNull(message, "message");
      Objects.requireNonNull(hint, "hint");
    }

    @Override
    public String toString() {
      return where + ": " + message + " " + hint;
    }
  }

  private static final long serialVersionUID = 1L;

  private final Kind kind;
  private final String hint;
  private final transient List<Problem> problems;

  /**
   * A failure with its remedy.
   *
   * @param kind the class of failure
   * @param message one sentence with the values in it; never a secret
   * @param hint what to do next
   */
  public ParException(Kind kind, String message, String hint) {
    this(kind, message, hint, List.of(), null);
  }

  /**
   * A failure with its remedy and its cause.
   *
   * @param kind the class of failure
   * @param message one sentence with the values in it; never a secret
   * @param hint what to do next
   * @param cause what was caught, or null
   */
  public ParException(Kind kind, String message, String hint, @Nullable Throwable cause) {
    this(kind, message, hint, List.of(), cause);
  }

  private ParException(
      Kind kind, String message, String hint, List<Problem> problems, @Nullable Throwable cause) {
    super(Objects.requireNonNull(message, "message"), cause);
    this.kind = Objects.requireNonNull(kind, "kind");
    this.hint = Objects.requireNonNull(hint, "hint");
    this.problems = List.copyOf(problems);
  }

  /**
   * Many faults of one thing, reported together.
   *
   * @param kind the class of failure
   * @param subject the thing that has the faults, for instance {@code agent.yaml}
   * @param problems at least one
   * @return an exception with all of them
   */
  public static ParException ofProblems(Kind kind, String subject, List<Problem> problems) {
    if (problems.isEmpty()) {
      throw new IllegalArgumentException("an exception of problems needs at least one problem");
    }
    String message =
        subject
            + (problems.size() == 1 ? " has a fault: " : " has " + problems.size() + " faults: ")
            + problems.stream()
                .map(
                    p ->
                        p.message().startsWith(p.where())
                            ? p.message()
                            : p.where() + ": " + p.message())
                .collect(Collectors.joining("; "));
    String hint = problems.stream().map(Problem::hint).distinct().collect(Collectors.joining(" "));
    return new ParException(kind, message, hint, problems, null);
  }

  /** What happened, in one or more sentences; never null. */
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }

  /**
   * The class of failure.
   *
   * @return never null
   */
  public Kind kind() {
    return kind;
  }

  /**
   * Whether the same call may succeed later without any change.
   *
   * @return true for {@link Kind#UNAVAILABLE} alone; PAR itself has retried already
   */
  public boolean transientFailure() {
    return kind == Kind.UNAVAILABLE;
  }

  /**
   * What to do next, as a sentence.
   *
   * @return never null
   */
  public String hint() {
    return hint;
  }

  /**
   * All faults that PAR found together.
   *
   * @return empty for a single failure, whose message says everything, and after deserialization
   */
  public List<Problem> problems() {
    return problems == null ? List.of() : problems;
  }
}
