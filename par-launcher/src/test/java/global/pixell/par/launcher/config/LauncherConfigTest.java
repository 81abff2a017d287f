package global.pixell.par.launcher.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.EnvironmentReader;
import global.pixell.par.ParException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LauncherConfigTest {

  private static final String HEX = "ab".repeat(32);

  @Test
  void two_variables_are_enough() {
    LauncherConfig config = LauncherConfig.fromEnvironment(good());

    assertThat(config.ports()).isEqualTo(new LauncherConfig.Ports(8080, 50_051, 3000, 8081));
    assertThat(config.basePath()).isEqualTo("/");
    assertThat(config.shutdownGrace()).hasSeconds(25);
    assertThat(config.bootHardLimit()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "AGENT_APP_ID,' \t',is missing or blank",
    "PACKAGE_URL,http://h/a,is not encrypted",
    "PACKAGE_URL,s3://other/a,which is not in S3_BUCKET",
    "PACKAGE_SHA256,abc,is not a SHA-256 digest",
    "PAR_REQUIRE_SHA256,true,has no digest",
    "REST_PORT,0,is out of range",
    "REST_PORT,8081,and so is REST_PORT",
    "A2A_PORT,8080,and so is REST_PORT",
    "MAX_PACKAGE_SIZE_MB,1.5,is not a whole number",
    "BASE_PATH,/a//b,is not a path",
    "BASE_PATH,/a b,is not a path",
    "LOG_LEVEL,loud,is not known",
    "PAR_CACHEDIR,/x,is not a variable of PAR",
    "AWS_REGION,us_east_2,is not the name of a region",
    "AWS_REGION,us-east,is not the name of a region",
    "AWS_REGION,https://s3.us-east-2.amazonaws.com,is not the name of a region",
    "PAR_AGENT_USER,root,is not a user",
    "PAR_AGENT_USER,0,is not a user",
    "PAR_AGENT_USER,10001:0,is not a user",
    "PAR_AGENT_USER,4294967295,is not a user",
    "PAR_READY_GRACE_MS,-1,is out of range",
    "PAR_EXEC,maybe,is not a boolean",
    "PAR_FALLBACK,first,is not known",
    "WHEELHOUSE_DIR,/no/such/directory,is not a directory",
  })
  void a_wrong_value_is_refused_with_its_rule(String name, String value, String sentence) {
    Map<String, String> environment = good();
    environment.put(name, value);

    ParException e = refused(environment);

    assertThat(e.kind()).isEqualTo(ParException.Kind.CONFIG);
    assertThat(e).hasMessageContaining(sentence);
    assertThat(e.problems()).singleElement().satisfies(p -> assertThat(p.hint()).isNotBlank());
  }

  @Test
  @Timeout(60)
  void a_wheelhouse_whose_mount_hangs_is_refused_after_the_timeout() {
    var reader = new EnvironmentReader(Map.of("WHEELHOUSE_DIR", "/mnt/wheels"));
    var end = new CountDownLatch(1);
    Predicate<Path> hangs =
        directory -> {
          try {
            end.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return true;
        };

    assertThat(LauncherConfigReader.wheelhouse(reader, Duration.ofMillis(50), hangs)).isPresent();

    assertThat(reader.problems())
        .singleElement()
        .satisfies(
            p -> {
              assertThat(p.where()).isEqualTo("WHEELHOUSE_DIR");
              assertThat(p.message()).contains("/mnt/wheels", "its mount hangs");
              assertThat(p.hint()).contains("mount target");
            });
    end.countDown();
  }

  @Test
  void all_faults_come_at_once_and_a_misspelling_is_recognised() {
    ParException e =
        refused(
            Map.of(
                "AGENT_APPID", "x", "PACKGE_URL", "s3://b/k", "REST_PORT", "x", "PAR_OFLINE", "1"));

    assertThat(e.problems())
        .extracting(ParException.Problem::where)
        .containsExactly("AGENT_APP_ID", "PACKAGE_URL", "REST_PORT", "PAR_OFLINE");
    assertThat(e.problems().get(0).hint()).contains("AGENT_APPID");
    assertThat(e.problems().get(1).hint()).contains("PACKGE_URL");
    assertThat(e.problems().get(3).hint()).contains("PAR_OFFLINE");
  }

  @ParameterizedTest
  @CsvSource({
    "PACKAGE_SHA265,PACKAGE_SHA256",
    "package_sha256,PACKAGE_SHA256",
    "PACKAGE_SHA56,PACKAGE_SHA256",
    "S3_BUCKETS,S3_BUCKET",
  })
  void a_misspelling_that_would_undo_a_promise_is_refused(String name, String meant) {
    Map<String, String> environment = good();
    environment.put(name, HEX);

    ParException e = refused(environment);

    assertThat(e).hasMessageContaining(name + " is not a variable of PAR");
    assertThat(e.problems()).singleElement().satisfies(p -> assertThat(p.hint()).contains(meant));
  }

  @Test
  void a_host_that_is_not_s3_is_refused_together_with_a_missing_digest() {
    Map<String, String> environment = good();
    environment.put("PACKAGE_URL", "https://user-content.example/a.apkg");
    environment.put("PAR_REQUIRE_SHA256", "true");

    ParException e = refused(environment);

    assertThat(e.problems())
        .extracting(ParException.Problem::where)
        .containsExactly("PACKAGE_URL", "PACKAGE_URL");
    assertThat(e)
        .hasMessageContaining(
            "names the host 'user-content.example', which is not an endpoint of S3")
        .hasMessageContaining("has no digest");
  }

  @Test
  void a_host_of_s3_is_judged_by_its_bucket() {
    Map<String, String> environment = good();
    environment.put("PACKAGE_URL", "https://other.s3.us-east-2.amazonaws.com/a.apkg");

    assertThat(refused(environment).problems())
        .singleElement()
        .satisfies(p -> assertThat(p.message()).contains("the bucket 'other'"));
  }

  @Test
  void a_misspelt_source_is_refused_although_there_is_another() {
    Map<String, String> environment = good();
    environment.remove("PACKAGE_URL");
    environment.put("PACKAGE_NAME", "acme/greeter@1.0.0");
    environment.put("PACKAGE_URI", "s3://pixell-agent-packages/a.apkg");

    assertThat(refused(environment)).hasMessageContaining("PACKAGE_URI");
  }

  @ParameterizedTest
  @CsvSource({
    "BOOT_BUDGET,BOOT_BUDGET_MS",
    "HEALT_PORT,HEALTH_PORT",
    "GRACEFUL_SHUTDOWN_TIMEOUT,GRACEFUL_SHUTDOWN_TIMEOUT_SEC",
    "MULTIPLEX,MULTIPLEXED",
  })
  void another_misspelling_is_a_warning(String name, String meant) {
    Map<String, String> environment = good();
    environment.put(name, "1");

    assertThat(LauncherConfig.fromEnvironment(environment).warnings())
        .singleElement()
        .asString()
        .contains(name, meant);
  }

  @ParameterizedTest
  @CsvSource({"REDIS_PORT", "DB_PORT", "MY_BUCKET", "BASE_URL", "PACKAGE_SHA256SUM_TOOL", "PATH"})
  void the_agents_own_names_are_no_misspellings(String name) {
    Map<String, String> environment = good();
    environment.put(name, "1");

    assertThat(LauncherConfig.fromEnvironment(environment).warnings()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "us-east-2",
    "us-gov-west-1",
    "cn-northwest-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "eu-isoe-west-1",
    "eusc-de-east-1",
    "ap-southeast-7",
    "mx-central-1"
  })
  void each_partition_has_its_form_of_a_region(String region) {
    Map<String, String> environment = good();
    environment.put("AWS_REGION", region);

    assertThat(LauncherConfig.fromEnvironment(environment).par()).isNotNull();
  }

  @Test
  void behind_an_endpoint_a_region_may_have_any_name() {
    Map<String, String> environment = good();
    environment.put("AWS_REGION", "auto");
    assertThat(refused(environment)).hasMessageContaining("AWS_REGION");
    environment.put("AWS_ENDPOINT_URL_S3", "https://minio.example:9000");

    assertThat(LauncherConfig.fromEnvironment(environment).par()).isNotNull();
  }

  @Test
  void the_agents_user_may_have_a_group() {
    Map<String, String> environment = good();
    environment.put("PAR_AGENT_USER", "10001");
    assertThat(LauncherConfig.fromEnvironment(environment).agentUser())
        .contains(new AgentUser(10_001, 10_001));
    environment.put("PAR_AGENT_USER", "10001:20");
    assertThat(LauncherConfig.fromEnvironment(environment).agentUser())
        .contains(new AgentUser(10_001, 20));
  }

  @Test
  void digests_that_disagree_are_refused() {
    Map<String, String> environment = good();
    environment.put("PACKAGE_URL", good().get("PACKAGE_URL") + "#sha256=" + HEX);
    environment.put("PACKAGE_SHA256", "cd".repeat(32));

    assertThat(refused(environment)).hasMessageContaining("PACKAGE_SHA256");
  }

  @Test
  void one_port_for_rest_and_ui_is_right_only_when_multiplexed() {
    Map<String, String> environment = good();
    environment.put("UI_PORT", "8080");
    LauncherConfig.fromEnvironment(environment);
    environment.put("MULTIPLEXED", "false");

    assertThat(refused(environment)).hasMessageContaining("UI_PORT is 8080");
  }

  @ParameterizedTest
  @CsvSource({"api,/api", "/api/,/api", "' /a/b ',/a/b", "/,/"})
  void the_base_path_is_rooted_and_has_no_slash_at_its_end(String given, String expected) {
    Map<String, String> environment = good();
    environment.put("BASE_PATH", given);

    assertThat(LauncherConfig.fromEnvironment(environment).basePath()).isEqualTo(expected);
  }

  private static Map<String, String> good() {
    return new HashMap<>(
        Map.of("AGENT_APP_ID", "app", "PACKAGE_URL", "s3://pixell-agent-packages/a.apkg"));
  }

  private static ParException refused(Map<String, String> environment) {
    return catchThrowableOfType(
        ParException.class, () -> LauncherConfig.fromEnvironment(environment));
  }
}
