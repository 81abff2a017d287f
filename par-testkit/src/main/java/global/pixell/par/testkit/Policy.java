package global.pixell.par.testkit;

import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.testkit.internal.iam.PolicyDocument;
import java.nio.file.Path;

/**
 * An IAM policy document, parsed strictly: the fake can enforce every policy that loads.
 *
 * <h2>Supported elements</h2>
 *
 * <p>Identity policies and bucket policies with {@code Effect}, {@code Action} and {@code
 * NotAction}, {@code Resource} and {@code NotResource}, {@code Principal} and {@code NotPrincipal},
 * every condition operator that AWS documents (String, Numeric, Date, Bool, Binary, IpAddress, Arn,
 * Null; {@code …IfExists}, {@code ForAnyValue:}, {@code ForAllValues:}) and policy variables with
 * defaults.
 *
 * <h2>Refused elements</h2>
 *
 * <p>Everything else: a document with an unknown element, operator, condition key or variable fails
 * to load, because skipping a condition silently would grant more than the document does. The error
 * lists all problems of a document at once, each with its JSON path.
 *
 * <p>Immutable and thread-safe.
 */
public final class Policy {

  private final PolicyDocument document;

  private Policy(PolicyDocument document) {
    this.document = document;
  }

  /**
   * The default policy of an identity, which allows everything.
   *
   * @return the policy
   */
  public static Policy fullAccess() {
    return new Policy(PolicyDocument.FULL_ACCESS);
  }

  /**
   * Reads a policy document.
   *
   * @param json the document
   * @return the policy, called "policy" in messages
   * @throws ParException {@link Kind#CONFIG} when the text is not JSON, or the fake cannot enforce
   *     it; {@link ParException#problems()} lists every problem
   */
  public static Policy parse(String json) {
    return new Policy(PolicyDocument.parse(json));
  }

  /**
   * Reads a policy document from a file.
   *
   * @param file a JSON file in UTF-8
   * @return the policy, called by its file name in messages
   * @throws ParException {@link Kind#CONFIG} when the file cannot be read or is not JSON, or the
   *     fake cannot enforce it
   */
  public static Policy read(Path file) {
    return new Policy(PolicyDocument.read(file));
  }

  PolicyDocument document() {
    return document;
  }

  /** The document's name and its number of statements. */
  @Override
  public String toString() {
    return document.toString();
  }
}
