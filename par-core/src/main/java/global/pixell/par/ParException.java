package global.pixell.par;

import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The one exception of the library: what happened, with its values, and what to do about it.
 *
 * <p>{@link #getMessage()} is a sentence for a log line, free of secrets; {@link #hint()} is the
 * remedy; {@link #kind()} is for code that has to decide. Where several things are wrong at once
 * (an environment, a manifest) all of them are in {@link #problems()}.
 */
public final class ParException extends RuntimeException {

  /** The classes of failure, by what the caller can do about them. */
  public enum Kind {
    /** The environment, the command line or the configuration breaks a rule. */
    CONFIG,
    /** No such package, version or bucket. */
    NOT_FOUND,
    /**
     * S3 refused; or the key is missing and the role may not list the bucket, which S3 answers
     * alike.
     */
    ACCESS_DENIED,
    /** S3 did not answer properly in time, after every retry that made sense. */
    UNAVAILABLE,
    /** Bytes do not match the digest, the length or the checksum. */
    CORRUPT,
    /** An unsafe archive, an invalid manifest, or a package over a limit. */
    BAD_PACKAGE,
    /** The disk cannot be written or has no space. */
    DISK,
    /** The caller stopped the work: {@link Par#close()} or an interrupt. */
    CANCELLED,
    /** A bug in PAR. */
    INTERNAL
  }

  /**
   * One fault among several found together.
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
   * @param subject what they are faults of, for instance {@code agent.yaml}
   * @param problems at least one
   * @return the exception that carries them all
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

  /** What happened, in one sentence and more; never null. */
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
   * Whether the same call may succeed later although nobody changes anything.
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
   * Every fault found, where there can be several.
   *
   * @return empty for a single failure; the message then says it all
   */
  public List<Problem> problems() {
    return problems == null ? List.of() : problems;
  }
}
