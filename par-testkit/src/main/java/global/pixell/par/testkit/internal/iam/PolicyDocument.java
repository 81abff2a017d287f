package global.pixell.par.testkit.internal.iam;

import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

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

  public PolicyDocument(String name, List<Statement> statements, String json) {
    this.name = name;
    this.json = json;
    this.statements = List.copyOf(statements);
  }

  /**
   * One document with the statements of several, as if they were attached together. Its text is the
   * one of the only document, or an object with all their statements.
   */
  public static PolicyDocument join(List<PolicyDocument> documents) {
    if (documents.size() == 1) {
      return documents.get(0);
    }
    List<Statement> all =
        documents.stream().flatMap(document -> document.statements.stream()).toList();
    return new PolicyDocument(
        documents.stream().map(PolicyDocument::name).collect(Collectors.joining(", ")),
        all,
        all.stream()
            .map(statement -> statement.source().json())
            .collect(Collectors.joining(",", "{\"Version\":\"2012-10-17\",\"Statement\":[", "]}")));
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
