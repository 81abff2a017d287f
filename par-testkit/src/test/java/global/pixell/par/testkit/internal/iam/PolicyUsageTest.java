package global.pixell.par.testkit.internal.iam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import global.pixell.par.testkit.testing.IamFolder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Used equals granted: when the check succeeds, and its message when it fails. */
class PolicyUsageTest {

  private static final Principal TASK =
      Principal.of("arn:aws:sts::123456789012:assumed-role/task/session");
  private static final PolicyDocument SHIPPED =
      PolicyDocument.read(IamFolder.file("task-role-policy.json"));

  private static final AccessRequest GET =
      AccessRequest.of(
          TASK, "s3:GetObject", "arn:aws:s3:::pixell-agent-packages/acme/greeter/1.2.0/g.apkg");
  private static final AccessRequest LIST =
      AccessRequest.of(TASK, "s3:ListBucket", "arn:aws:s3:::pixell-agent-packages")
          .with("s3:prefix", "acme/greeter/");

  @Test
  void the_proof_holds_when_every_grant_was_used_and_every_use_was_granted() {
    PolicyUsage proof = PolicyUsage.of(List.of(LIST, GET, GET), SHIPPED);

    assertThat(proof.holds()).isTrue();
    assertThat(proof.message()).isEmpty();
    assertThatCode(proof::check).doesNotThrowAnyException();
  }

  @Test
  void a_failed_proof_names_the_unused_and_the_missing() {
    AccessRequest put =
        AccessRequest.of(TASK, "s3:PutObject", "arn:aws:s3:::pixell-agent-packages/k");

    assertThatThrownBy(() -> PolicyUsage.of(List.of(GET, put, put), SHIPPED).check())
        .isInstanceOf(AssertionError.class)
        .hasMessage(
            """
            The permissions used are not those that task-role-policy.json grants.
            Granted, never used (remove it from the policy, or use it):
              - s3:ListBucket on arn:aws:s3:::pixell-agent-packages (task-role-policy.json: AllowS3ListBucket)
            Used, not granted (fails under this policy):
              - s3:PutObject on arn:aws:s3:::pixell-agent-packages/k""");
  }

  @Test
  void a_use_that_the_conditions_refuse_is_missing_and_uses_no_grant() {
    AccessRequest withoutPrefix =
        AccessRequest.of(TASK, "s3:ListBucket", "arn:aws:s3:::pixell-agent-packages")
            .with("s3:max-keys", "1");

    PolicyUsage proof = PolicyUsage.of(List.of(GET, withoutPrefix), SHIPPED);

    assertThat(proof.unused()).singleElement().asString().startsWith("s3:ListBucket on");
    assertThat(proof.missing())
        .containsExactly(
            "s3:ListBucket on arn:aws:s3:::pixell-agent-packages with {s3:max-keys=[1]}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "s3:* | arn:aws:s3:::pixell-agent-packages/* | of which only s3:GetObject was used",
        "s3:Get* | arn:aws:s3:::pixell-agent-packages/* | of which only s3:GetObject was used",
        "s3:GetObject | * | of which only arn:aws:s3:::pixell-agent-packages/acme",
        "s3:GetObject | arn:aws:s3:::* | of which only arn:aws:s3:::pixell-agent-packages/acme",
        "s3:GetObject | arn:aws:s3:::pixell-*/* | of which only",
        "ecs:ListTasks | * | ecs:ListTasks on * (policy: Statement[0])"
      })
  void a_grant_that_is_wider_than_any_use_is_named(String action, String resource, String named) {
    PolicyUsage proof = PolicyUsage.of(List.of(GET), allow("Action", action, "Resource", resource));

    assertThat(proof.unused()).singleElement().asString().contains(named);
  }

  @Test
  void a_grant_of_all_but_something_is_always_too_wide() {
    PolicyUsage proof =
        PolicyUsage.of(List.of(GET), allow("NotAction", "iam:*", "Resource", "arn:aws:s3:::b/*"));

    assertThat(proof.unused()).singleElement().asString().contains("NotAction or NotResource");
  }

  @Test
  void a_star_is_right_for_an_action_that_knows_no_other_resource() {
    AccessRequest buckets = AccessRequest.of(TASK, "s3:ListAllMyBuckets", "*");

    assertThat(
            PolicyUsage.of(
                    List.of(buckets), allow("Action", "s3:ListAllMyBuckets", "Resource", "*"))
                .holds())
        .isTrue();
  }

  @Test
  void a_use_that_is_denied_says_by_what() {
    PolicyDocument policy =
        PolicyDocument.parse(
            """
            {"Version": "2012-10-17", "Statement": [
              {"Sid": "No", "Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}]}
            """);

    assertThat(PolicyUsage.of(List.of(GET), policy).missing())
        .singleElement()
        .asString()
        .endsWith("denied by policy: No");
  }

  private static PolicyDocument allow(
      String actionElement, String action, String resourceElement, String resource) {
    return PolicyDocument.parse(
        """
        {"Version": "2012-10-17", "Statement": [
          {"Effect": "Allow", "%s": "%s", "%s": "%s"}]}
        """
            .formatted(actionElement, action, resourceElement, resource));
  }
}
