package global.pixell.par.testkit.internal.iam;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every condition operator, for values that match, values that do not, and no value at all. */
class PolicyConditionTest {

  private static final Principal ALICE = Principal.of("arn:aws:iam::123456789012:user/team/alice");

  /**
   * Columns: operator; values of the policy; values of the request ({@code -} for no value, {@code
   * ''} for an empty one), both separated by blanks; whether the condition holds. The key accepts
   * free text.
   */
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        // Strings.
        "StringEquals,a,a,true",
        "StringEquals,a,A,false",
        "StringEquals,a b,b,true",
        "StringEquals,a*,a*,true",
        "StringEquals,a*,ab,false",
        "StringEquals,a,-,false",
        "StringEquals,'',-,false",
        "StringEquals,'','',true",
        "StringNotEquals,a,a,false",
        "StringNotEquals,a,b,true",
        "StringNotEquals,a b,b,false",
        "StringNotEquals,a,-,true",
        "StringEqualsIgnoreCase,aÄ,Aä,true",
        "StringEqualsIgnoreCase,a,b,false",
        "StringEqualsIgnoreCase,a,-,false",
        "StringNotEqualsIgnoreCase,a,A,false",
        "StringNotEqualsIgnoreCase,a,b,true",
        "StringNotEqualsIgnoreCase,a,-,true",
        "StringLike,a*c,abbc,true",
        "StringLike,a*c,ac,true",
        "StringLike,a?c,abc,true",
        "StringLike,a?c,ac,false",
        "StringLike,*,'',true",
        "StringLike,a*c,ABC,false",
        "StringLike,?*/*,acme/,true",
        "StringLike,?*/*,acme,false",
        "StringLike,?*/*,/x,false",
        "StringLike,a*,-,false",
        "StringNotLike,a*,abc,false",
        "StringNotLike,a*,b,true",
        "StringNotLike,a*,-,true",
        // Numbers.
        "NumericEquals,10,10.0,true",
        "NumericEquals,10,11,false",
        "NumericEquals,10,ten,false",
        "NumericEquals,10,-,false",
        "NumericNotEquals,10,11,true",
        "NumericNotEquals,10,1e1,false",
        "NumericNotEquals,10,-,true",
        "NumericLessThan,10,9,true",
        "NumericLessThan,10,10,false",
        "NumericLessThan,10,-,false",
        "NumericLessThanEquals,10,10,true",
        "NumericLessThanEquals,10,10.01,false",
        "NumericGreaterThan,10,11,true",
        "NumericGreaterThan,10,10,false",
        "NumericGreaterThanEquals,10,10,true",
        "NumericGreaterThanEquals,10,-11,false",
        // Dates.
        "DateEquals,2026-01-01T00:00:00Z,2026-01-01T01:00:00+01:00,true",
        "DateEquals,2026,2026-01-01,true",
        "DateEquals,1767225600,2026-01-01T00:00Z,true",
        "DateEquals,2026-01-01,2026-01-02,false",
        "DateNotEquals,2026-01-01,2026-01-02,true",
        "DateNotEquals,2026-01-01,-,true",
        "DateLessThan,2026-01-01,2025-12-31T23:59:59.999Z,true",
        "DateLessThan,2026-01-01,2026-01-01,false",
        "DateLessThanEquals,2026-01-01,2026-01-01,true",
        "DateGreaterThan,2026-01-01,2026-01-01T00:00:00.001Z,true",
        "DateGreaterThan,2026-01-01,-,false",
        "DateGreaterThanEquals,2026-01,2026-01-01,true",
        // Booleans and bytes.
        "Bool,true,TRUE,true",
        "Bool,true,false,false",
        "Bool,false,-,false",
        "BinaryEquals,QmluYXJ5,QmluYXJ5,true",
        "BinaryEquals,QmluYXJ5,QmluYXJ6,false",
        "BinaryEquals,QmluYXJ5,-,false",
        // Addresses.
        "IpAddress,203.0.113.0/24,203.0.113.7,true",
        "IpAddress,203.0.113.0/24,203.0.114.7,false",
        "IpAddress,203.0.113.7,203.0.113.7,true",
        "IpAddress,0.0.0.0/0,8.8.8.8,true",
        "IpAddress,2001:db8::/32,2001:DB8:1::9,true",
        "IpAddress,2001:db8::/32,2001:db9::9,false",
        "IpAddress,0.0.0.0/0,2001:db8::1,false",
        "IpAddress,10.0.0.0/8 192.168.0.0/16,192.168.3.4,true",
        "IpAddress,10.0.0.0/8,somewhere,false",
        "IpAddress,10.0.0.0/8,-,false",
        "NotIpAddress,10.0.0.0/8,10.1.1.1,false",
        "NotIpAddress,10.0.0.0/8,11.1.1.1,true",
        "NotIpAddress,10.0.0.0/8,-,true",
        // ARNs: each of the six segments is compared separately; Equals and Like are the same.
        "ArnEquals,arn:aws:ecs:*:123456789012:*,arn:aws:ecs:us-east-2:123456789012:task/a/b,true",
        "ArnLike,arn:aws:ecs:*:123456789012:*,arn:aws:ecs:us-east-2:123456789012:task:x,true",
        "ArnLike,arn:aws:ecs:*:123456789012:*,arn:aws:ecs:us-east-2:999999999999:task,false",
        "ArnLike,arn:aws:*:123456789012:task:x,arn:aws:ecs:us-east-2:123456789012:task:x,false",
        "ArnLike,arn:*:s3:::b,arn:aws:x:s3:::b,false",
        "ArnLike,arn:aws:s3:::b?,arn:aws:s3:::bb,true",
        "ArnLike,arn:aws:s3:::b,-,false",
        "ArnNotEquals,arn:aws:s3:::b,arn:aws:s3:::c,true",
        "ArnNotLike,arn:aws:s3:::*,arn:aws:s3:::c,false",
        "ArnNotLike,arn:aws:s3:::*,-,true",
        // Presence.
        "Null,true,-,true",
        "Null,true,x,false",
        "Null,false,x,true",
        "Null,false,-,false",
        "Null,false,'',true",
        // If it exists.
        "StringEqualsIfExists,a,-,true",
        "StringEqualsIfExists,a,a,true",
        "StringEqualsIfExists,a,b,false",
        "StringNotEqualsIfExists,a,-,true",
        "StringNotEqualsIfExists,a,a,false",
        "BoolIfExists,true,-,true",
        "NumericLessThanIfExists,10,11,false",
        "IpAddressIfExists,10.0.0.0/8,-,true",
        "ArnLikeIfExists,arn:aws:s3:::*,-,true",
        "ForAnyValue:StringEqualsIfExists,a,-,true",
        "ForAllValues:StringEqualsIfExists,a,b,false",
        // Several values in the request.
        "StringEquals,a,a b,true",
        "StringNotEquals,a,a b,false",
        "ForAnyValue:StringEquals,a c,a b,true",
        "ForAnyValue:StringEquals,c,a b,false",
        "ForAnyValue:StringEquals,a,-,false",
        "ForAnyValue:StringLike,b*,a bb,true",
        "ForAnyValue:StringNotEquals,a,a b,true",
        "ForAnyValue:StringNotEquals,a b,a b,false",
        "ForAnyValue:StringNotEquals,a,-,false",
        "ForAllValues:StringEquals,a b c,a b,true",
        "ForAllValues:StringEquals,a,a b,false",
        "ForAllValues:StringEquals,a,-,true",
        "ForAllValues:StringEquals,a,'',true",
        "ForAllValues:StringNotEquals,c,a b,true",
        "ForAllValues:StringNotEquals,b,a b,false",
        "ForAllValues:StringNotEquals,b,-,true"
      })
  void an_operator_holds_as_aws_documents_it(
      String operator, String expected, String actual, boolean holds) {
    assertThat(allows(operator, "aws:TagKeys", expected, Map.of("aws:TagKeys", list(actual))))
        .isEqualTo(holds);
  }

  @Test
  void condition_keys_are_the_same_in_upper_and_lower_case() {
    assertThat(allows("StringEquals", "S3:PREFIX", "a", Map.of("s3:prefix", List.of("a"))))
        .isTrue();
  }

  @Test
  void operators_keys_and_values_combine_as_and_and_or() {
    String condition =
        """
        {"StringLike": {"s3:prefix": ["a/*", "b/*"], "s3:delimiter": "/"},
         "NumericLessThanEquals": {"s3:max-keys": "10"}}
        """;

    assertThat(holds(condition, "b/x", "/", "10")).isTrue();
    assertThat(holds(condition, "c/x", "/", "10")).isFalse();
    assertThat(holds(condition, "b/x", "-", "10")).isFalse();
    assertThat(holds(condition, "b/x", "/", "11")).isFalse();
  }

  private static boolean holds(String condition, String prefix, String delimiter, String max) {
    return allows(
        condition,
        Map.of(
            "s3:prefix",
            List.of(prefix),
            "s3:delimiter",
            List.of(delimiter),
            "s3:max-keys",
            List.of(max)));
  }

  @Test
  void time_address_and_caller_of_the_request_are_there_without_being_asked_for() {
    assertThat(allows("DateLessThan", "aws:CurrentTime", "2026-06-01", Map.of())).isTrue();
    assertThat(allows("NumericGreaterThan", "aws:EpochTime", "1767225599", Map.of())).isTrue();
    assertThat(allows("IpAddress", "aws:SourceIp", "203.0.113.0/24", Map.of())).isTrue();
    assertThat(allows("StringEquals", "aws:username", "alice", Map.of())).isTrue();
    assertThat(allows("StringEquals", "aws:PrincipalAccount", "123456789012", Map.of())).isTrue();
    assertThat(allows("StringEquals", "aws:PrincipalType", "User", Map.of())).isTrue();
    assertThat(allows("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/team/*", Map.of()))
        .isTrue();
  }

  @Test
  void a_variable_stands_for_the_one_value_of_its_key() {
    Map<String, List<String>> request = Map.of("s3:prefix", List.of("home/alice/x"));

    assertThat(allows("StringLike", "s3:prefix", "home/${aws:username}/*", request)).isTrue();
    assertThat(allows("StringLike", "s3:prefix", "home/${AWS:UserName}/*", request)).isTrue();
    assertThat(allows("StringLike", "s3:prefix", "home/${aws:userid}/*", request)).isFalse();
  }

  @Test
  void a_variable_without_a_value_takes_its_default_or_matches_nothing() {
    Map<String, List<String>> request = Map.of("s3:prefix", List.of("home/none/x"));

    assertThat(allows("StringLike", "s3:prefix", "home/${aws:PrincipalTag/t, 'none'}/*", request))
        .isTrue();
    assertThat(allows("StringLike", "s3:prefix", "home/${aws:PrincipalTag/t}/*", request))
        .isFalse();
    assertThat(allows("StringNotLike", "s3:prefix", "home/${aws:PrincipalTag/t}/*", request))
        .isTrue();
  }

  @Test
  void a_variable_of_several_values_matches_nothing() {
    Map<String, List<String>> request =
        Map.of("s3:prefix", List.of("a"), "aws:TagKeys", List.of("a", "b"));

    assertThat(allows("StringEquals", "s3:prefix", "${aws:TagKeys}", request)).isFalse();
  }

  @Test
  void escaped_wildcards_are_themselves() {
    assertThat(allows("StringLike", "s3:prefix", "a${*}b", Map.of("s3:prefix", List.of("a*b"))))
        .isTrue();
    assertThat(allows("StringLike", "s3:prefix", "a${*}b", Map.of("s3:prefix", List.of("axb"))))
        .isFalse();
    assertThat(
            allows("StringLike", "s3:prefix", "a${?}${$}*", Map.of("s3:prefix", List.of("a?$x"))))
        .isTrue();
    assertThat(allows("StringEquals", "s3:prefix", "a${*}", Map.of("s3:prefix", List.of("a*"))))
        .isTrue();
  }

  @Test
  void a_wildcard_that_comes_in_by_a_variable_is_literal() {
    Map<String, List<String>> request =
        Map.of("s3:prefix", List.of("home/bob/x"), "aws:PrincipalTag/home", List.of("*"));

    assertThat(allows("StringLike", "s3:prefix", "home/${aws:PrincipalTag/home}/*", request))
        .isFalse();
  }

  @Test
  void variables_are_plain_text_in_documents_of_the_old_version() {
    PolicyDocument policy =
        PolicyDocument.parse(
            """
            {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
              "Condition": {"StringEquals": {"s3:prefix": "${aws:username}"}}}}
            """);
    AccessRequest request =
        AccessRequest.of(ALICE, "s3:ListBucket", "arn:aws:s3:::b").with("s3:prefix", "alice");

    assertThat(decide(policy, request)).isFalse();
    assertThat(decide(policy, request.with("s3:prefix", "${aws:username}"))).isTrue();
  }

  private static boolean allows(
      String operator, String key, String expected, Map<String, List<String>> context) {
    String values =
        String.join(
            ",", list(expected).stream().map(each -> "\"" + each + "\"").toArray(String[]::new));
    return allows("{\"%s\": {\"%s\": [%s]}}".formatted(operator, key, values), context);
  }

  private static boolean allows(String condition, Map<String, List<String>> context) {
    PolicyDocument policy =
        PolicyDocument.parse(
            """
            {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*",
              "Resource": "*", "Condition": %s}}
            """
                .formatted(condition));
    Map<String, List<String>> present = new LinkedHashMap<>(context);
    present.values().removeIf(List::isEmpty);
    return decide(
        policy,
        new AccessRequest(
            ALICE,
            "s3:ListBucket",
            "arn:aws:s3:::b",
            present,
            Instant.parse("2026-01-01T00:00:00Z"),
            "203.0.113.7"));
  }

  private static boolean decide(PolicyDocument policy, AccessRequest request) {
    return new PolicyEvaluator(List.of(policy), List.of()).decide(request).allowed();
  }

  private static List<String> list(String column) {
    if (column.equals("-")) {
      return List.of();
    }
    // The default of a variable contains a blank.
    String[] values = column.contains("${") ? new String[] {column} : column.split(" ", -1);
    return Arrays.stream(values).map(value -> value.equals("''") ? "" : value).toList();
  }
}
