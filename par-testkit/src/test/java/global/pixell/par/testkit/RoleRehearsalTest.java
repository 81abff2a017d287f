package global.pixell.par.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import global.pixell.par.testkit.OtherServices.Answer;
import global.pixell.par.testkit.OtherServices.Call;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the real AWS CLI makes of the answers, and the operator's verification against roles that
 * are right and roles that are too wide. Skipped where the CLI is not installed.
 */
class RoleRehearsalTest {

  private static final Principal TASK =
      Principal.of(
          "arn:aws:sts::123456789012:assumed-role/pixell-agent-runtime-task-role/rehearsal");

  private HttpServer server;
  private ExecutorService threads;
  private Path folder;
  private PolicyEvaluator role =
      new PolicyEvaluator(List.of(Policy.read(IamFolder.file("task-role-policy.json"))), List.of());

  private record Ran(int exit, String out, String err) {}

  @BeforeEach
  void start(@TempDir Path temporary) throws Exception {
    folder = temporary;
    threads = Executors.newFixedThreadPool(2);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
    assumeTrue(run("sh", "-c", "command -v aws").exit() == 0, "the AWS CLI is not installed");
  }

  @AfterEach
  void stop() {
    server.stop(0);
    threads.shutdownNow();
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
        .contains("User: " + TASK.arn() + " is not authorized to perform: " + action)
        .contains("because no identity-based policy allows the " + action + " action");
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
    role = new PolicyEvaluator(List.of(Policy.FULL_ACCESS), List.of());

    Ran ran = aws(command.split(" ", -1));

    assertThat(ran.err()).isEmpty();
    assertThat(ran.exit()).isZero();
  }

  @Test
  void the_cli_learns_who_it_is() throws Exception {
    Ran ran = aws("sts", "get-caller-identity", "--query", "[Arn,Account]", "--output", "text");

    assertThat(ran.out().strip()).isEqualTo(TASK.arn() + "\t123456789012");
  }

  @Test
  void the_verification_is_green_under_the_shipped_role_and_needs_no_package_for_it()
      throws Exception {
    Ran ran = verify();

    assertThat(ran.out().lines())
        .as(ran.out() + ran.err())
        .allMatch(line -> line.startsWith("ok "));
    assertThat(ran.out())
        .contains("ok       sts:GetCallerIdentity verifying " + TASK.arn())
        .contains("(a key that does not exist; --key names a real one) is allowed");
    assertThat(ran.exit()).isZero();
  }

  @Test
  void the_verification_turns_red_and_names_the_surplus_of_a_wider_role() throws Exception {
    role =
        new PolicyEvaluator(
            List.of(
                Policy.parse(
                    """
                    {"Version": "2012-10-17", "Statement": [
                      {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
                      {"Effect": "Allow", "Action": "ecs:ListTasks", "Resource": "*"}]}
                    """)),
            List.of());

    Ran ran = verify("--key", "acme/greeter/1.2.0/greeter.apkg");

    assertThat(ran.exit()).isEqualTo(1);
    assertThat(ran.out().lines().filter(line -> line.startsWith("SURPLUS")))
        .extracting(line -> line.split(" +", 3)[1])
        .containsExactly(
            "s3:ListBucket",
            "s3:PutObject",
            "s3:DeleteObject",
            "s3:GetObject",
            "s3:ListBucket",
            "s3:ListAllMyBuckets",
            "ecs:ListTasks");
  }

  @Test
  void the_verification_is_green_under_the_role_of_one_agent() throws Exception {
    role =
        new PolicyEvaluator(
            List.of(Policy.read(IamFolder.file("task-role-policy-per-agent.json"))), List.of());

    Ran ran = verify("--agent", "acme/greeter");

    assertThat(ran.out()).contains("ok       s3:GetObject on pixell-agent-packages outside");
    assertThat(ran.exit()).as(ran.out() + ran.err()).isZero();
  }

  private Ran verify(String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of("bash", IamFolder.file("verify.sh").toString(), "--endpoint-url", endpoint()));
    command.addAll(List.of(arguments));
    return run(command.toArray(String[]::new));
  }

  private Ran aws(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("aws"));
    command.addAll(List.of(arguments));
    command.addAll(List.of("--endpoint-url", endpoint()));
    return run(command.toArray(String[]::new));
  }

  private String endpoint() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private Ran run(String... command) throws Exception {
    Path out = Files.createTempFile(folder, "out", "");
    Path err = Files.createTempFile(folder, "err", "");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.toUpperCase(Locale.ROOT).startsWith("AWS_"));
    environment.putAll(
        Map.of(
            "AWS_ACCESS_KEY_ID", "AKIAREHEARSAL",
            "AWS_SECRET_ACCESS_KEY", "rehearsal",
            "AWS_REGION", "us-east-2",
            "AWS_DEFAULT_REGION", "us-east-2",
            "AWS_CONFIG_FILE", folder.resolve("no-config").toString(),
            "AWS_SHARED_CREDENTIALS_FILE", folder.resolve("no-credentials").toString(),
            "NO_PROXY", "127.0.0.1"));
    Process process = builder.start();
    process.getOutputStream().close();
    assertThat(process.waitFor(180, TimeUnit.SECONDS)).as("%s ended", command[0]).isTrue();
    return new Ran(process.exitValue(), Files.readString(out, UTF_8), Files.readString(err, UTF_8));
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      String query = Optional.ofNullable(exchange.getRequestURI().getRawQuery()).orElse("");
      Call call =
          new Call(
              exchange.getRequestMethod(),
              exchange.getRequestURI().getRawPath(),
              query,
              Map.copyOf(exchange.getRequestHeaders()),
              new String(body, UTF_8));
      Answer answer =
          OtherServices.answer(call, TASK, role, Instant.now(), "127.0.0.1")
              .orElseGet(() -> s3(call));
      answer.headers().forEach(exchange.getResponseHeaders()::set);
      byte[] bytes = answer.body().getBytes(UTF_8);
      exchange.sendResponseHeaders(answer.status(), bytes.length == 0 ? -1 : bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  /** As much of S3 as the verification touches: it decides on permission and then has nothing. */
  private Answer s3(Call call) {
    String[] path = call.path().split("/", 3);
    String bucket = "arn:aws:s3:::" + path[1];
    String key = path.length < 3 ? "" : path[2];
    AccessRequest request;
    if (path[1].isEmpty()) {
      request = AccessRequest.of(TASK, "s3:ListAllMyBuckets", "*");
    } else if (key.isEmpty()) {
      request = AccessRequest.of(TASK, "s3:ListBucket", bucket);
      Optional<String> prefix = call.parameter("prefix");
      request = prefix.isPresent() ? request.with("s3:prefix", prefix.get()) : request;
    } else {
      String verb = call.method().charAt(0) + call.method().substring(1).toLowerCase(Locale.ROOT);
      request = AccessRequest.of(TASK, "s3:" + verb + "Object", bucket + "/" + key);
    }
    Decision decision = role.decide(request);
    if (!decision.allowed()) {
      return error(403, "AccessDenied", decision.sentence());
    }
    if (request.action().equals("s3:PutObject")) {
      return error(400, "BadDigest", "The Content-MD5 you specified did not match");
    }
    if (request.action().equals("s3:GetObject") && key.contains("no-such-object")) {
      AccessRequest list = AccessRequest.of(TASK, "s3:ListBucket", bucket).with("s3:prefix", key);
      return role.decide(list).allowed()
          ? error(404, "NoSuchKey", "The specified key does not exist.")
          : error(403, "AccessDenied", "Access Denied");
    }
    return new Answer(200, Map.of("Content-Type", "application/xml"), "<Empty/>");
  }

  private static Answer error(int status, String code, String message) {
    return new Answer(
        status,
        Map.of("Content-Type", "application/xml"),
        "<Error><Code>" + code + "</Code><Message>" + message + "</Message></Error>");
  }
}
