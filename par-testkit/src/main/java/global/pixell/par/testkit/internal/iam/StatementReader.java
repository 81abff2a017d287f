package global.pixell.par.testkit.internal.iam;

import com.fasterxml.jackson.databind.JsonNode;
import global.pixell.par.testkit.internal.iam.PolicyPattern.WildcardScope;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the statements of one policy document. */
final class StatementReader {

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

  private final String name;
  private final PolicyJson json;
  private final boolean variables;
  private final ConditionReader conditions;
  private final Set<String> sids = new HashSet<>();

  /**
   * Creates a reader for one document.
   *
   * @param name the document's name in labels
   * @param variables whether {@code ${…}} is a variable in this version of the language
   */
  StatementReader(String name, PolicyJson json, boolean variables) {
    this.name = name;
    this.json = json;
    this.variables = variables;
    conditions = new ConditionReader(json, variables);
  }

  /** Reads a statement; returns empty when the statement has a problem. */
  Optional<Statement> read(JsonNode node, String path, int index) {
    int before = json.problems().size();
    if (!json.members(node, path, STATEMENT)) {
      return Optional.empty();
    }
    String effect = node.path("Effect").asText();
    boolean allow = effect.equals("Allow");
    if (!allow && !effect.equals("Deny")) {
      json.refuse(path + ".Effect", "is \"" + effect + "\"; it must be \"Allow\" or \"Deny\"");
    }
    StatementSource source =
        new StatementSource(name, index, sid(node.get("Sid"), path), node.toString());
    boolean exceptActions = json.oneOf(node, path, "Action", "NotAction", true);
    List<PolicyPattern> actions = new ArrayList<>();
    String actionPath = path + (exceptActions ? ".NotAction" : ".Action");
    for (String action : json.texts(node.get(exceptActions ? "NotAction" : "Action"), actionPath)) {
      json.attempt(actionPath, () -> actions.add(action(action)));
    }
    boolean exceptPrincipals = json.oneOf(node, path, "Principal", "NotPrincipal", false);
    JsonNode named = node.get(exceptPrincipals ? "NotPrincipal" : "Principal");
    PrincipalElement principals =
        named == null
            ? null
            : principals(
                named,
                path + (exceptPrincipals ? ".NotPrincipal" : ".Principal"),
                exceptPrincipals);
    if (exceptPrincipals && allow) {
      json.refuse(
          path + ".NotPrincipal",
          "is used with Allow, which would grant to everybody else, callers without a signature"
              + " included");
    }
    // A trust policy has principals and no resource, because it applies to the role it is attached
    // to.
    boolean exceptResources = json.oneOf(node, path, "Resource", "NotResource", named == null);
    List<PolicyPattern> resources = new ArrayList<>();
    String resourcePath = path + (exceptResources ? ".NotResource" : ".Resource");
    for (String text :
        json.texts(node.get(exceptResources ? "NotResource" : "Resource"), resourcePath)) {
      json.attempt(resourcePath, () -> resources.add(resource(text)));
    }
    boolean ofItself = !node.has("Resource") && !node.has("NotResource");
    List<Condition> all = conditions.read(node.get("Condition"), path + ".Condition");
    return json.problems().size() > before
        ? Optional.empty()
        : Optional.of(
            new Statement(
                source,
                allow,
                actions,
                exceptActions,
                resources,
                exceptResources || ofItself,
                principals,
                all));
  }

  private String sid(@Nullable JsonNode sid, String path) {
    if (sid == null) {
      return "";
    }
    if (!sid.isTextual()) {
      json.refuse(path + ".Sid", "must be text");
    } else if (!sid.asText().isEmpty() && !sids.add(sid.asText())) {
      json.refuse(
          path + ".Sid", "\"" + sid.asText() + "\" is the Sid of two statements; make it unique");
    }
    return sid.asText();
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
    if (json.members(node, path, PRINCIPAL_KINDS)) {
      if (node.isEmpty()) {
        json.refuse(path, "is empty; name a principal");
      }
      for (String value : json.texts(node.get("AWS"), path + ".AWS")) {
        if (value.equals("*")) {
          everybody = true;
        } else {
          json.attempt(path + ".AWS", () -> aws.add(PrincipalElement.normalised(value)));
        }
      }
      canonicalUsers.addAll(json.texts(node.get("CanonicalUser"), path + ".CanonicalUser"));
      // Services and federated users never call the fake, so their names are not checked.
      List<String> unused = json.texts(node.get("Service"), path + ".Service");
      List<String> neither = json.texts(node.get("Federated"), path + ".Federated");
      if (unused.contains("*") || neither.contains("*")) {
        json.refuse(path, "has \"*\" for a service or a federation; only \"AWS\" takes it");
      }
    }
    return new PrincipalElement(except, everybody, aws, canonicalUsers);
  }
}
