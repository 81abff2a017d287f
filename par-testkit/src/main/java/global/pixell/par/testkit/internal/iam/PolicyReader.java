package global.pixell.par.testkit.internal.iam;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Parses a {@link PolicyDocument}, or reports everything in it that the fake cannot enforce. */
public final class PolicyReader {

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .build();

  private static final String CURRENT_VERSION = "2012-10-17";
  private static final String OLD_VERSION = "2008-10-17";
  private static final List<String> DOCUMENT = List.of("Version", "Id", "Statement");

  private final String name;
  private final PolicyJson json = new PolicyJson();

  private PolicyReader(String name) {
    this.name = name;
  }

  public static PolicyDocument read(String name, String json) {
    JsonNode root;
    try {
      root = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new ParException(
          Kind.CONFIG,
          name
              + " is not valid JSON: "
              + e.getOriginalMessage()
              + Optional.ofNullable(e.getLocation())
                  .map(at -> " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")")
                  .orElse(""),
          "An IAM policy is one JSON object with Version and Statement.",
          e);
    }
    return new PolicyReader(name).document(root, json);
  }

  private PolicyDocument document(JsonNode root, String text) {
    List<Statement> statements = new ArrayList<>();
    if (json.members(root, "$", DOCUMENT)) {
      var reader = new StatementReader(name, json, hasVariables(root.get("Version")));
      JsonNode listed = root.get("Statement");
      if (listed == null || (listed.isArray() && listed.isEmpty())) {
        json.refuse("$.Statement", "is missing or empty; a policy has at least one statement");
      } else if (listed.isArray()) {
        for (int i = 0; i < listed.size(); i++) {
          reader.read(listed.get(i), "$.Statement[" + i + "]", i).ifPresent(statements::add);
        }
      } else {
        reader.read(listed, "$.Statement", 0).ifPresent(statements::add);
      }
    }
    if (!json.problems().isEmpty()) {
      throw ParException.ofProblems(Kind.CONFIG, name, json.problems());
    }
    return new PolicyDocument(name, statements, text);
  }

  /** Without a version, IAM assumes 2008-10-17, in which variables are plain text. */
  private boolean hasVariables(@Nullable JsonNode version) {
    String text = version == null ? OLD_VERSION : version.asText();
    boolean variables = text.equals(CURRENT_VERSION);
    if (!variables && !text.equals(OLD_VERSION)) {
      json.refuse("$.Version", "is \"" + text + "\"; write \"" + CURRENT_VERSION + "\"");
    }
    return variables;
  }
}
