package global.pixell.par.testkit.internal.iam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.testkit.testing.IamFolder;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which documents the fake can enforce, and how it refuses the others. */
class PolicyDocumentTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "task-role-policy.json",
        "task-role-policy-per-agent.json",
        "task-role-trust-policy.json",
        "execution-role-trust-policy.json",
        "execution-role-efs-policy.json"
      })
  void every_shipped_document_is_understood(String file) {
    PolicyDocument policy = PolicyDocument.read(IamFolder.file(file));

    assertThat(policy.name()).isEqualTo(file);
    assertThat(policy.statements()).isNotEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{'Effect':'Allow','Action':'s3:Get*','Resource':'*','Condtion':{}} | $.Statement[0].Condtion | did you mean 'Condition'?",
        "{'Effect':'allow','Action':'s3:Get*','Resource':'*'} | $.Statement[0].Effect | must be 'Allow' or 'Deny'",
        "{'Action':'s3:Get*','Resource':'*'} | $.Statement[0].Effect | must be 'Allow' or 'Deny'",
        "{'Effect':'Allow','Resource':'*'} | $.Statement[0] | has neither Action nor NotAction",
        "{'Effect':'Allow','Action':'*','NotAction':'*','Resource':'*'} | $.Statement[0] | has both Action and NotAction",
        "{'Effect':'Allow','Action':'s3:Get*'} | $.Statement[0] | has neither Resource nor NotResource",
        "{'Effect':'Allow','Action':'GetObject','Resource':'*'} | $.Statement[0].Action | is not an action",
        "{'Effect':'Allow','Action':'s3:${aws:username}','Resource':'*'} | $.Statement[0].Action | is not an action",
        "{'Effect':'Allow','Action':[],'Resource':'*'} | $.Statement[0].Action | is an empty list",
        "{'Effect':'Allow','Action':null,'Resource':'*'} | $.Statement[0].Action | must be text or a list of texts",
        "{'Effect':'Allow','Action':'*','Resource':'my-bucket/*'} | $.Statement[0].Resource | is neither '*' nor an ARN",
        "{'Effect':'Allow','Action':'*','Resource':'arn:aws:s3::bucket'} | $.Statement[0].Resource | is neither '*' nor an ARN",
        "{'Effect':'Allow','Action':'*','Resource':'arn:aws:s3:::b/${aws:username'} | $.Statement[0].Resource | has no closing }",
        "{'Effect':'Allow','Action':'*','Resource':'arn:aws:s3:::b/${aws:usernam}'} | $.Statement[0].Resource | did you mean 'aws:username'?",
        "{'Effect':'Allow','Action':'*','Resource':'arn:aws:s3:::b/${aws:username, x}'} | $.Statement[0].Resource | must be in single quotes",
        "{'Effect':'Allow','Action':'*','Resource':'*','Condition':{'StringLikes':{'s3:prefix':'a'}}} | $.Statement[0].Condition.StringLikes | did you mean 'StringLike'?",
        "{'Effect':'Allow','Action':'*','Resource':'*','Condition':{'stringlike':{'s3:prefix':'a'}}} | $.Statement[0].Condition.stringlike | did you mean 'StringLike'?",
        "{'Effect':'Allow','Action':'*','Resource':'*','Condition':{'ForSomeValues:StringLike':{'s3:prefix':'a'}}} | $.Statement[0].Condition['ForSomeValues:StringLike'] | is not a condition operator",
        "{'Effect':'Allow','Action':'*','Resource':'*','Condition':{'NullIfExists':{'s3:prefix':'true'}}} | $.Statement[0].Condition.NullIfExists | does not exist",
        "{'Effect':'Allow','Action':'*','Resource':'*','Condition':{'StringLike':{'s3:prefx':'a'}}} | $.Statement[0].Condition.StringLike['s3:prefx'] | did you mean 's3:prefix'?",
        "{'Effect':'Allow','Action':'*','Resource':'*','Condition':{'StringLike':{'prefix':'a'}}} | $.Statement[0].Condition.StringLike.prefix | is not a condition key",
        "{'Effect':'Allow','Action':'*','Resource':'*','Condition':{'StringLike':{}}} | $.Statement[0].Condition.StringLike | must be an object of condition keys",
        "{'Effect':'Allow','Action':'*','Resource':'*','Condition':{'NumericEquals':{'s3:max-keys':'ten'}}} | $.Statement[0].Condition.NumericEquals['s3:max-keys'] | is not a number",
        "{'Effect':'Allow','Action':'*','Resource':'*','Condition':{'Bool':{'aws:SecureTransport':'yes'}}} | $.Statement[0].Condition.Bool['aws:SecureTransport'] | is not true or false",
        "{'Effect':'Allow','Action':'*','Resource':'*','Condition':{'DateLessThan':{'aws:CurrentTime':'soon'}}} | $.Statement[0].Condition.DateLessThan['aws:CurrentTime'] | is not a date",
        "{'Effect':'Allow','Action':'*','Resource':'*','Condition':{'IpAddress':{'aws:SourceIp':'10.0.0.0/33'}}} | $.Statement[0].Condition.IpAddress['aws:SourceIp'] | is not an IP address",
        "{'Effect':'Allow','Action':'*','Resource':'*','Condition':{'IpAddress':{'aws:SourceIp':'localhost'}}} | $.Statement[0].Condition.IpAddress['aws:SourceIp'] | is not an IP address",
        "{'Effect':'Allow','Action':'*','Resource':'*','Condition':{'BinaryEquals':{'aws:userid':'%%'}}} | $.Statement[0].Condition.BinaryEquals['aws:userid'] | is not Base64",
        "{'Effect':'Allow','Action':'*','Resource':'*','Condition':{'ArnLike':{'aws:SourceArn':'me'}}} | $.Statement[0].Condition.ArnLike['aws:SourceArn'] | is not an ARN",
        "{'Effect':'Allow','Principal':{'Aws':'*'},'Action':'*','Resource':'*'} | $.Statement[0].Principal.Aws | did you mean 'AWS'?",
        "{'Effect':'Allow','Principal':'me','Action':'*','Resource':'*'} | $.Statement[0].Principal | must be an object",
        "{'Effect':'Deny','Principal':{'AWS':'arn:aws:iam::123456789012:user/*'},'Action':'*','Resource':'*'} | $.Statement[0].Principal.AWS | has a wildcard",
        "{'Effect':'Deny','Principal':{'AWS':'bob'},'Action':'*','Resource':'*'} | $.Statement[0].Principal.AWS | is not a principal",
        "{'Effect':'Allow','NotPrincipal':{'AWS':'*'},'Action':'*','Resource':'*'} | $.Statement[0].NotPrincipal | is used with Allow"
      })
  void a_construct_that_cannot_be_enforced_is_refused_with_its_path(
      String statement, String path, String rule) {
    String json = "{'Version':'2012-10-17','Statement':[" + statement + "]}";

    ParException refused =
        catchThrowableOfType(
            ParException.class, () -> PolicyDocument.parse(json.replace('\'', '"')));

    assertThat(refused.kind()).isEqualTo(Kind.CONFIG);
    assertThat(refused.problems())
        .singleElement()
        .satisfies(
            problem -> {
              assertThat(problem.where().replace("'", "")).isEqualTo(path.replace("'", ""));
              assertThat(problem.message()).contains(rule.replace('\'', '"'));
            });
  }

  @Test
  void all_faults_are_reported_at_once() {
    assertThatThrownBy(
            () ->
                PolicyDocument.parse(
                    """
                    {"Version": "2012-10-17", "Statements": [], "Statement": [
                      {"Effect": "Allow", "Action": "s3", "Resource": "*"},
                      {"Effect": "Permit", "Action": "s3:*", "Resource": "x"}]}
                    """))
        .isInstanceOfSatisfying(
            ParException.class,
            refused ->
                assertThat(refused.problems())
                    .extracting(ParException.Problem::where)
                    .containsExactly(
                        "$.Statements",
                        "$.Statement[0].Action",
                        "$.Statement[1].Effect",
                        "$.Statement[1].Resource"))
        .hasMessageContaining("policy has 4 faults")
        .hasMessageContaining("did you mean \"Statement\"?");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"[]", "\"Allow\"", "null", "{\"Version\":\"2012-10-17\"}", "{\"Statement\":[]}"})
  void a_document_without_a_statement_is_refused(String json) {
    assertThatThrownBy(() -> PolicyDocument.parse(json))
        .isInstanceOf(ParException.class)
        .hasMessageStartingWith("policy has a fault: $");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "{\"Statement\":[]} more",
        "{\"Version\":\"2012-10-17\",\"Version\":\"2012-10-17\"}",
        "# yaml: no"
      })
  void what_is_not_one_json_object_without_duplicates_is_refused(String json) {
    assertThatThrownBy(() -> PolicyDocument.parse(json)).isInstanceOf(ParException.class);
  }

  @Test
  void a_syntax_error_names_its_line() {
    assertThatThrownBy(() -> PolicyDocument.parse("{\n  \"Version\": 2012-10-17\n}"))
        .isInstanceOf(ParException.class)
        .hasMessageContaining("policy is not valid JSON")
        .hasMessageContaining("line 2");
  }

  @Test
  void a_version_that_iam_does_not_have_is_refused() {
    assertThatThrownBy(
            () ->
                PolicyDocument.parse(
                    """
                    {"Version": "2020-01-01",
                     "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
                    """))
        .isInstanceOf(ParException.class)
        .hasMessageContaining("$.Version: is \"2020-01-01\"; write \"2012-10-17\"");
  }

  @Test
  void a_sid_stands_once() {
    assertThatThrownBy(
            () ->
                PolicyDocument.parse(
                    """
                    {"Version": "2012-10-17", "Statement": [
                      {"Sid": "A", "Effect": "Allow", "Action": "*", "Resource": "*"},
                      {"Sid": "A", "Effect": "Deny", "Action": "*", "Resource": "*"}]}
                    """))
        .isInstanceOf(ParException.class)
        .hasMessageContaining("$.Statement[1].Sid: \"A\" is the Sid of two statements");
  }

  @Test
  void a_statement_may_stand_without_a_list_and_numbers_and_truth_values_without_quotes() {
    PolicyDocument policy =
        PolicyDocument.parse(
            """
            {"Version": "2012-10-17", "Id": "x", "Statement":
              {"Effect": "Allow", "Action": ["s3:Get*", "*:*"], "Resource": ["arn:aws:s3:::*"],
               "Condition": {"Bool": {"aws:SecureTransport": true},
                             "NumericLessThan": {"s3:max-keys": 10}}}}
            """);

    assertThat(policy.statements())
        .singleElement()
        .satisfies(statement -> assertThat(statement.label()).isEqualTo("policy: Statement[0]"));
  }

  @Test
  void a_file_that_is_not_there_is_named() {
    assertThatThrownBy(() -> PolicyDocument.read(Path.of("no-such-folder", "policy.json")))
        .isInstanceOf(ParException.class)
        .hasMessageContaining("no-such-folder")
        .hasMessageContaining("cannot be read");
  }

  @Test
  void a_principal_in_an_identity_policy_is_refused() {
    PolicyDocument trust = PolicyDocument.read(IamFolder.file("task-role-trust-policy.json"));

    assertThatThrownBy(() -> new PolicyEvaluator(List.of(trust), List.of()))
        .isInstanceOf(ParException.class)
        .hasMessageContaining("is in an identity policy, so it cannot have a Principal");
  }

  @Test
  void a_bucket_policy_without_principal_or_resource_is_refused() {
    PolicyDocument identity = PolicyDocument.read(IamFolder.file("task-role-policy.json"));

    assertThatThrownBy(() -> new PolicyEvaluator(List.of(), List.of(identity)))
        .isInstanceOf(ParException.class)
        .hasMessageContaining("needs a Principal and a Resource");
  }
}
