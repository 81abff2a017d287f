package global.pixell.par.testkit.control;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.internal.text.Json;
import global.pixell.par.testkit.control.ControlClient.Reply;
import global.pixell.par.testkit.testing.Wire;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Policies over the control API: why an access was denied, and the statement that would allow it.
 */
class ControlPolicyTest extends ControlTestCase {

  private static final String POLICY =
      """
      {"Version": "2012-10-17", "Statement": [
        {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"},
        {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::b/secret"}]}
      """;

  @BeforeAll
  static void createBucket() {
    s3.createBucket("b");
    s3.markBaseline();
  }

  @AfterEach
  void reset() {
    control.post("reset", "");
    control.delete("policy");
  }

  @Test
  void a_policy_is_set_shown_and_removed() throws IOException {
    assertThat(control.get("policy").json()).containsEntry("policy", null);

    Reply set = control.put("policy", POLICY);

    assertThat(set.object("policy")).isEqualTo(Json.read(POLICY));
    assertThat(control.get("policy").object("policy")).isEqualTo(Json.read(POLICY));
    assertThat(Wire.to(s3).get("/b").status()).isEqualTo(403);
    control.delete("policy");
    assertThat(Wire.to(s3).get("/b").status()).isEqualTo(200);
  }

  @Test
  void a_policy_that_cannot_be_enforced_changes_nothing() {
    control.put("policy", POLICY);

    Reply refused = control.put("policy", POLICY.replace("Effect", "Efect"));

    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.text("error")).contains("did you mean \"Effect\"?");
    assertThat(control.get("policy").json().get("policy")).isNotNull();
  }

  @Test
  void a_verdict_names_the_statement_that_decided() throws IOException {
    control.put("policy", POLICY);
    s3.put("b", "key", new byte[] {1});
    Wire.to(s3).get("/b/key");
    Wire.to(s3).get("/b/secret");

    List<Map<?, ?>> requests = control.get("requests").list("requests");

    Map<?, ?> allowed = onlyAccess(requests.get(0));
    assertThat(allowed.get("allowed")).isEqualTo(true);
    assertThat(statement(allowed).get("sid")).isEqualTo("Read");
    assertThat(allowed.get("would_allow")).isNull();
    Map<?, ?> denied = onlyAccess(requests.get(1));
    assertThat(denied.get("explicit")).isEqualTo(true);
    assertThat(statement(denied).get("index")).isEqualTo(1L);
    assertThat(ControlClient.object(statement(denied), "json").get("Effect")).isEqualTo("Deny");
    assertThat(denied.get("would_allow")).as("no statement overrides a deny").isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/c/key",
        "/c?list-type=2&prefix=acme/",
        "/c?list-type=2",
        "/c/odd*%3F%24%7Bkey%7D",
        "/"
      })
  void the_suggested_statement_allows_the_denied_access_and_no_other(String target)
      throws IOException {
    s3.createBucket("c");
    control.put("policy", POLICY);
    assertThat(Wire.to(s3).get(target).status()).isEqualTo(403);
    Map<?, ?> access = onlyAccess(control.get("requests").list("requests").get(0));

    Map<?, ?> grant = ControlClient.object(access, "would_allow");
    assertThat(grant.get("attach_to")).isEqualTo("identity");
    control.put("policy", policyOf(grant));

    Wire.to(s3).get(target);
    Map<?, ?> again = onlyAccess(control.get("requests").list("requests").get(1));
    assertThat(again.get("allowed")).isEqualTo(true);
    assertThat(Wire.to(s3).get("/c/other").status()).isEqualTo(403);
    assertThat(Wire.to(s3).get("/c?list-type=2&prefix=other/").status())
        .isEqualTo(target.equals("/c?list-type=2") ? 200 : 403);
  }

  @Test
  void an_unsigned_request_needs_a_statement_in_the_policy_of_the_bucket() throws IOException {
    s3.put("public", "key", new byte[] {1});
    Wire.to(s3).unsigned().get("/public/key");

    Map<?, ?> access = onlyAccess(control.get("requests").list("requests").get(0));
    Map<?, ?> grant = ControlClient.object(access, "would_allow");
    assertThat(grant.get("attach_to")).isEqualTo("bucket");
    s3.bucketPolicy("public", policyOf(grant));

    assertThat(Wire.to(s3).unsigned().get("/public/key").status()).isEqualTo(200);
  }

  @Test
  void a_missing_key_that_answers_403_says_that_the_permission_to_list_hides_it()
      throws IOException {
    control.put("policy", POLICY);
    assertThat(Wire.to(s3).get("/b/missing").status()).isEqualTo(403);

    Map<?, ?> request = control.get("requests?denied=true").list("requests").get(0);
    List<Map<?, ?>> accesses = ControlClient.list(request, "accesses");
    Map<?, ?> list = accesses.get(1);

    assertThat(accesses).hasSize(2);
    assertThat(list.get("action")).isEqualTo("s3:ListBucket");
    assertThat(list.get("missing_key")).isEqualTo(true);
    assertThat(s3.requests().get(0).accesses()).as("the permissions it needed").hasSize(1);
  }

  @Test
  void grants_compares_the_policy_with_the_requests() throws IOException {
    assertThat(control.get("grants").json()).containsEntry("policy", null);
    control.put("policy", POLICY);

    assertThat(control.get("grants").json().get("unused"))
        .isEqualTo(List.of("s3:GetObject on arn:aws:s3:::b/* (policy: Read)"));
    s3.put("b", "key", new byte[] {1});
    Wire.to(s3).get("/b/key");
    assertThat(control.get("grants").json()).containsEntry("exact", true);
    Wire.to(s3).get("/b");
    assertThat(control.get("grants").json()).containsEntry("exact", false);
    assertThat(String.valueOf(control.get("grants").json().get("missing")))
        .contains("s3:ListBucket on arn:aws:s3:::b");
  }

  private static Map<?, ?> onlyAccess(Map<?, ?> request) {
    return ControlClient.list(request, "accesses").get(0);
  }

  private static Map<?, ?> statement(Map<?, ?> access) {
    return ControlClient.list(access, "statements").get(0);
  }

  /** A policy of the statement that the answer suggests. */
  private static String policyOf(Map<?, ?> grant) {
    return Json.write(
        Map.of(
            "Version",
            "2012-10-17",
            "Statement",
            List.of(ControlClient.object(grant, "statement"))));
  }
}
