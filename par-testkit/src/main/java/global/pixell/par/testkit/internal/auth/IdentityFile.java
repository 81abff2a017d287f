package global.pixell.par.testkit.internal.auth;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.ParException.Problem;
import global.pixell.par.testkit.internal.iam.PolicyDocument;
import global.pixell.par.testkit.internal.text.DidYouMean;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads identities from a file: a JSON array of {@code {access_key, secret_key, canonical_id,
 * display_name, policy}}. {@code policy} is the path of a policy document, relative to the file, or
 * null for full access; {@code canonical_id}, {@code display_name} and {@code policy} are optional.
 * The error lists all problems at once, each with its JSON path.
 */
public final class IdentityFile {

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .build();
  private static final List<String> MEMBERS =
      List.of("access_key", "secret_key", "canonical_id", "display_name", "policy");
  private static final String HINT =
      "An identities file is a JSON array of objects with access_key, secret_key, canonical_id,"
          + " display_name and policy (a path, or null for full access).";

  private final Path file;
  private final List<Problem> problems = new ArrayList<>();
  private final Set<String> accessKeys = new HashSet<>();

  private IdentityFile(Path file) {
    this.file = file;
  }

  /**
   * Reads a file.
   *
   * @throws ParException {@link Kind#CONFIG} with all problems of the file and of its policies
   */
  public static List<Credentials> read(Path file) {
    JsonNode root;
    try {
      root = JSON.readTree(Files.readString(file));
    } catch (JsonProcessingException e) {
      throw new ParException(
          Kind.CONFIG, file + " is not valid JSON: " + e.getOriginalMessage(), HINT, e);
    } catch (IOException e) {
      throw new ParException(
          Kind.CONFIG, "The identities file " + file + " cannot be read: " + e, HINT, e);
    }
    return new IdentityFile(file).identities(root);
  }

  private List<Credentials> identities(JsonNode root) {
    var identities = new ArrayList<Credentials>();
    if (!root.isArray() || root.isEmpty()) {
      refuse("$", "must be an array with at least one identity");
    }
    for (int i = 0; root.isArray() && i < root.size(); i++) {
      identity(root.get(i), "$[" + i + "]", identities);
    }
    if (!problems.isEmpty()) {
      throw ParException.ofProblems(Kind.CONFIG, file.toString(), problems);
    }
    return identities;
  }

  private void identity(JsonNode node, String path, List<Credentials> into) {
    if (!node.isObject()) {
      refuse(path, "must be an object");
      return;
    }
    node.fieldNames()
        .forEachRemaining(
            name -> {
              if (!MEMBERS.contains(name)) {
                refuse(path + "." + name, "is not known" + DidYouMean.suggestion(name, MEMBERS));
              }
            });
    String accessKey = text(node, path, "access_key", true);
    String secretKey = text(node, path, "secret_key", true);
    String canonicalId = text(node, path, "canonical_id", false);
    String name = text(node, path, "display_name", false);
    String policy = text(node, path, "policy", false);
    if (node.path("policy").isTextual() && policy.isBlank()) {
      refuse(path + ".policy", "is blank; write the path of a policy, or null for full access");
      return;
    }
    if (accessKey.isEmpty() || secretKey.isEmpty()) {
      return;
    }
    if (!accessKeys.add(accessKey)) {
      refuse(path + ".access_key", "\"" + accessKey + "\" is that of two identities");
      return;
    }
    try {
      Credentials credentials = Credentials.user(name, accessKey, secretKey, canonicalId);
      if (!policy.isEmpty()) {
        credentials.policies(List.of(PolicyDocument.read(file.resolveSibling(policy))));
      }
      into.add(credentials);
    } catch (IllegalArgumentException e) {
      refuse(path + ".access_key", String.valueOf(e.getMessage()));
    } catch (ParException e) {
      refuse(path + ".policy", String.valueOf(e.getMessage()));
    }
  }

  private String text(JsonNode node, String path, String member, boolean required) {
    JsonNode value = node.path(member);
    boolean absent = value.isMissingNode() || value.isNull();
    if (absent ? required : !value.isTextual() || (required && value.asText().isBlank())) {
      refuse(path + "." + member, required ? "must be a text that is not blank" : "must be a text");
      return "";
    }
    return absent ? "" : value.asText();
  }

  private void refuse(String where, String fault) {
    problems.add(new Problem(where, fault, HINT));
  }
}
