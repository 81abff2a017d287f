package global.pixell.par.testkit.internal.auth;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The policy document of a presigned POST: its expiry, and the conditions on the fields of the
 * form. Each field must have a condition.
 *
 * <p>The error sentences are those observed from S3. Where no observation exists, the sentence
 * names the rule in the same form.
 */
public final class PostPolicy {

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .build();

  private static final String LENGTH = "content-length-range";

  /** Fields that need no condition. */
  private static final Set<String> FREE = Set.of("policy", "x-amz-signature", "file");

  private static final String FREE_PREFIX = "x-ignore-";

  /**
   * A condition on one field.
   *
   * @param field the field with its dollar sign, in the policy's upper and lower case
   */
  private record Condition(String operator, String field, String value) {

    boolean holds(Map<String, String> fields) {
      String name = name();
      if (!field.startsWith("$") || !fields.containsKey(name)) {
        return false;
      }
      String actual = fields.getOrDefault(name, "");
      if (operator.equals("eq")) {
        return actual.equals(value);
      }
      return name.equals("content-type")
          ? Arrays.stream(actual.split(",", -1)).map(String::strip).allMatch(this::begins)
          : begins(actual);
    }

    private boolean begins(String text) {
      return text.startsWith(value);
    }

    String name() {
      return lower(field.substring(Math.min(1, field.length())));
    }

    @Override
    public String toString() {
      return "[\"%s\", \"%s\", \"%s\"]".formatted(operator, field, value.replace("\"", "\\\""));
    }
  }

  private final Instant expiration;
  private final List<Condition> conditions = new ArrayList<>();
  private long min;
  private long max = Long.MAX_VALUE;

  private PostPolicy(Instant expiration) {
    this.expiration = expiration;
  }

  /**
   * Reads a policy.
   *
   * @param base64 the form's {@code policy} field
   * @throws S3ErrorException InvalidPolicyDocument; AccessDenied for an invalid
   *     content-length-range
   */
  public static PostPolicy parse(String base64) throws S3ErrorException {
    JsonNode root;
    try {
      byte[] json = Base64.getMimeDecoder().decode(base64);
      root = JSON.readTree(new String(json, StandardCharsets.UTF_8));
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw invalid("Invalid JSON.");
    }
    if (!root.isObject()) {
      throw invalid("Invalid JSON.");
    }
    for (var names = root.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!name.equals("expiration") && !name.equals("conditions")) {
        throw invalid("Unexpected: '" + lower(name) + "'");
      }
    }
    if (!root.path("expiration").isTextual()) {
      throw invalid("Policy missing expiration.");
    }
    if (!root.path("conditions").isArray()) {
      throw invalid("Policy missing conditions.");
    }
    var policy = new PostPolicy(time(root.path("expiration").asText()));
    for (JsonNode condition : root.path("conditions")) {
      policy.add(condition);
    }
    return policy;
  }

  private static Instant time(String text) throws S3ErrorException {
    try {
      if (text.endsWith("Z")) {
        return Instant.parse(text);
      }
    } catch (DateTimeParseException e) {
      // Reported below.
    }
    throw invalid("Invalid 'expiration' value: '" + text + "'");
  }

  private void add(JsonNode condition) throws S3ErrorException {
    if (condition.isObject()) {
      addSimple(condition);
    } else if (!condition.isArray()) {
      throw invalid("Invalid condition test: must be a List or Object.");
    } else if (condition.isEmpty()) {
      throw invalid("Invalid Condition: missing operation identifier.");
    } else {
      addList(condition);
    }
  }

  private void addSimple(JsonNode condition) throws S3ErrorException {
    if (condition.size() != 1) {
      throw invalid(
          "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.");
    }
    var property = condition.properties().iterator().next();
    if (!property.getValue().isTextual()) {
      throw invalid("Invalid Simple-Condition: value must be a string.");
    }
    conditions.add(new Condition("eq", "$" + property.getKey(), property.getValue().asText()));
  }

  private void addList(JsonNode condition) throws S3ErrorException {
    String operator = lower(condition.get(0).asText());
    if (!List.of("eq", "starts-with", LENGTH).contains(operator)) {
      throw invalid("Invalid Condition: unknown operation '" + operator + "'.");
    }
    if (condition.size() != 3) {
      throw invalid("Invalid " + operator + ": wrong number of arguments.");
    }
    if (operator.equals(LENGTH)) {
      addRange(condition);
    } else if (condition.get(1).isTextual() && condition.get(2).isTextual()) {
      conditions.add(new Condition(operator, condition.get(1).asText(), condition.get(2).asText()));
    } else {
      throw invalid("Invalid JSON.");
    }
  }

  private void addRange(JsonNode condition) throws S3ErrorException {
    String lowest = condition.get(1).asText();
    String highest = condition.get(2).asText();
    if (!lowest.matches("\\d{1,18}") || !highest.matches("\\d{1,18}")) {
      throw denied(
          "Policy Condition failed: [\"%s\", \"%s\", \"%s\"]".formatted(LENGTH, lowest, highest));
    }
    min = Math.max(min, Long.parseLong(lowest));
    max = Math.min(max, Long.parseLong(highest));
  }

  /**
   * Checks a form.
   *
   * @param fields the fields by lower-case name, with variables expanded
   * @param bucket the bucket to which the client sends the form
   * @throws S3ErrorException AccessDenied
   */
  public void check(Map<String, String> fields, String bucket, Instant now)
      throws S3ErrorException {
    if (!now.isBefore(expiration)) {
      throw denied("Policy expired.");
    }
    var all = new HashMap<>(fields);
    all.put("bucket", bucket);
    var covered = new HashSet<>(FREE);
    // The address names the bucket, so the form need not.
    covered.add("bucket");
    for (Condition condition : conditions) {
      if (!condition.holds(all)) {
        throw denied("Policy Condition failed: " + condition);
      }
      covered.add(condition.name());
    }
    for (String name : fields.keySet()) {
      if (!covered.contains(name) && !name.startsWith(FREE_PREFIX)) {
        throw denied("Extra input fields: " + name);
      }
    }
  }

  /** The minimum size of the file, in bytes. */
  public long min() {
    return min;
  }

  /** The maximum size of the file, in bytes. */
  public long max() {
    return max;
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  private static S3ErrorException invalid(String why) {
    return new S3ErrorException(400, "InvalidPolicyDocument", "Invalid Policy: " + why);
  }

  private static S3ErrorException denied(String why) {
    return new S3ErrorException(403, "AccessDenied", "Invalid according to Policy: " + why);
  }
}
