package global.pixell.par.testkit.internal.iam;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.ParException.Problem;
import global.pixell.par.testkit.internal.iam.Condition.Quantifier;
import global.pixell.par.testkit.internal.iam.PolicyPattern.WildcardScope;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Parses a {@link PolicyDocument}, or reports everything in it that could not be enforced.
 *
 * <p>Walks the JSON tree: data binding would drop unknown members, and no member may be dropped
 * here.
 */
public final class PolicyReader {

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .build();

  private static final String CURRENT_VERSION = "2012-10-17";
  private static final String OLD_VERSION = "2008-10-17";
  private static final List<String> DOCUMENT = List.of("Version", "Id", "Statement");
  private static final List<String> STATEMENT =
      List.of(
          "Sid",
          "Effect",
          "Principal",
          "NotPrincipal",
          "Action",
          "NotAction",
          "Resource",
          "NotResource",
          "Condition");
  private static final List<String> PRINCIPAL_KINDS =
      List.of("AWS", "Service", "Federated", "CanonicalUser");
  private static final Pattern ACTION =
      Pattern.compile("\\*|[A-Za-z0-9*?-]+:[A-Za-z0-9*?]+", Pattern.CASE_INSENSITIVE);
  private static final String HINT =
      "Correct the document: other tools may skip unknown parts silently.";

  private final String name;
  private final List<Problem> problems = new ArrayList<>();
  private final Set<String> sids = new HashSet<>();
  private boolean variables;

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
    return new PolicyReader(name).document(root);
  }

  private PolicyDocument document(JsonNode root) {
    List<Statement> statements = new ArrayList<>();
    if (members(root, "$", DOCUMENT)) {
      version(root.get("Version"));
      JsonNode listed = root.get("Statement");
      if (listed == null || (listed.isArray() && listed.isEmpty())) {
        refuse("$.Statement", "is missing or empty; a policy has at least one statement");
      } else if (listed.isArray()) {
        for (int i = 0; i < listed.size(); i++) {
          statement(listed.get(i), "$.Statement[" + i + "]", i).ifPresent(statements::add);
        }
      } else {
        statement(listed, "$.Statement", 0).ifPresent(statements::add);
      }
    }
    if (!problems.isEmpty()) {
      throw ParException.ofProblems(Kind.CONFIG, name, problems);
    }
    return new PolicyDocument(name, statements);
  }

  /** Without a version IAM assumes 2008-10-17, in which variables are plain text. */
  private void version(@Nullable JsonNode version) {
    String text = version == null ? OLD_VERSION : version.asText();
    variables = text.equals(CURRENT_VERSION);
    if (!variables && !text.equals(OLD_VERSION)) {
      refuse("$.Version", "is \"" + text + "\"; write \"" + CURRENT_VERSION + "\"");
    }
  }

  private Optional<Statement> statement(JsonNode node, String path, int index) {
    int before = problems.size();
    if (!members(node, path, STATEMENT)) {
      return Optional.empty();
    }
    String effect = node.path("Effect").asText();
    boolean allow = effect.equals("Allow");
    if (!allow && !effect.equals("Deny")) {
      refuse(path + ".Effect", "is \"" + effect + "\"; it must be \"Allow\" or \"Deny\"");
    }
    String label = label(node.get("Sid"), path, index);
    boolean exceptActions = oneOf(node, path, "Action", "NotAction", true);
    List<PolicyPattern> actions = new ArrayList<>();
    String actionPath = path + (exceptActions ? ".NotAction" : ".Action");
    for (String action : texts(node.get(exceptActions ? "NotAction" : "Action"), actionPath)) {
      attempt(actionPath, () -> actions.add(action(action)));
    }
    boolean exceptPrincipals = oneOf(node, path, "Principal", "NotPrincipal", false);
    JsonNode named = node.get(exceptPrincipals ? "NotPrincipal" : "Principal");
    PrincipalElement principals =
        named == null
            ? null
            : principals(
                named,
                path + (exceptPrincipals ? ".NotPrincipal" : ".Principal"),
                exceptPrincipals);
    if (exceptPrincipals && allow) {
      refuse(
          path + ".NotPrincipal",
          "is used with Allow, which would grant to everybody else, callers without a signature"
              + " included");
    }
    // A trust policy has principals and no resource: it applies to the role it is attached to.
    boolean exceptResources = oneOf(node, path, "Resource", "NotResource", named == null);
    List<PolicyPattern> resources = new ArrayList<>();
    String resourcePath = path + (exceptResources ? ".NotResource" : ".Resource");
    for (String text :
        texts(node.get(exceptResources ? "NotResource" : "Resource"), resourcePath)) {
      attempt(resourcePath, () -> resources.add(resource(text)));
    }
    boolean ofItself = !node.has("Resource") && !node.has("NotResource");
    List<Condition> conditions = conditions(node.get("Condition"), path + ".Condition");
    return problems.size() > before
        ? Optional.empty()
        : Optional.of(
            new Statement(
                label,
                allow,
                actions,
                exceptActions,
                resources,
                exceptResources || ofItself,
                principals,
                conditions));
  }

  private String label(@Nullable JsonNode sid, String path, int index) {
    if (sid == null) {
      return name + ": Statement[" + index + "]";
    }
    if (!sid.isTextual()) {
      refuse(path + ".Sid", "must be text");
    } else if (!sid.asText().isEmpty() && !sids.add(sid.asText())) {
      refuse(
          path + ".Sid", "\"" + sid.asText() + "\" is the Sid of two statements; make it unique");
    }
    return sid.asText().isEmpty()
        ? name + ": Statement[" + index + "]"
        : name + ": " + sid.asText();
  }

  private static PolicyPattern action(String text) {
    if (!ACTION.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is not an action; write service:Name, such as s3:GetObject");
    }
    return PolicyPattern.parse(text, WildcardScope.ANYTHING, false);
  }

  private PolicyPattern resource(String text) {
    PolicyPattern pattern = PolicyPattern.parse(text, WildcardScope.RESOURCE, variables);
    boolean whole = pattern.segments() >= 6 || text.endsWith("*");
    if (!text.equals("*") && !(text.startsWith("arn:") && whole)) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is neither \"*\" nor an ARN such as arn:aws:s3:::bucket/*");
    }
    return pattern;
  }

  private PrincipalElement principals(JsonNode node, String path, boolean except) {
    if (node.isTextual() && node.asText().equals("*")) {
      return new PrincipalElement(except, true, Set.of(), Set.of());
    }
    Set<String> aws = new HashSet<>();
    Set<String> canonicalUsers = new HashSet<>();
    boolean everybody = false;
    if (members(node, path, PRINCIPAL_KINDS)) {
      if (node.isEmpty()) {
        refuse(path, "is empty; name a principal");
      }
      for (String value : texts(node.get("AWS"), path + ".AWS")) {
        if (value.equals("*")) {
          everybody = true;
        } else {
          attempt(path + ".AWS", () -> aws.add(PrincipalElement.normalised(value)));
        }
      }
      canonicalUsers.addAll(texts(node.get("CanonicalUser"), path + ".CanonicalUser"));
      // Services and federated users never call the fake, so any text will do.
      List<String> unused = texts(node.get("Service"), path + ".Service");
      List<String> neither = texts(node.get("Federated"), path + ".Federated");
      if (unused.contains("*") || neither.contains("*")) {
        refuse(path, "has \"*\" for a service or a federation; only \"AWS\" takes it");
      }
    }
    return new PrincipalElement(except, everybody, aws, canonicalUsers);
  }

  private List<Condition> conditions(@Nullable JsonNode block, String path) {
    List<Condition> conditions = new ArrayList<>();
    if (block == null) {
      return conditions;
    }
    if (!block.isObject()) {
      refuse(path, "must be an object of operators");
      return conditions;
    }
    for (Map.Entry<String, JsonNode> entry : block.properties()) {
      String operatorPath = path + step(entry.getKey());
      Optional<Operator> operator = operator(entry.getKey(), operatorPath);
      if (!entry.getValue().isObject() || entry.getValue().isEmpty()) {
        refuse(operatorPath, "must be an object of condition keys");
      } else if (operator.isPresent()) {
        for (Map.Entry<String, JsonNode> line : entry.getValue().properties()) {
          conditions.add(
              condition(
                  operator.get(),
                  line.getKey(),
                  line.getValue(),
                  operatorPath + step(line.getKey())));
        }
      }
    }
    return conditions;
  }

  private record Operator(Quantifier quantifier, ConditionOperator operator, boolean ifExists) {}

  private Optional<Operator> operator(String word, String path) {
    String rest = word;
    Quantifier quantifier = Quantifier.ONE;
    if (rest.startsWith("ForAnyValue:")) {
      quantifier = Quantifier.ANY_VALUE;
    } else if (rest.startsWith("ForAllValues:")) {
      quantifier = Quantifier.ALL_VALUES;
    }
    rest = rest.substring(quantifier == Quantifier.ONE ? 0 : rest.indexOf(':') + 1);
    boolean ifExists = rest.endsWith("IfExists");
    String base = ifExists ? rest.substring(0, rest.length() - "IfExists".length()) : rest;
    Optional<ConditionOperator> operator = ConditionOperator.of(base);
    if (operator.isEmpty()) {
      refuse(
          path,
          "is not a condition operator" + DidYouMean.suggestion(base, ConditionOperator.words()));
      return Optional.empty();
    }
    if (operator.get() == ConditionOperator.NULL && !word.equals("Null")) {
      refuse(path, "does not exist: Null asks for absence itself and stands alone");
      return Optional.empty();
    }
    return Optional.of(new Operator(quantifier, operator.get(), ifExists));
  }

  private Condition condition(Operator operator, String key, JsonNode values, String path) {
    attempt(path, () -> ConditionKeys.check(key));
    List<ConditionOperator.Value> read = new ArrayList<>();
    for (String text : texts(values, path)) {
      attempt(path, () -> read.add(operator.operator().read(text, variables)));
    }
    return new Condition(
        operator.quantifier(), operator.operator(), operator.ifExists(), key, read);
  }

  /** Which of two mutually exclusive elements the statement has; true for the second. */
  private boolean oneOf(JsonNode node, String path, String is, String isNot, boolean required) {
    if (node.has(is) && node.has(isNot)) {
      refuse(path, "has both " + is + " and " + isNot + "; they exclude each other");
    } else if (required && !node.has(is) && !node.has(isNot)) {
      refuse(path, "has neither " + is + " nor " + isNot);
    }
    return node.has(isNot);
  }

  /** A text, or a list of texts that is not empty; numbers and truth values count as text. */
  private List<String> texts(@Nullable JsonNode node, String path) {
    List<String> texts = new ArrayList<>();
    if (node == null) {
      return texts;
    }
    if (node.isArray() && node.isEmpty()) {
      refuse(path, "is an empty list");
    }
    List<JsonNode> nodes = new ArrayList<>();
    if (node.isArray()) {
      node.forEach(nodes::add);
    } else {
      nodes.add(node);
    }
    for (JsonNode each : nodes) {
      if (each.isTextual() || each.isBoolean() || each.isNumber()) {
        texts.add(each.asText());
      } else {
        refuse(path, "must be text or a list of texts");
      }
    }
    return texts;
  }

  /** Checks that it is an object; reports each unknown member. */
  private boolean members(JsonNode node, String path, List<String> known) {
    if (!node.isObject()) {
      refuse(path, "must be an object");
      return false;
    }
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      if (!known.contains(entry.getKey())) {
        refuse(
            path + step(entry.getKey()),
            "is not known" + DidYouMean.suggestion(entry.getKey(), known));
      }
    }
    return true;
  }

  private void attempt(String path, Runnable reading) {
    try {
      reading.run();
    } catch (IllegalArgumentException e) {
      refuse(path, String.valueOf(e.getMessage()));
    }
  }

  private void refuse(String path, String message) {
    problems.add(new Problem(path, message.endsWith("?") ? message : message + ".", HINT));
  }

  private static String step(String member) {
    return member.matches("\\w+") ? "." + member : "['" + member + "']";
  }
}
