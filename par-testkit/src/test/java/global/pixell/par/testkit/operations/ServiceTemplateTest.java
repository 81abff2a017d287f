package global.pixell.par.testkit.operations;

import static global.pixell.par.testkit.operations.Documents.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import global.pixell.par.ParConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The task and the service of {@code service.yaml}, and its network rules. */
class ServiceTemplateTest {

  private static final Map<String, String> REQUIRED =
      Map.of(
          "Image", "111122223333.dkr.ecr.us-east-2.amazonaws.com/par@sha256:" + "0".repeat(64),
          "VpcId", "vpc-0a1b2c3d",
          "SubnetA", "subnet-0a1b2c3d",
          "SubnetB", "subnet-1a1b2c3d",
          "S3PrefixListId", "pl-7ba54012");

  private static JsonNode resources(String... more) throws IOException {
    Map<String, String> parameters = new HashMap<>(REQUIRED);
    for (String each : more) {
      parameters.put(each.substring(0, each.indexOf('=')), each.substring(each.indexOf('=') + 1));
    }
    return Template.read("service.yaml").resources(parameters);
  }

  private static JsonNode container(JsonNode resources) {
    return resources.at("/TaskDefinition/Properties/ContainerDefinitions/0");
  }

  private static Map<String, String> environment(JsonNode resources) {
    Map<String, String> environment = new TreeMap<>();
    container(resources)
        .get("Environment")
        .forEach(each -> environment.put(each.get("Name").asText(), each.get("Value").asText()));
    return environment;
  }

  @Test
  void the_container_has_no_right_that_it_does_not_need() throws IOException {
    JsonNode container = container(resources());

    assertThat(container.get("User").asText()).isEqualTo("10001:10001");
    assertThat(container.get("ReadonlyRootFilesystem").asBoolean()).isTrue();
    assertThat(container.at("/LinuxParameters/InitProcessEnabled").asBoolean()).isTrue();
    assertThat(texts(container.at("/LinuxParameters/Capabilities/Drop"))).containsExactly("ALL");
    assertThat(container.at("/LinuxParameters/Capabilities").has("Add")).isFalse();
    assertThat(container.path("Privileged").asBoolean()).isFalse();
    assertThat(resources().at("/Service/Properties/EnableExecuteCommand").asBoolean(true))
        .isFalse();
  }

  @Test
  void what_must_be_written_is_a_volume_and_nothing_else_is() throws IOException {
    JsonNode resources = resources();

    assertThat(mounts(resources))
        .containsExactlyInAnyOrder("tmp /tmp false", "cache /var/cache/par false");
    assertThat(environment(resources)).containsEntry("PAR_CACHE_DIR", "/var/cache/par");
    assertThat(resources.at("/TaskDefinition/Properties/Volumes")).hasSize(2);
  }

  private static List<String> mounts(JsonNode resources) {
    List<String> mounts = new ArrayList<>();
    container(resources)
        .get("MountPoints")
        .forEach(
            each ->
                mounts.add(
                    each.get("SourceVolume").asText()
                        + " "
                        + each.get("ContainerPath").asText()
                        + " "
                        + each.path("ReadOnly").asBoolean()));
    return mounts;
  }

  /** ECS refuses a health check outside these ranges, and PAR must give up before ECS does. */
  @Test
  void the_probe_is_pars_own_within_the_limits_of_ecs_and_slower_than_a_boot() throws IOException {
    JsonNode resources = resources();
    JsonNode probe = container(resources).get("HealthCheck");
    Map<String, String> environment = environment(resources);

    assertThat(texts(probe.get("Command"))).containsExactly("CMD", "/opt/par/bin/par", "health");
    assertThat(probe.get("Interval").asInt()).isBetween(5, 300);
    assertThat(probe.get("Timeout").asInt()).isBetween(2, 60);
    assertThat(probe.get("Retries").asInt()).isBetween(1, 10);
    long startPeriod = probe.get("StartPeriod").asLong() * 1000;
    assertThat(startPeriod).isBetween(0L, 300_000L);
    assertThat(
            number(environment, "BOOT_BUDGET_MS")
                * number(environment, "BOOT_HARD_LIMIT_MULTIPLIER"))
        .as("the hard limit of a boot")
        .isLessThan(startPeriod)
        .isGreaterThan(number(environment, "PAR_READY_TIMEOUT_MS"));
  }

  @Test
  void par_ends_the_agent_before_ecs_ends_par() throws IOException {
    JsonNode resources = resources();
    long stop = container(resources).get("StopTimeout").asLong();

    assertThat(stop).isBetween(2L, 120L);
    assertThat(number(environment(resources), "GRACEFUL_SHUTDOWN_TIMEOUT_SEC")).isLessThan(stop);
  }

  private static long number(Map<String, String> environment, String name) {
    return Long.parseLong(String.valueOf(environment.get(name)));
  }

  /** PAR itself reads the environment and reports no problem. */
  @Test
  void par_accepts_the_environment() throws IOException {
    Map<String, String> environment = environment(resources("DeploymentId=d-1", "Wheelhouse=new"));

    assertThat(ParConfig.fromEnvironment(environment)).isNotNull();
    assertThat(environment)
        .containsEntry("AGENT_APP_ID", "greeter")
        .containsEntry("DEPLOYMENT_ID", "d-1")
        .containsEntry("WHEELHOUSE_DIR", "/wheelhouse")
        .containsEntry("AWS_REGION", "us-east-2");
    assertThat(environment(resources())).doesNotContainKeys("DEPLOYMENT_ID", "WHEELHOUSE_DIR");
  }

  @Test
  void lines_go_to_the_log_group_in_a_mode_that_is_chosen() throws IOException {
    JsonNode log = container(resources()).get("LogConfiguration");

    assertThat(log.get("LogDriver").asText()).isEqualTo("awslogs");
    assertThat(log.at("/Options/awslogs-group").asText()).isEqualTo("/ecs/pixell-agent-runtime");
    assertThat(log.at("/Options/mode").asText()).isEqualTo("non-blocking");
    assertThat(log.at("/Options/max-buffer-size").asText()).isEqualTo("25m");
    assertThat(
            container(resources("LogMode=blocking"))
                .at("/LogConfiguration/Options")
                .has("max-buffer-size"))
        .isFalse();
  }

  @Test
  void the_service_gives_a_bad_deployment_up_and_grows_with_its_load() throws IOException {
    JsonNode resources = resources("Architecture=ARM64");

    JsonNode breaker =
        resources.at("/Service/Properties/DeploymentConfiguration/DeploymentCircuitBreaker");
    assertThat(breaker.get("Enable").asBoolean()).isTrue();
    assertThat(breaker.get("Rollback").asBoolean()).isTrue();
    assertThat(resources.at("/Service/Properties/PlatformVersion").asText()).isEqualTo("1.4.0");
    assertThat(resources.at("/TaskDefinition/Properties/RuntimePlatform/CpuArchitecture").asText())
        .isEqualTo("ARM64");
    assertThat(resources.at("/ScalableTarget/Properties/ResourceId").asText())
        .isEqualTo("service/pixell-agent-runtime/attr:Service.Name");
    assertThat(
            resources
                .at("/Service/Properties/NetworkConfiguration/AwsvpcConfiguration/AssignPublicIp")
                .asText())
        .isEqualTo("DISABLED");
  }

  @Test
  void a_task_talks_to_s3_the_registry_the_log_and_the_wheelhouse_and_to_nobody_else()
      throws IOException {
    assertThat(flows(resources("Wheelhouse=new", "LoadBalancerSecurityGroupId=sg-0a1b2c3d")))
        .containsExactlyInAnyOrder(
            "out 443 pl-7ba54012",
            "out 443 ref:EndpointSecurityGroup",
            "out 2049 ref:FileSystemSecurityGroup",
            "in 8080 sg-0a1b2c3d");
    assertThat(flows(resources()))
        .as("without a load balancer nobody is admitted")
        .containsExactlyInAnyOrder("out 443 pl-7ba54012", "out 443 ref:EndpointSecurityGroup");
    assertThat(
            flows(
                resources(
                    "CreateInterfaceEndpoints=false",
                    "EndpointSecurityGroupId=sg-11111111",
                    "Wheelhouse=existing",
                    "FileSystemId=fs-0a1b2c3d",
                    "AccessPointId=fsap-0a1b2c3d",
                    "FileSystemSecurityGroupId=sg-22222222")))
        .containsExactlyInAnyOrder(
            "out 443 pl-7ba54012", "out 443 sg-11111111", "out 2049 sg-22222222");
  }

  /** The rules of the tasks' security group, inline or as separate resources. */
  private static List<String> flows(JsonNode resources) {
    List<String> flows = new ArrayList<>();
    JsonNode group = resources.at("/ServiceSecurityGroup/Properties");
    assertThat(group.path("SecurityGroupEgress"))
        .as("without a rule of its own EC2 adds one to everywhere")
        .isNotEmpty();
    group.path("SecurityGroupEgress").forEach(rule -> flows.add(flow("out", rule)));
    group.path("SecurityGroupIngress").forEach(rule -> flows.add(flow("in", rule)));
    resources.forEach(
        resource -> {
          JsonNode rule = resource.path("Properties");
          if (rule.path("GroupId").asText().equals("ref:ServiceSecurityGroup")) {
            flows.add(flow(resource.get("Type").asText().endsWith("Egress") ? "out" : "in", rule));
          }
        });
    return flows;
  }

  private static String flow(String direction, JsonNode rule) {
    assertThat(rule.get("FromPort").asText()).isEqualTo(rule.get("ToPort").asText());
    assertThat(rule.get("IpProtocol").asText()).isEqualTo("tcp");
    String other =
        rule.path("DestinationPrefixListId").asText()
            + rule.path("DestinationSecurityGroupId").asText()
            + rule.path("SourceSecurityGroupId").asText()
            + rule.path("CidrIp").asText();
    return direction + " " + rule.get("FromPort").asText() + " " + other;
  }

  @Test
  void the_endpoints_are_those_that_a_task_needs() throws IOException {
    TreeSet<String> services = new TreeSet<>();
    for (JsonNode each : resources("RouteTableIds=rtb-0a1b2c3d")) {
      if (each.get("Type").asText().equals("AWS::EC2::VPCEndpoint")) {
        services.add(each.at("/Properties/ServiceName").asText());
      }
    }

    assertThat(services)
        .containsExactly(
            "com.amazonaws.us-east-2.ecr.api",
            "com.amazonaws.us-east-2.ecr.dkr",
            "com.amazonaws.us-east-2.logs",
            "com.amazonaws.us-east-2.s3");
  }

  /** Without the layers' bucket, ECS cannot pull ECR's images through the endpoint. */
  @Test
  void the_gateway_endpoint_admits_the_packages_and_the_layers_of_images() throws IOException {
    JsonNode policy =
        resources("RouteTableIds=rtb-0a1b2c3d").at("/S3Endpoint/Properties/PolicyDocument");

    List<String> resources = new ArrayList<>();
    policy.get("Statement").forEach(each -> resources.addAll(texts(each.get("Resource"))));
    assertThat(resources)
        .containsExactly(
            "arn:aws:s3:::pixell-agent-packages",
            "arn:aws:s3:::pixell-agent-packages/*",
            "arn:aws:s3:::prod-us-east-2-starport-layer-bucket/*");
    policy
        .get("Statement")
        .forEach(
            each ->
                assertThat(texts(each.get("Action"))).isSubsetOf("s3:GetObject", "s3:ListBucket"));
  }

  @Test
  void a_closed_bucket_denies_the_task_role_what_does_not_come_through_the_endpoint()
      throws IOException {
    assertThat(resources("RouteTableIds=rtb-0a1b2c3d").has("PackageBucketPolicy")).isFalse();
    JsonNode statement =
        resources("RouteTableIds=rtb-0a1b2c3d", "RestrictBucket=true")
            .at("/PackageBucketPolicy/Properties/PolicyDocument/Statement/0");

    assertThat(statement.get("Effect").asText()).isEqualTo("Deny");
    assertThat(statement.at("/Condition/StringNotEquals/aws:SourceVpce").asText())
        .isEqualTo("ref:S3Endpoint");
    assertThat(statement.at("/Condition/ArnEquals/aws:PrincipalArn").asText())
        .isEqualTo("arn:aws:iam::111122223333:role/pixell-agent-runtime-task-role");
  }

  @Test
  void the_wheelhouse_is_mounted_read_only_over_tls_through_its_access_point() throws IOException {
    JsonNode resources = resources("Wheelhouse=new");
    JsonNode volume = resources.at("/TaskDefinition/Properties/Volumes/2/EFSVolumeConfiguration");

    assertThat(mounts(resources)).contains("wheelhouse /wheelhouse true");
    assertThat(volume.get("TransitEncryption").asText()).isEqualTo("ENABLED");
    assertThat(volume.at("/AuthorizationConfig/IAM").asText()).isEqualTo("ENABLED");
    assertThat(volume.at("/AuthorizationConfig/AccessPointId").asText())
        .isEqualTo("ref:AccessPoint");
    assertThat(volume.has("RootDirectory")).as("the access point has one").isFalse();
  }

  /** Compares the policy of a new file system with the document for an existing one. */
  @Test
  void a_new_file_system_admits_whom_the_document_admits() throws IOException {
    JsonNode made =
        resources("Wheelhouse=new").at("/FileSystem/Properties/FileSystemPolicy/Statement");
    JsonNode document =
        Documents.read("efs-file-system-policy.json", Map.of("ACCOUNT_ID", "111122223333"))
            .get("Statement");

    assertThat(made).hasSize(document.size());
    for (int i = 0; i < made.size(); i++) {
      for (String part : List.of("Sid", "Effect", "Principal", "Action")) {
        assertThat(made.get(i).get(part)).isEqualTo(document.get(i).get(part));
      }
    }
    assertThat(made.get(0).at("/Condition/StringLike/elasticfilesystem:AccessPointArn").asText())
        .isEqualTo("arn:aws:elasticfilesystem:us-east-2:111122223333:access-point/*");
    assertThat(made.get(1).get("Condition")).isEqualTo(document.get(1).get("Condition"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Wheelhouse=existing",
        "CreateInterfaceEndpoints=false",
        "PackageUrl=https://example.com/a.apkg",
        "AgentAppId= ",
        "S3PrefixListId=0.0.0.0/0",
        "LoadBalancerSecurityGroupId=0.0.0.0/0",
        "EphemeralStorage=20",
        "TargetGroupArn=arn:aws:elasticloadbalancing:us-east-2:111122223333:targetgroup/t/1"
      })
  void a_parameter_that_would_make_a_service_that_cannot_work_is_refused(String parameter) {
    assertThatThrownBy(() -> resources(parameter)).isInstanceOf(Template.Refused.class);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void the_cluster_is_made_or_used(boolean own) throws IOException {
    JsonNode resources = resources("CreateCluster=" + own);

    assertThat(resources.has("Cluster")).isEqualTo(own);
    assertThat(resources.at("/Service/Properties/Cluster").asText())
        .isEqualTo("pixell-agent-runtime");
  }
}
