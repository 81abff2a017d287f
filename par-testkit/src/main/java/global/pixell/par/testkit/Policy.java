package global.pixell.par.testkit;

import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * An IAM policy document, read so strictly that what exists can be enforced.
 *
 * <h2>What is understood</h2>
 *
 * <p>Identity policies and bucket policies with {@code Effect}, {@code Action} and {@code
 * NotAction}, {@code Resource} and {@code NotResource}, {@code Principal} and {@code NotPrincipal},
 * every condition operator that AWS documents (String, Numeric, Date, Bool, Binary, IpAddress, Arn,
 * Null; {@code …IfExists}, {@code ForAnyValue:}, {@code ForAllValues:}) and policy variables with
 * defaults.
 *
 * <h2>What is refused</h2>
 *
 * <p>Everything else: an element, operator, condition key or variable that is not known fails to
 * load, because a condition that is skipped silently is a permission that nobody granted. All
 * faults of a document are reported at once, each with its JSON path.
 *
 * <p>Immutable and safe for use by several threads.
 */
public final class Policy {

  /**
   * What an identity without a document of its own may do: everything. Not read from JSON, for a
   * fake without policies need not wait for a parser.
   */
  static final Policy FULL_ACCESS = fullAccess();

  private final String name;
  private final List<Statement> statements;

  Policy(String name, List<Statement> statements) {
    this.name = name;
    this.statements = List.copyOf(statements);
  }

  private static Policy fullAccess() {
    List<PolicyPattern> everything =
        List.of(PolicyPattern.parse("*", PolicyPattern.Reach.ANYTHING, false));
    return new Policy(
        "full access",
        List.of(
            new Statement(
                "full access", true, everything, false, everything, false, null, List.of())));
  }

  /**
   * Reads a policy document.
   *
   * @param json the document
   * @return the policy, called "policy" in messages
   * @throws ParException {@link Kind#CONFIG} when the text is not JSON or says something that
   *     cannot be enforced; {@link ParException#problems()} names every place
   */
  public static Policy parse(String json) {
    return PolicyReader.read("policy", json);
  }

  /**
   * Reads a policy document from a file.
   *
   * @param file UTF-8
   * @return the policy, called by its file name in messages
   * @throws ParException {@link Kind#CONFIG} when the file cannot be read, is not JSON or says
   *     something that cannot be enforced
   */
  public static Policy read(Path file) {
    String json;
    try {
      json = Files.readString(file);
    } catch (IOException e) {
      throw new ParException(
          Kind.CONFIG,
          "The policy document " + file + " cannot be read: " + e,
          "Name a readable UTF-8 file that holds an IAM policy document.",
          e);
    }
    Path fileName = file.getFileName();
    return PolicyReader.read(fileName == null ? file.toString() : fileName.toString(), json);
  }

  String name() {
    return name;
  }

  List<Statement> statements() {
    return statements;
  }

  /** The name of the document and the number of its statements, for messages. */
  @Override
  public String toString() {
    return name + " (" + statements.size() + " statements)";
  }
}
