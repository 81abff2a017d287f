package global.pixell.par.testkit.internal.iam;

import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * An IAM policy document, parsed strictly: the fake can enforce every document that loads.
 * Immutable and thread-safe.
 */
public final class PolicyDocument {

  /**
   * The default policy of an identity: it allows everything. Not parsed from JSON, so that a fake
   * without policies does not load the parser.
   */
  public static final PolicyDocument FULL_ACCESS = fullAccess();

  private final String name;
  private final List<Statement> statements;
  private final String json;

  PolicyDocument(String name, List<Statement> statements, String json) {
    this.name = name;
    this.json = json;
    this.statements = List.copyOf(statements);
  }

  private static PolicyDocument fullAccess() {
    List<PolicyPattern> everything =
        List.of(PolicyPattern.parse("*", PolicyPattern.WildcardScope.ANYTHING, false));
    return new PolicyDocument(
        "full access",
        List.of(
            new Statement(
                StatementSource.FULL_ACCESS,
                true,
                everything,
                false,
                everything,
                false,
                null,
                List.of())),
        "");
  }

  /** Reads a policy document, called "policy" in messages. */
  public static PolicyDocument parse(String json) {
    return PolicyReader.read("policy", json);
  }

  /**
   * Reads a policy document from a file.
   *
   * @param file a JSON file in UTF-8
   * @return the policy, called by its file name in messages
   * @throws ParException {@link Kind#CONFIG} when the file cannot be read or is not JSON, or the
   *     fake cannot enforce it
   */
  public static PolicyDocument read(Path file) {
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

  /**
   * Whether S3 considers the policy public: it has an Allow for every principal without a condition
   * on the caller's identity or location.
   */
  public boolean isPublic() {
    return statements.stream().anyMatch(Statement::isPublic);
  }

  /** Its name in messages. */
  public String name() {
    return name;
  }

  /** The text that it was read from; empty for {@link #FULL_ACCESS}. */
  public String json() {
    return json;
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
