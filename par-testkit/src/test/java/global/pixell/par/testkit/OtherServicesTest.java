package global.pixell.par.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.testkit.OtherServices.Answer;
import global.pixell.par.testkit.OtherServices.Call;
import java.net.URLEncoder;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How the neighbours of S3 are told apart, and what they answer. */
class OtherServicesTest {

  private static final Principal TASK =
      Principal.of("arn:aws:sts::123456789012:assumed-role/task/session");
  private static final PolicyEvaluator SHIPPED =
      new PolicyEvaluator(List.of(Policy.read(IamFolder.file("task-role-policy.json"))), List.of());

  @Test
  void a_request_signed_for_s3_is_left_to_s3_whatever_else_it_carries() {
    Call call =
        new Call(
            "GET",
            "/b/k",
            "Action=ListUsers&Version=2010-05-08",
            Map.of("authorization", List.of(signature("s3"))),
            "");

    assertThat(OtherServices.recognises(call)).isFalse();
    assertThat(OtherServices.recognises(new Call("GET", "/b/k", "", Map.of(), ""))).isFalse();
  }

  @Test
  void a_presigned_url_of_s3_is_left_to_s3() {
    Call call =
        new Call(
            "GET",
            "/b/k",
            "X-Amz-Credential=AKIA%2F20260101%2Fus-east-2%2Fs3%2Faws4_request",
            Map.of(),
            "");

    assertThat(OtherServices.recognises(call)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "ecs, AmazonEC2ContainerServiceV20141113.ListTasks, ecs:ListTasks",
    "servicediscovery, Route53AutoNaming_v20170314.ListServices, servicediscovery:ListServices",
    "secretsmanager, secretsmanager.ListSecrets, secretsmanager:ListSecrets"
  })
  void a_json_service_denies_in_json(String service, String target, String action) {
    Answer answer = answer(json(service, target, "1.1"), SHIPPED);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.headers()).containsEntry("Content-Type", "application/x-amz-json-1.1");
    assertThat(answer.body())
        .isEqualTo(
            "{\"__type\":\"AccessDeniedException\",\"message\":\"User: "
                + TASK.arn()
                + " is not authorized to perform: "
                + action
                + " on resource: arn:aws:"
                + service
                + ":us-east-2:123456789012:* because no identity-based policy allows the "
                + action
                + " action\"}");
  }

  @Test
  void dynamodb_answers_in_json_1_0_with_its_long_code() {
    Answer answer = answer(json("dynamodb", "DynamoDB_20120810.ListTables", "1.0"), SHIPPED);

    assertThat(answer.headers()).containsEntry("Content-Type", "application/x-amz-json-1.0");
    assertThat(answer.body())
        .startsWith("{\"__type\":\"com.amazon.coral.service#AccessDeniedException\"");
  }

  @ParameterizedTest
  @CsvSource({
    "iam, ListUsers, 2010-05-08, https://iam.amazonaws.com/doc/2010-05-08/",
    "rds, DescribeDBInstances, 2014-10-31, http://rds.amazonaws.com/doc/2014-10-31/",
    "elasticloadbalancing, DescribeLoadBalancers, 2015-12-01, http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
    "elasticloadbalancing, DescribeLoadBalancers, 2012-06-01, http://elasticloadbalancing.amazonaws.com/doc/2012-06-01/"
  })
  void a_query_service_denies_in_xml_of_its_own_namespace(
      String service, String action, String version, String namespace) {
    Answer answer = answer(query(service, action, version), SHIPPED);

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.headers()).containsEntry("Content-Type", "text/xml");
    assertThat(answer.body())
        .contains("<ErrorResponse xmlns=\"" + namespace + "\">")
        .contains("<Code>AccessDenied</Code>")
        .contains("is not authorized to perform: " + service + ":" + action)
        .contains("<RequestId>" + answer.headers().get("x-amzn-RequestId") + "</RequestId>");
  }

  @Test
  void ec2_has_a_shape_and_a_code_of_its_own() {
    Answer answer = answer(query("ec2", "DescribeInstances", "2016-11-15"), SHIPPED);

    assertThat(answer.body())
        .contains("<Response><Errors><Error><Code>UnauthorizedOperation</Code>")
        .contains("<RequestID>");
  }

  @Test
  void a_rest_service_denies_in_plain_json() {
    Answer answer =
        answer(
            new Call(
                "GET",
                "/2015-03-31/functions",
                "",
                Map.of("Authorization", List.of(signature("lambda"))),
                ""),
            SHIPPED);

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.headers()).containsEntry("x-amzn-ErrorType", "AccessDeniedException");
    assertThat(answer.body()).contains("perform: lambda:GET /2015-03-31/functions");
  }

  @Test
  void get_caller_identity_succeeds_even_where_everything_is_denied() {
    PolicyEvaluator denyAll =
        new PolicyEvaluator(
            List.of(
                Policy.parse(
                    """
                    {"Version": "2012-10-17", "Statement":
                      {"Effect": "Deny", "Action": "*", "Resource": "*"}}
                    """)),
            List.of());

    Answer answer = answer(query("sts", "GetCallerIdentity", "2011-06-15"), denyAll);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body())
        .contains("<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">")
        .contains("<Arn>" + TASK.arn() + "</Arn>")
        .contains("<Account>123456789012</Account>")
        .containsPattern("<UserId>AROA[0-9A-F]{16}:session</UserId>");
  }

  @Test
  void a_role_that_is_wide_enough_gets_an_empty_answer_in_the_protocol_of_the_service() {
    PolicyEvaluator all = new PolicyEvaluator(List.of(Policy.FULL_ACCESS), List.of());

    assertThat(
            answer(json("ecs", "AmazonEC2ContainerServiceV20141113.ListTasks", "1.1"), all).body())
        .isEqualTo("{}");
    assertThat(answer(query("iam", "ListUsers", "2010-05-08"), all).body())
        .contains("<ListUsersResult></ListUsersResult>");
  }

  @Test
  void a_grant_on_the_arns_of_a_service_counts_as_a_grant() {
    PolicyEvaluator listTasks =
        new PolicyEvaluator(
            List.of(
                Policy.parse(
                    """
                    {"Version": "2012-10-17", "Statement":
                      {"Effect": "Allow", "Action": "ecs:ListTasks",
                       "Resource": "arn:aws:ecs:us-east-2:123456789012:*"}}
                    """)),
            List.of());

    assertThat(
            answer(json("ecs", "AmazonEC2ContainerServiceV20141113.ListTasks", "1.1"), listTasks)
                .status())
        .isEqualTo(200);
  }

  @Test
  void a_caller_without_policies_is_denied() {
    assertThat(
            OtherServices.answer(
                    query("iam", "ListUsers", "2010-05-08"), TASK, null, Instant.EPOCH, "")
                .map(Answer::status))
        .contains(403);
  }

  @Test
  void
      a_request_without_a_signature_is_known_by_its_target_or_its_version_and_told_what_it_lacks() {
    Call form =
        new Call(
            "POST",
            "/",
            "",
            Map.of("Content-Type", List.of("application/x-www-form-urlencoded; charset=utf-8")),
            "Action=GetCallerIdentity&Version=2011-06-15");
    Call target =
        new Call(
            "POST", "/", "", Map.of("x-amz-target", List.of("DynamoDB_20120810.ListTables")), "{}");

    assertThat(anonymous(form))
        .hasValueSatisfying(
            answer ->
                assertThat(answer.body()).contains("<Code>MissingAuthenticationToken</Code>"));
    assertThat(anonymous(target)).isPresent();
  }

  @Test
  void what_comes_from_the_request_cannot_break_the_xml() {
    Answer answer = answer(query("iam", "<x>&\"", "2010-05-08\"><y>"), SHIPPED);

    assertThat(answer.body()).contains("iam:&lt;x&gt;&amp;&quot;").doesNotContain("<x>", "<y>");
  }

  private static Answer answer(Call call, PolicyEvaluator evaluator) {
    return OtherServices.answer(call, TASK, evaluator, Instant.EPOCH, "127.0.0.1").orElseThrow();
  }

  private static Optional<Answer> anonymous(Call call) {
    return OtherServices.answer(call, Principal.ANONYMOUS, null, Instant.EPOCH, "127.0.0.1");
  }

  private static Call json(String service, String target, String version) {
    return new Call(
        "POST",
        "/",
        "",
        Map.of(
            "Authorization",
            List.of(signature(service)),
            "X-Amz-Target",
            List.of(target),
            "Content-Type",
            List.of("application/x-amz-json-" + version)),
        "{}");
  }

  private static Call query(String service, String action, String version) {
    return new Call(
        "POST",
        "/",
        "",
        Map.of(
            "Authorization",
            List.of(signature(service)),
            "Content-Type",
            List.of("application/x-www-form-urlencoded; charset=utf-8")),
        "Action="
            + URLEncoder.encode(action, UTF_8)
            + "&Version="
            + URLEncoder.encode(version, UTF_8));
  }

  private static String signature(String service) {
    return "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-2/"
        + service
        + "/aws4_request, SignedHeaders=host;x-amz-date, Signature=0";
  }
}
