package global.pixell.par.testkit.internal.iam;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.testkit.testing.IamFolder;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Decisions: actions, resources, principals, several policies, and AWS's own sentences. */
class PolicyEvaluatorTest {

  private static final Principal TASK =
      Principal.of("arn:aws:sts::123456789012:assumed-role/task/session");
  private static final Principal ALICE = Principal.of("arn:aws:iam::123456789012:user/alice");
  private static final Principal FOREIGNER = Principal.of("arn:aws:iam::999999999999:user/bob");

  private static final PolicyDocument SHIPPED =
      PolicyDocument.read(IamFolder.file("task-role-policy.json"));

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "s3:GetObject, arn:aws:s3:::pixell-agent-packages/acme/greeter/1.2.0/greeter.apkg, -, true",
        "s3:GetObject, arn:aws:s3:::pixell-agent-packages/flat.apkg, -, true",
        "s3:GetObject, arn:aws:s3:::other-bucket/acme/greeter/1.2.0/greeter.apkg, -, false",
        "s3:GetObject, arn:aws:s3:::pixell-agent-packages-2/a, -, false",
        "s3:GetObjectVersion, arn:aws:s3:::pixell-agent-packages/a, -, false",
        "s3:PutObject, arn:aws:s3:::pixell-agent-packages/a, -, false",
        "s3:ListBucket, arn:aws:s3:::pixell-agent-packages, acme/greeter/, true",
        "s3:ListBucket, arn:aws:s3:::pixell-agent-packages, acme/greeter/1.2.0/, true",
        "s3:ListBucket, arn:aws:s3:::pixell-agent-packages, greeter/, true",
        "s3:ListBucket, arn:aws:s3:::pixell-agent-packages, acme, true",
        "s3:ListBucket, arn:aws:s3:::pixell-agent-packages, '', true",
        "s3:ListBucket, arn:aws:s3:::pixell-agent-packages, -, false",
        "s3:ListBucket, arn:aws:s3:::other-bucket, acme/greeter/, false",
        "ecs:ListTasks, *, -, false",
        "s3:ListAllMyBuckets, *, -, false"
      })
  void the_shipped_role_lets_a_package_be_resolved_and_fetched_and_nothing_else(
      String action, String resource, @Nullable String prefix, boolean allowed) {
    AccessRequest request = AccessRequest.of(TASK, action, resource);
    if (prefix != null) {
      request = request.with("s3:prefix", prefix);
    }

    assertThat(evaluator(SHIPPED).decide(request).allowed()).isEqualTo(allowed);
  }

  @Test
  void a_denial_for_lack_of_an_allow_says_so_in_the_words_of_aws() {
    Decision decision =
        evaluator(SHIPPED).decide(AccessRequest.of(TASK, "s3:ListBucket", "arn:aws:s3:::b"));

    assertThat(decision)
        .isEqualTo(
            new Decision(
                false,
                false,
                List.of(),
                "User: arn:aws:sts::123456789012:assumed-role/task/session is not authorized to"
                    + " perform: s3:ListBucket on resource: \"arn:aws:s3:::b\" because no"
                    + " identity-based policy allows the s3:ListBucket action"));
  }

  @Test
  void an_explicit_deny_says_so_in_the_words_of_aws_and_names_its_statement() {
    PolicyDocument deny = policy("Deny", "s3:GetObject", "arn:aws:s3:::b/*");

    Decision decision =
        new PolicyEvaluator(List.of(PolicyDocument.FULL_ACCESS, deny), List.of())
            .decide(AccessRequest.of(ALICE, "s3:GetObject", "arn:aws:s3:::b/k"));

    assertThat(decision)
        .isEqualTo(
            new Decision(
                false,
                true,
                List.of(
                    new StatementSource(
                        "policy",
                        0,
                        "",
                        "{\"Effect\":\"Deny\",\"Action\":\"s3:GetObject\","
                            + "\"Resource\":\"arn:aws:s3:::b/*\"}")),
                "User: arn:aws:iam::123456789012:user/alice is not authorized to perform:"
                    + " s3:GetObject on resource: \"arn:aws:s3:::b/k\" with an explicit deny in an"
                    + " identity-based policy"));
  }

  @Test
  void an_allowed_request_names_the_statement_that_allowed_it() {
    Decision decision =
        evaluator(SHIPPED)
            .decide(
                AccessRequest.of(
                    TASK, "s3:GetObject", "arn:aws:s3:::pixell-agent-packages/a.apkg"));

    assertThat(decision.allowed()).isTrue();
    assertThat(decision.explicit()).isTrue();
    assertThat(decision.statement()).isEqualTo("task-role-policy.json: AllowS3GetObject");
    assertThat(decision.sentence()).isEqualTo("allowed by task-role-policy.json: AllowS3GetObject");
    assertThat(decision.statements().get(0).json()).contains("\"Sid\":\"AllowS3GetObject\"");
  }

  @Test
  void a_denied_action_without_a_resource_is_worded_without_one_by_s3_and_with_a_star_elsewhere() {
    assertThat(
            evaluator(SHIPPED)
                .decide(AccessRequest.of(ALICE, "s3:ListAllMyBuckets", "*"))
                .sentence())
        .endsWith(
            "to perform: s3:ListAllMyBuckets because no identity-based policy allows the"
                + " s3:ListAllMyBuckets action");
    assertThat(evaluator(SHIPPED).decide(AccessRequest.of(ALICE, "ecs:ListTasks", "*")).sentence())
        .endsWith(
            "to perform: ecs:ListTasks on resource: * because no identity-based policy allows the"
                + " ecs:ListTasks action");
  }

  @Test
  void the_order_of_statements_does_not_matter_to_a_deny() {
    PolicyDocument policy =
        PolicyDocument.parse(
            """
            {"Version": "2012-10-17", "Statement": [
              {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
              {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"},
              {"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": "*"}]}
            """);

    assertThat(allowed(policy, "s3:GetObject", "arn:aws:s3:::b/k")).isTrue();
    assertThat(allowed(policy, "s3:DeleteObject", "arn:aws:s3:::b/k")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "s3:GetObject, true",
    "S3:getobject, true",
    "s3:Get*, true",
    "s3:*, true",
    "*, true",
    "*:*, true",
    "s3:?etObject, true",
    "s3:GetObjectVersion, false",
    "s3:GetObjec, false",
    "s3:get?bject?, false",
    "ecs:*, false"
  })
  void an_action_matches_by_wildcards_and_in_any_case(String action, boolean matches) {
    assertThat(allowed(policy("Allow", action, "*"), "s3:GetObject", "arn:aws:s3:::b/k"))
        .isEqualTo(matches);
  }

  @ParameterizedTest
  @CsvSource({
    "arn:aws:s3:::b/k, true",
    "arn:aws:s3:::b/*, true",
    "arn:aws:s3:::*, true",
    "arn:aws:s3:::?/k, true",
    "arn:*:s3:::b/k, true",
    "arn:aws:s3:*:*:b/k, true",
    "arn:aws:s3:*, true",
    "*, true",
    "arn:aws:s3:::B/k, false",
    "arn:aws:s3:::b, false",
    "arn:aws:s3:::b/, false",
    "arn:aws:s3:us-east-2::b/k, false",
    "arn:aws:s3*x:::b/k, false",
    "arn:aws:sqs:*, false"
  })
  void a_resource_matches_segment_by_segment(String resource, boolean matches) {
    assertThat(allowed(policy("Allow", "*", resource), "s3:GetObject", "arn:aws:s3:::b/k"))
        .isEqualTo(matches);
  }

  @Test
  void a_wildcard_inside_a_segment_of_an_arn_does_not_cross_a_colon_but_one_at_its_end_does() {
    String resource = "arn:aws:sns:us-east-2:123456789012:topic";

    assertThat(
            allowed(
                policy("Allow", "*", "arn:aws:s*s:us*2:123456789012:topic"),
                "sns:Publish",
                resource))
        .isTrue();
    assertThat(
            allowed(
                policy("Allow", "*", "arn:a*s:us-east-2:123456789012:x:topic"),
                "sns:Publish",
                resource))
        .isFalse();
    assertThat(allowed(policy("Allow", "*", "arn:aws:sns:*"), "sns:Publish", resource)).isTrue();
  }

  @Test
  void a_key_with_colons_stars_and_spaces_is_literal_on_the_side_of_the_request() {
    assertThat(
            allowed(
                policy("Allow", "*", "arn:aws:s3:::b/a:*"),
                "s3:GetObject",
                "arn:aws:s3:::b/a:b:c d"))
        .isTrue();
    assertThat(
            allowed(policy("Allow", "*", "arn:aws:s3:::b/ab"), "s3:GetObject", "arn:aws:s3:::b/a*"))
        .isFalse();
  }

  @Test
  void not_action_and_not_resource_turn_their_lists_around() {
    PolicyDocument policy =
        PolicyDocument.parse(
            """
            {"Version": "2012-10-17", "Statement": [
              {"Effect": "Allow", "NotAction": ["iam:*", "s3:Delete*"],
               "NotResource": "arn:aws:s3:::secret/*"}]}
            """);

    assertThat(allowed(policy, "s3:GetObject", "arn:aws:s3:::b/k")).isTrue();
    assertThat(allowed(policy, "s3:DeleteObject", "arn:aws:s3:::b/k")).isFalse();
    assertThat(allowed(policy, "iam:ListUsers", "*")).isFalse();
    assertThat(allowed(policy, "s3:GetObject", "arn:aws:s3:::secret/k")).isFalse();
  }

  @Test
  void a_variable_in_a_resource_stands_for_the_caller() {
    PolicyDocument policy = policy("Allow", "s3:*", "arn:aws:s3:::home/${aws:username}/*");

    assertThat(allowed(policy, "s3:GetObject", "arn:aws:s3:::home/alice/x")).isTrue();
    assertThat(allowed(policy, "s3:GetObject", "arn:aws:s3:::home/bob/x")).isFalse();
    assertThat(
            evaluator(policy)
                .decide(AccessRequest.of(TASK, "s3:GetObject", "arn:aws:s3:::home/alice/x"))
                .allowed())
        .as("a session has no user name, so the variable matches nothing")
        .isFalse();
  }

  @Test
  void several_identity_policies_add_up() {
    PolicyEvaluator evaluator =
        new PolicyEvaluator(
            List.of(policy("Allow", "s3:GetObject", "*"), policy("Allow", "s3:PutObject", "*")),
            List.of());

    assertThat(evaluator.decide(request(ALICE, "s3:GetObject")).allowed()).isTrue();
    assertThat(evaluator.decide(request(ALICE, "s3:PutObject")).allowed()).isTrue();
    assertThat(evaluator.decide(request(ALICE, "s3:DeleteObject")).allowed()).isFalse();
  }

  @Test
  void no_policy_at_all_allows_nothing() {
    assertThat(
            new PolicyEvaluator(List.of(), List.of())
                .decide(request(ALICE, "s3:GetObject"))
                .allowed())
        .isFalse();
  }

  @Test
  void in_one_account_the_bucket_policy_alone_may_allow() {
    PolicyEvaluator evaluator = bucket("Allow", "{\"AWS\": \"" + ALICE.arn() + "\"}");

    assertThat(evaluator.decide(request(ALICE, "s3:GetObject")).allowed()).isTrue();
    assertThat(evaluator.decide(request(TASK, "s3:GetObject")).allowed()).isFalse();
  }

  @Test
  void a_bucket_policy_that_denies_beats_an_identity_policy_that_allows() {
    PolicyEvaluator evaluator =
        new PolicyEvaluator(
            List.of(PolicyDocument.FULL_ACCESS),
            List.of(bucketPolicy("Deny", "Principal", "\"*\"")));

    assertThat(evaluator.decide(request(ALICE, "s3:GetObject")).sentence())
        .endsWith("with an explicit deny in a resource-based policy");
  }

  @Test
  void a_principal_that_is_the_account_lets_its_own_policies_decide_but_denies_all_of_it() {
    String account = "{\"AWS\": \"123456789012\"}";

    assertThat(bucket("Allow", account).decide(request(ALICE, "s3:GetObject")).allowed()).isFalse();
    assertThat(
            new PolicyEvaluator(
                    List.of(PolicyDocument.FULL_ACCESS),
                    List.of(bucketPolicy("Deny", "Principal", account)))
                .decide(request(ALICE, "s3:GetObject"))
                .allowed())
        .isFalse();
  }

  @Test
  void a_role_in_a_bucket_policy_means_its_sessions_whatever_its_path() {
    String role = "{\"AWS\": [\"arn:aws:iam::123456789012:role/service/task\"]}";

    assertThat(bucket("Allow", role).decide(request(TASK, "s3:GetObject")).allowed()).isTrue();
  }

  @Test
  void everybody_in_a_bucket_policy_means_callers_without_a_signature_too() {
    assertThat(
            bucket("Allow", "\"*\"").decide(request(Principal.ANONYMOUS, "s3:GetObject")).allowed())
        .isTrue();
    assertThat(
            bucket("Allow", "{\"AWS\": \"*\"}")
                .decide(request(Principal.ANONYMOUS, "s3:GetObject"))
                .allowed())
        .isTrue();
  }

  @Test
  void a_caller_without_a_signature_has_no_identity_policies() {
    Decision decision =
        evaluator(PolicyDocument.FULL_ACCESS).decide(request(Principal.ANONYMOUS, "s3:GetObject"));

    assertThat(decision.sentence())
        .isEqualTo(
            "User: anonymous is not authorized to perform: s3:GetObject on resource:"
                + " \"arn:aws:s3:::b/k\" because no resource-based policy allows the s3:GetObject"
                + " action");
  }

  @Test
  void a_canonical_user_is_known_by_the_id_of_s3() {
    PolicyEvaluator evaluator = bucket("Allow", "{\"CanonicalUser\": \"79a5\"}");

    assertThat(
            evaluator
                .decide(request(new Principal(ALICE.arn(), "79a5", ""), "s3:GetObject"))
                .allowed())
        .isTrue();
    assertThat(evaluator.decide(request(ALICE, "s3:GetObject")).allowed()).isFalse();
  }

  @Test
  void not_principal_spares_only_a_caller_all_of_whose_names_are_listed() {
    String complete =
        "{\"AWS\": [\"arn:aws:sts::123456789012:assumed-role/task/session\","
            + " \"arn:aws:iam::123456789012:role/task\", \"arn:aws:iam::123456789012:root\"]}";
    String sessionOnly = "{\"AWS\": \"arn:aws:sts::123456789012:assumed-role/task/session\"}";

    assertThat(denyAllBut(complete).decide(request(TASK, "s3:GetObject")).allowed()).isTrue();
    assertThat(denyAllBut(complete).decide(request(ALICE, "s3:GetObject")).allowed()).isFalse();
    assertThat(denyAllBut(sessionOnly).decide(request(TASK, "s3:GetObject")).allowed()).isFalse();
  }

  @Test
  void across_accounts_both_sides_have_to_allow() {
    AccessRequest request =
        request(FOREIGNER, "s3:GetObject").with("aws:ResourceAccount", "123456789012");
    PolicyDocument toAccount = bucketPolicy("Allow", "Principal", "{\"AWS\": \"999999999999\"}");

    assertThat(new PolicyEvaluator(List.of(), List.of(toAccount)).decide(request).sentence())
        .contains("because no identity-based policy allows");
    assertThat(evaluator(PolicyDocument.FULL_ACCESS).decide(request).sentence())
        .contains("because no resource-based policy allows");
    assertThat(
            new PolicyEvaluator(List.of(PolicyDocument.FULL_ACCESS), List.of(toAccount))
                .decide(request)
                .allowed())
        .isTrue();
  }

  private static PolicyEvaluator denyAllBut(String principals) {
    return new PolicyEvaluator(
        List.of(PolicyDocument.FULL_ACCESS),
        List.of(bucketPolicy("Deny", "NotPrincipal", principals)));
  }

  private static PolicyEvaluator bucket(String effect, String principal) {
    return new PolicyEvaluator(List.of(), List.of(bucketPolicy(effect, "Principal", principal)));
  }

  private static PolicyDocument bucketPolicy(String effect, String element, String principal) {
    return PolicyDocument.parse(
        """
        {"Version": "2012-10-17", "Statement": {"Effect": "%s", "%s": %s,
          "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"}}
        """
            .formatted(effect, element, principal));
  }

  private static PolicyDocument policy(String effect, String action, String resource) {
    return PolicyDocument.parse(
        """
        {"Version": "2012-10-17", "Statement": [
          {"Effect": "%s", "Action": "%s", "Resource": "%s"}]}
        """
            .formatted(effect, action, resource));
  }

  private static PolicyEvaluator evaluator(PolicyDocument policy) {
    return new PolicyEvaluator(List.of(policy), List.of());
  }

  private static AccessRequest request(Principal principal, String action) {
    return AccessRequest.of(principal, action, "arn:aws:s3:::b/k");
  }

  private static boolean allowed(PolicyDocument policy, String action, String resource) {
    return evaluator(policy).decide(AccessRequest.of(ALICE, action, resource)).allowed();
  }
}
