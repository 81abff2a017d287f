package global.pixell.par.testkit.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Policy;
import global.pixell.par.testkit.RecordedRequest;
import global.pixell.par.testkit.testing.IamFolder;
import global.pixell.par.testkit.testing.RawHttp;
import global.pixell.par.testkit.testing.Wire;
import global.pixell.par.testkit.testing.Wire.Reply;
import java.io.IOException;
import java.net.URLEncoder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the fake recognizes services other than S3, and its answers for them. */
@Timeout(60)
class OtherServicesTest {

  private static final String FORM = "application/x-www-form-urlencoded; charset=utf-8";

  private final FakeS3 s3 = FakeS3.start();
  private final Wire wire = Wire.to(s3);

  OtherServicesTest() {
    s3.defaultIdentity().policy(IamFolder.file("task-role-policy.json"));
  }

  @AfterEach
  void close() {
    s3.close();
  }

  @Test
  void a_request_signed_for_s3_is_left_to_s3_whatever_else_it_carries() throws Exception {
    wire.get("/b/k?Action=ListUsers&Version=2010-05-08");
    RawHttp.get(s3, "/b/k?X-Amz-Credential=AKIA%2F20260101%2Fus-east-2%2Fs3%2Faws4_request");
    RawHttp.get(s3, "/b/k");

    assertThat(s3.requests()).extracting(RecordedRequest::operation).containsOnly("GetObject");
  }

  @ParameterizedTest
  @CsvSource({
    "ecs, AmazonEC2ContainerServiceV20141113.ListTasks, ecs:ListTasks",
    "servicediscovery, Route53AutoNaming_v20170314.ListServices, servicediscovery:ListServices",
    "secretsmanager, secretsmanager.ListSecrets, secretsmanager:ListSecrets"
  })
  void a_json_service_denies_in_json(String service, String target, String action)
      throws Exception {
    Reply answer = json(service, target, "1.1");

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.header("Content-Type")).isEqualTo("application/x-amz-json-1.1");
    assertThat(answer.body())
        .isEqualTo(
            "{\"__type\":\"AccessDeniedException\",\"message\":\"User: "
                + s3.defaultIdentity().arn()
                + " is not authorized to perform: "
                + action
                + " on resource: arn:aws:"
                + service
                + ":us-east-2:123456789012:* because no identity-based policy allows the "
                + action
                + " action\"}");
  }

  @Test
  void dynamodb_answers_in_json_1_0_with_its_long_code() throws Exception {
    Reply answer = json("dynamodb", "DynamoDB_20120810.ListTables", "1.0");

    assertThat(answer.header("Content-Type")).isEqualTo("application/x-amz-json-1.0");
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
      String service, String action, String version, String namespace) throws Exception {
    Reply answer = query(service, action, version);

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.header("Content-Type")).isEqualTo("text/xml");
    assertThat(answer.body())
        .contains("<ErrorResponse xmlns=\"" + namespace + "\">")
        .contains("<Code>AccessDenied</Code>")
        .contains("is not authorized to perform: " + service + ":" + action)
        .contains("<RequestId>" + answer.header("x-amzn-RequestId") + "</RequestId>");
  }

  @Test
  void ec2_has_a_shape_and_a_code_of_its_own() throws Exception {
    assertThat(query("ec2", "DescribeInstances", "2016-11-15").body())
        .contains("<Response><Errors><Error><Code>UnauthorizedOperation</Code>")
        .contains("<RequestID>");
  }

  @Test
  void a_rest_service_denies_in_plain_json() throws Exception {
    Reply answer = wire.forService("lambda").get("/2015-03-31/functions");

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.header("x-amzn-ErrorType")).isEqualTo("AccessDeniedException");
    assertThat(answer.body()).contains("perform: lambda:GET /2015-03-31/functions");
  }

  @Test
  void get_caller_identity_succeeds_even_where_everything_is_denied() throws Exception {
    only("\"Effect\": \"Deny\", \"Action\": \"*\", \"Resource\": \"*\"");

    Reply answer = query("sts", "GetCallerIdentity", "2011-06-15");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body())
        .contains("<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">")
        .contains("<Arn>" + s3.defaultIdentity().arn() + "</Arn>")
        .contains("<Account>123456789012</Account>")
        .containsPattern("<UserId>AROA[0-9A-F]{16}:par-testkit</UserId>");
  }

  @Test
  void a_role_that_is_wide_enough_gets_an_empty_answer_in_the_protocol_of_the_service()
      throws Exception {
    s3.defaultIdentity().policy(Policy.fullAccess());

    assertThat(listTasks().body()).isEqualTo("{}");
    assertThat(query("iam", "ListUsers", "2010-05-08").body())
        .contains("<ListUsersResult></ListUsersResult>");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"Resource\": \"arn:aws:ecs:us-east-2:123456789012:*\"",
        "\"Resource\": \"arn:aws:ecs:us-east-2:123456789012:task/one/*\"",
        "\"Resource\": \"*\", \"Condition\": {\"StringEquals\": {\"aws:RequestedRegion\": \"us-east-2\"}}",
        "\"Resource\": \"*\", \"Condition\": {\"Bool\": {\"aws:SecureTransport\": \"false\"}}",
        "\"Resource\": \"*\", \"Condition\": {\"StringEquals\": {\"ecs:cluster\": \"one\"}}",
        "\"Resource\": \"*\", \"Condition\": {\"StringEquals\": {\"aws:ResourceTag/a\": \"b\"}}"
      })
  void a_grant_on_whatever_resource_shows_as_a_grant(String on) throws Exception {
    only("\"Effect\": \"Allow\", \"Action\": \"ecs:*\", " + on);

    assertThat(listTasks().status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"Action\": \"ecs:DescribeTasks\", \"Resource\": \"*\"",
        "\"Action\": \"ecs:*\", \"Resource\": \"*\","
            + " \"Condition\": {\"StringEquals\": {\"aws:RequestedRegion\": \"eu-west-1\"}}"
      })
  void a_grant_of_something_else_does_not(String statement) throws Exception {
    only("\"Effect\": \"Allow\", " + statement);

    assertThat(listTasks().status()).isEqualTo(400);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"Resource\": \"*\" | 400",
        "\"Resource\": \"arn:aws:ecs:us-east-2:123456789012:task/one/*\" | 200",
        "\"Resource\": \"*\", \"Condition\": {\"StringEquals\": {\"ecs:cluster\": \"one\"}} | 200",
        "\"Resource\": \"*\", \"Condition\": {\"StringNotEquals\": {\"ecs:cluster\": \"one\"}} | 200"
      })
  void only_a_denial_of_everything_hides_a_grant(String on, int status) throws Exception {
    only(
        "\"Effect\": \"Allow\", \"Action\": \"ecs:*\", \"Resource\": \"*\"}, {\"Effect\": \"Deny\","
            + " \"Action\": \"ecs:*\", "
            + on);

    assertThat(listTasks().status()).isEqualTo(status);
  }

  @Test
  void a_request_without_a_signature_is_known_by_its_target_or_version_and_told_what_it_lacks()
      throws Exception {
    Reply form =
        wire.unsigned()
            .post("/", "Action=GetCallerIdentity&Version=2011-06-15", "Content-Type", FORM);
    Reply target = wire.unsigned().post("/", "{}", "x-amz-target", "DynamoDB_20120810.ListTables");

    assertThat(form.body()).contains("<Code>MissingAuthenticationToken</Code>");
    assertThat(target.body()).contains("MissingAuthenticationToken");
  }

  @Test
  void what_comes_from_the_request_cannot_break_the_xml() throws Exception {
    assertThat(query("iam", "<x>&\"", "2010-05-08\"><y>").body())
        .contains("iam:&lt;x&gt;&amp;&quot;")
        .doesNotContain("<x>", "<y>");
  }

  private void only(String statement) {
    s3.defaultIdentity()
        .policy(
            Policy.parse("{\"Version\": \"2012-10-17\", \"Statement\": [{" + statement + "}]}"));
  }

  private Reply listTasks() throws IOException {
    return json("ecs", "AmazonEC2ContainerServiceV20141113.ListTasks", "1.1");
  }

  private Reply json(String service, String target, String version) throws IOException {
    return wire.forService(service)
        .post(
            "/", "{}", "X-Amz-Target", target, "Content-Type", "application/x-amz-json-" + version);
  }

  private Reply query(String service, String action, String version) throws IOException {
    String form =
        "Action="
            + URLEncoder.encode(action, UTF_8)
            + "&Version="
            + URLEncoder.encode(version, UTF_8);
    return wire.forService(service).post("/", form, "Content-Type", FORM);
  }
}
