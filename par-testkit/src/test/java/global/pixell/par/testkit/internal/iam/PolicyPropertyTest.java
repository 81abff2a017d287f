package global.pixell.par.testkit.internal.iam;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * The evaluator against {@link ReferenceEvaluator}, for generated policies and requests. The
 * vocabulary is small, so that policies and requests often match; the seed is fixed, so that a
 * failure is reproducible.
 */
class PolicyPropertyTest {

  private static final JsonMapper JSON = new JsonMapper();
  private static final int POLICIES = 6_000;
  private static final int REQUESTS_EACH = 8;

  private static final String NOW = "2026-01-01T00:00:00Z";
  private static final List<String> REQUESTED_ACTIONS =
      List.of(
          "s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3:GetObjectVersion", "ecs:ListTasks");
  private static final List<String> ACTIONS =
      List.of(
          "s3:GetObject",
          "S3:GETOBJECT",
          "s3:Get*",
          "s3:*",
          "*",
          "s3:?utObject",
          "s3:List*t",
          "ecs:*",
          "*:List*",
          "s3:GetObject*");
  private static final List<String> REQUESTED_RESOURCES =
      List.of(
          "arn:aws:s3:::b",
          "arn:aws:s3:::b/k",
          "arn:aws:s3:::b/alice/k",
          "arn:aws:s3:::bb/a:b",
          "arn:aws:s3:us-east-2:1:b/k",
          "*",
          "arn:aws:s3:::b/al*ce/k",
          "arn:ab:s:s3:::b/k");
  private static final List<String> RESOURCES =
      List.of(
          "*",
          "arn:aws:s3:::b",
          "arn:aws:s3:::b/*",
          "arn:aws:s3:::*",
          "arn:aws:s3:::?/k",
          "arn:*:s3:::b",
          "arn:aws:s3:*",
          "arn:aws:s3:::b/${aws:username}/*",
          "arn:aws:s3:::b/${aws:PrincipalTag/t}/*",
          "arn:aws:s3:::b/${aws:PrincipalTag/t, 'alice'}/k",
          "arn:aws:s3:::b*/a?b",
          "arn:a*s:s?:*:*:b/k",
          "arn:aws:s3:::b/al${*}ce/*",
          "arn:aws:s3:::${s3:prefix}/*",
          "arn:aws:s3:*:*:b/k");
  private static final List<String> TEXT_KEYS =
      List.of("s3:prefix", "S3:Prefix", "aws:TagKeys", "aws:username", "aws:PrincipalTag/t");
  private static final List<String> TEXTS =
      List.of(
          "",
          "a",
          "A",
          "b",
          "alice",
          "a/b",
          "b/*",
          "a*",
          "?",
          "*",
          "*/*",
          "?*/*",
          "${aws:username}",
          "${s3:prefix}",
          "${aws:PrincipalTag/t, 'a'}*",
          "a${*}",
          "a${?}b${$}");
  private static final List<String> VALUES =
      List.of("", "a", "A", "b", "alice", "a/b", "b/x", "a*", "a?b$", "ab/", "/x", "a:b");
  private static final List<String> NUMBERS = List.of("1", "2", "10", "1.0", "-3");
  private static final List<String> DATES =
      List.of(
          "2026-01-01", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", "1767225600", "1767225601");
  private static final List<String> BYTES = List.of("YQ==", "YWI=", "YWJj");
  private static final List<String> ADDRESSES =
      List.of("10.0.0.1", "10.1.2.3", "192.168.0.1", "8.8.8.8");
  private static final List<String> RANGES =
      List.of("10.0.0.0/8", "10.0.0.0/16", "10.0.0.1", "0.0.0.0/0", "192.168.0.0/31", "8.8.8.8/32");
  private static final List<String> ARNS =
      List.of(
          "arn:aws:s3:::b",
          "arn:aws:s3:::b/k:x",
          "arn:aws:ecs:us-east-2:1:task/x",
          "nonsense",
          "arn:aws:x",
          "arn:aws:x:s3:::b/k:x");
  private static final List<String> ARN_PATTERNS =
      List.of(
          "arn:aws:s3:::b",
          "arn:aws:s3:::*",
          "arn:*:*:*:*:*",
          "arn:aws:ecs:us-*-2:?:task/*",
          "arn:aws:s3:::${s3:prefix}",
          "arn:*:s3:::b?k*");

  /** A family of operators: their names, their keys and their values. */
  private record Family(
      List<String> operators, List<String> keys, List<String> expected, List<String> actual) {}

  private static final List<Family> FAMILIES =
      List.of(
          new Family(
              List.of(
                  "StringEquals",
                  "StringNotEquals",
                  "StringEqualsIgnoreCase",
                  "StringNotEqualsIgnoreCase",
                  "StringLike",
                  "StringNotLike"),
              TEXT_KEYS,
              TEXTS,
              VALUES),
          new Family(
              List.of(
                  "NumericEquals",
                  "NumericNotEquals",
                  "NumericLessThan",
                  "NumericLessThanEquals",
                  "NumericGreaterThan",
                  "NumericGreaterThanEquals"),
              List.of("s3:max-keys", "aws:MultiFactorAuthAge"),
              NUMBERS,
              NUMBERS),
          new Family(
              List.of(
                  "DateEquals",
                  "DateNotEquals",
                  "DateLessThan",
                  "DateLessThanEquals",
                  "DateGreaterThan",
                  "DateGreaterThanEquals"),
              List.of("aws:CurrentTime", "aws:TokenIssueTime"),
              DATES,
              DATES),
          new Family(
              List.of("Bool"),
              List.of("aws:SecureTransport", "aws:ViaAWSService"),
              List.of("true", "false", "TRUE"),
              List.of("true", "false")),
          new Family(List.of("BinaryEquals"), List.of("aws:referer"), BYTES, BYTES),
          new Family(
              List.of("IpAddress", "NotIpAddress"),
              List.of("aws:SourceIp", "aws:VpcSourceIp"),
              RANGES,
              ADDRESSES),
          new Family(
              List.of("ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"),
              List.of("aws:SourceArn", "aws:SourceVpcArn"),
              ARN_PATTERNS,
              ARNS));

  @Test
  void the_evaluator_agrees_with_a_plain_reference_on_generated_policies_and_requests()
      throws IOException {
    Random random = new Random(20260101);
    Map<String, Integer> verdicts = new TreeMap<>();
    for (int i = 0; i < POLICIES; i++) {
      List<JsonNode> documents = new ArrayList<>();
      for (int n = 0; n <= random.nextInt(2); n++) {
        documents.add(policy(random));
      }
      PolicyEvaluator evaluator =
          new PolicyEvaluator(
              documents.stream().map(JsonNode::toString).map(PolicyDocument::parse).toList(),
              List.of());
      for (int j = 0; j < REQUESTS_EACH; j++) {
        AccessRequest request = request(random);

        String expected =
            reference(request).decide(documents, request.action(), request.resource());
        Decision decision = evaluator.decide(request);

        assertThat(verdict(decision)).as("%s%nunder %s", request, documents).isEqualTo(expected);
        verdicts.merge(expected, 1, Integer::sum);
      }
    }
    // Each verdict must be frequent; otherwise the generator no longer tests anything.
    assertThat(verdicts.values()).hasSize(3).allMatch(count -> count > 2_000);
  }

  private static String verdict(Decision decision) {
    if (decision.allowed()) {
      return "allow";
    }
    return decision.explicit() ? "deny" : "nothing";
  }

  private static JsonNode policy(Random random) {
    ObjectNode policy = JSON.createObjectNode().put("Version", "2012-10-17");
    ArrayNode statements = policy.putArray("Statement");
    for (int i = 0; i <= random.nextInt(4); i++) {
      ObjectNode statement = statements.addObject();
      statement.put("Effect", random.nextInt(3) == 0 ? "Deny" : "Allow");
      list(random, statement, random.nextInt(6) == 0 ? "NotAction" : "Action", ACTIONS);
      list(random, statement, random.nextInt(6) == 0 ? "NotResource" : "Resource", RESOURCES);
      int operators = random.nextInt(3);
      if (operators > 0) {
        ObjectNode conditions = statement.putObject("Condition");
        for (int n = 0; n < operators; n++) {
          condition(random, conditions);
        }
      }
    }
    return policy;
  }

  private static void condition(Random random, ObjectNode conditions) {
    Family family = FAMILIES.get(random.nextInt(FAMILIES.size()));
    if (random.nextInt(8) == 0) {
      list(
          random,
          conditions.withObjectProperty("Null"),
          pick(random, family.keys()),
          List.of("true", "false"));
      return;
    }
    List<String> quantifiers = List.of("", "", "ForAnyValue:", "ForAllValues:");
    String operator =
        pick(random, quantifiers)
            + pick(random, family.operators())
            + (random.nextInt(4) == 0 ? "IfExists" : "");
    list(
        random,
        conditions.withObjectProperty(operator),
        pick(random, family.keys()),
        family.expected());
  }

  private static void list(Random random, ObjectNode into, String name, List<String> from) {
    if (random.nextBoolean()) {
      into.put(name, pick(random, from));
      return;
    }
    ArrayNode list = into.putArray(name);
    for (int i = 0; i <= random.nextInt(3); i++) {
      list.add(pick(random, from));
    }
  }

  private static AccessRequest request(Random random) {
    Map<String, List<String>> context = new HashMap<>();
    for (Family family : FAMILIES) {
      for (String key : family.keys()) {
        if (!key.equals("aws:username") && random.nextInt(3) > 0) {
          List<String> values = new ArrayList<>();
          for (int i = 0; i <= (random.nextInt(3) == 0 ? random.nextInt(3) : 0); i++) {
            values.add(pick(random, family.actual()));
          }
          context.put(key.toLowerCase(Locale.ROOT), values);
        }
      }
    }
    return new AccessRequest(
        Principal.of("arn:aws:iam::123456789012:user/alice"),
        pick(random, REQUESTED_ACTIONS),
        pick(random, REQUESTED_RESOURCES),
        context,
        Instant.parse(NOW),
        "8.8.8.8");
  }

  /** Gives the reference the context that the evaluator derives by itself. */
  private static ReferenceEvaluator reference(AccessRequest request) {
    Map<String, List<String>> context = new HashMap<>();
    context.put("aws:currenttime", List.of(NOW));
    context.put("aws:sourceip", List.of("8.8.8.8"));
    context.put("aws:username", List.of("alice"));
    context.putAll(request.context());
    return new ReferenceEvaluator(context);
  }

  private static String pick(Random random, List<String> from) {
    return from.get(random.nextInt(from.size()));
  }
}
