package global.pixell.par.testkit.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Policy;
import global.pixell.par.testkit.operations.Commands.Ran;
import global.pixell.par.testkit.testing.IamFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the real AWS CLI makes of the fake's answers for services other than S3, in each of their
 * protocols. Skipped where the CLI is not installed.
 */
class AwsCliTest {

  private final FakeS3 s3 = FakeS3.start();
  private Commands commands;

  @BeforeEach
  void prepare(@TempDir Path temporary) throws Exception {
    commands = new Commands(temporary);
    s3.defaultIdentity().policy(IamFolder.file("task-role-policy.json"));
    assumeTrue(commands.onPath("aws"), "the AWS CLI is not installed");
  }

  @AfterEach
  void stop() {
    s3.close();
  }

  @ParameterizedTest
  @CsvSource({
    "ecs list-tasks, AccessDeniedException, ecs:ListTasks",
    "elbv2 describe-load-balancers, AccessDenied, elasticloadbalancing:DescribeLoadBalancers",
    "elb describe-load-balancers, AccessDenied, elasticloadbalancing:DescribeLoadBalancers",
    "servicediscovery list-services, AccessDeniedException, servicediscovery:ListServices",
    "dynamodb list-tables, AccessDeniedException, dynamodb:ListTables",
    "rds describe-db-instances, AccessDenied, rds:DescribeDBInstances",
    "iam list-users, AccessDenied, iam:ListUsers",
    "ec2 describe-instances, UnauthorizedOperation, ec2:DescribeInstances",
    "logs describe-log-groups, AccessDeniedException, logs:DescribeLogGroups"
  })
  void the_cli_understands_the_denial_of_a_service(String command, String code, String action)
      throws Exception {
    Ran ran = aws(command.split(" ", -1));

    assertThat(ran.exit()).isNotZero();
    assertThat(ran.err())
        .contains("An error occurred (" + code + ") when calling the")
        .contains(
            "User: " + s3.defaultIdentity().arn() + " is not authorized to perform: " + action)
        .contains("because no identity-based policy allows the " + action + " action");
    assertThat(s3.requests())
        .singleElement()
        .satisfies(
            request ->
                assertThat(request.accesses())
                    .singleElement()
                    .satisfies(access -> assertThat(access.action()).isEqualTo(action)));
  }

  @ParameterizedTest
  @CsvSource({
    "ecs list-tasks",
    "elbv2 describe-load-balancers",
    "servicediscovery list-services",
    "dynamodb list-tables",
    "rds describe-db-instances",
    "iam list-users"
  })
  void the_cli_understands_the_empty_answer_of_a_service_that_is_allowed(String command)
      throws Exception {
    s3.defaultIdentity().policy(Policy.fullAccess());

    Ran ran = aws(command.split(" ", -1));

    assertThat(ran.err()).isEmpty();
    ran.hasEnded(0);
  }

  @ParameterizedTest
  @CsvSource({
    "sts get-caller-identity, SignatureDoesNotMatch",
    "ecs list-tasks, InvalidSignatureException",
    "s3api list-buckets, SignatureDoesNotMatch"
  })
  void a_wrong_secret_is_refused_in_every_protocol(String command, String code) throws Exception {
    Ran ran = aws(Map.of("AWS_SECRET_ACCESS_KEY", "another"), command.split(" ", -1));

    assertThat(ran.err()).contains("An error occurred (" + code + ")");
  }

  @Test
  void the_cli_learns_who_it_is() throws Exception {
    Ran ran = aws("sts", "get-caller-identity", "--query", "[Arn,Account]", "--output", "text");

    assertThat(ran.out().strip()).isEqualTo(s3.defaultIdentity().arn() + "\t123456789012");
  }

  private Ran aws(String... arguments) throws Exception {
    return aws(Map.of(), arguments);
  }

  private Ran aws(Map<String, String> other, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("aws"));
    command.addAll(List.of(arguments));
    command.addAll(List.of("--endpoint-url", s3.endpoint().toString()));
    return commands.with(s3.environment()).with(other).run(command);
  }
}
