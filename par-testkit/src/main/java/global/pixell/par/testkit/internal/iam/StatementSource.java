package global.pixell.par.testkit.internal.iam;

/**
 * Where a statement is from.
 *
 * @param policy the name of its document
 * @param index its place in the document, from 0; -1 for full access, which has no document
 * @param sid its Sid; empty without one
 * @param json its text
 */
public record StatementSource(String policy, int index, String sid, String json) {

  static final StatementSource FULL_ACCESS =
      new StatementSource(
          "full access", -1, "", "{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}");

  /** For messages: {@code document: Sid} or {@code document: Statement[index]}. */
  public String label() {
    if (index < 0) {
      return policy;
    }
    return policy + ": " + (sid.isEmpty() ? "Statement[" + index + "]" : sid);
  }
}
