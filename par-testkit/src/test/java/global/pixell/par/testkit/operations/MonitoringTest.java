package global.pixell.par.testkit.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks {@code monitoring.yaml} against the rules of CloudWatch and EventBridge. */
class MonitoringTest {

  private static final String PREFIX = "pixell-agent-runtime-";

  private final Monitoring monitoring = Monitoring.shipped();

  @Test
  void cloudwatch_accepts_every_filter_alarm_and_dashboard_metric() {
    assertThat(monitoring.faults()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '#',
      value = {
        "$.origin = \"par\" && $.event = \"Runtime ready\" }' | $.event = \"Runtime ready\" }' | does not ask for origin par",
        "DefaultValue: 0 | Dimensions: [{Key: code, Value: $.code}] | Dimensions make a metric for each value",
        "MetricName: BootFailures\\n          MetricValue: '1'\\n          DefaultValue: 0 | MetricName: BootFailures\\n          MetricValue: '1' | BootFailuresFilter counts without DefaultValue 0",
        "$.event = \"Runtime failed\" && ( | $.event = \"Runtime failed\" (( | is refused",
        "TreatMissingData: notBreaching\\n | \\n | does not say what missing data means",
        "AlarmActions | InsufficientDataActions | tells nobody",
        "MetricName: DownloadFailures\\n      Statistic | MetricName: DownloadFailure\\n      Statistic | is made by no filter",
        "MetricName: TriggeredRules | MetricName: TriggeredRule | watches what AWS does not measure",
        "- Name: ClusterName | - Name: Cluster | watches what AWS does not measure",
        "DatapointsToAlarm: 3 | DatapointsToAlarm: 7 | needs more data points than it looks at",
        "\"${MetricNamespace}\", \"AgentExits\" | \"${MetricNamespace}\", \"AgentExit\" | the dashboard shows",
        "RetentionInDays: !Ref RetentionInDays | LogGroupClass: STANDARD | keeps lines for ever"
      })
  void a_change_that_would_silence_an_alarm_is_a_fault(String text, String changed, String fault)
      throws IOException {
    Template mutated =
        Template.read("monitoring.yaml")
            .with(text.replace("\\n", "\n"), changed.replace("\\n", "\n"));

    assertThat(new Monitoring(mutated).faults()).anyMatch(found -> found.contains(fault));
  }

  /** The page's four alarms, with its numbers. */
  @Test
  void the_four_alarms_of_the_operators_page_have_its_numbers() {
    assertThat(alarm("BootFailuresAlarm", "Statistic", "Period", "Threshold", "ComparisonOperator"))
        .containsExactly("Sum", "300", "5", "GreaterThanThreshold");
    assertThat(alarm("DownloadFailuresAlarm", "Statistic", "Threshold", "ComparisonOperator"))
        .containsExactly("Sum", "1", "GreaterThanOrEqualToThreshold");
    for (String each : List.of("CpuAlarm", "MemoryAlarm")) {
      assertThat(alarm(each, "Namespace", "Threshold", "ComparisonOperator"))
          .containsExactly("AWS/ECS", "80", "GreaterThanThreshold");
    }
    assertThat(alarm("HealthCheckFailuresAlarm", "Statistic", "Threshold", "ComparisonOperator"))
        .containsExactly("Sum", "3", "GreaterThanThreshold");
  }

  @Test
  void the_log_group_is_the_pages_and_outlives_the_stack() {
    JsonNode group = monitoring.resources().get("LogGroup");

    assertThat(group.at("/Properties/LogGroupName").asText())
        .isEqualTo("/ecs/pixell-agent-runtime");
    assertThat(group.at("/Properties/RetentionInDays").asText()).isEqualTo("30");
    assertThat(group.get("DeletionPolicy").asText()).isEqualTo("Retain");
    assertThat(group.get("UpdateReplacePolicy").asText()).isEqualTo("Retain");
    assertThat(group.at("/Properties").has("KmsKeyId")).isFalse();
  }

  @Test
  void a_topic_that_exists_is_told_instead_of_an_own_one() throws IOException {
    String topic = "arn:aws:sns:us-east-2:111122223333:on-call";

    JsonNode resources = Template.read("monitoring.yaml").resources(Map.of("AlarmTopicArn", topic));

    assertThat(resources.has("AlarmTopic")).isFalse();
    assertThat(resources.at("/CpuAlarm/Properties/AlarmActions/0").asText()).isEqualTo(topic);
    assertThatThrownBy(
            () ->
                Template.read("monitoring.yaml")
                    .resources(Map.of("AlarmTopicArn", topic, "AlarmEmail", "a@example.com")))
        .isInstanceOf(Template.Refused.class)
        .hasMessageContaining("leave AlarmTopicArn empty");
  }

  @Test
  void six_failed_boots_within_five_minutes_raise_the_alarm_and_five_do_not() {
    assertThat(raised(List.of(5))).doesNotContain("boot-failures");
    assertThat(raised(List.of(6))).contains("boot-failures");
  }

  /** ECS restarts ever more slowly, so one failed boot in every second period is a crash loop. */
  @Test
  void a_service_that_fails_once_in_every_other_period_is_a_crash_loop() {
    assertThat(raised(List.of(1, 0, 1, 0, 1, 0))).containsExactly("crash-loop");
    assertThat(raised(List.of(1, 0, 0, 0, 1, 0))).isEmpty();
  }

  private Set<String> raised(List<Integer> failures) {
    List<Map<String, Double>> periods = new ArrayList<>();
    for (int count : failures) {
      periods.add(Map.of("BootFailures", (double) count));
    }
    return monitoring.raised(periods);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '#',
      value = {
        "Task failed container health checks | null | HealthCheckFailuresRule",
        "Task failed ELB health checks in (target-group arn:aws:elasticloadbalancing:us-east-2:1:targetgroup/t/1) | 137 | HealthCheckFailuresRule TaskExitsRule",
        "Scaling activity initiated by (deployment ecs-svc/1) | 0 | ''",
        "Scaling activity initiated by (deployment ecs-svc/1) | 143 | ''",
        "Essential container in task exited | 0 | ''",
        "Essential container in task exited | 1 | TaskExitsRule",
        "Essential container in task exited | 79 | ''",
        "Essential container in task exited | 80 | TaskExitsRule",
        "Essential container in task exited | 89 | TaskExitsRule",
        "Essential container in task exited | 90 | ''",
        "Essential container in task exited | 137 | TaskExitsRule",
        "OutOfMemoryError: Container killed due to memory usage | 137 | TaskExitsRule"
      })
  void the_rules_match_the_stopped_tasks_that_they_name(String reason, String exit, String rules)
      throws IOException {
    String stopped =
        """
        {"version": "0", "source": "aws.ecs", "detail-type": "ECS Task State Change",
         "resources": ["arn:aws:ecs:us-east-2:111122223333:task/pixell-agent-runtime/1"],
         "detail": {
           "clusterArn": "arn:aws:ecs:us-east-2:111122223333:cluster/pixell-agent-runtime",
           "group": "service:pixell-agent-runtime", "desiredStatus": "STOPPED",
           "lastStatus": "STOPPED", "stoppedReason": "%s",
           "containers": [{"name": "init"}, {"name": "par", "lastStatus": "STOPPED", "exitCode": %s}]}}
        """
            .formatted(reason, exit);

    assertThat(matching(stopped)).isEqualTo(words(rules));
    assertThat(
            matching(
                stopped.replace(
                    "\"lastStatus\": \"STOPPED\", \"stopped",
                    "\"lastStatus\": \"RUNNING\", \"stopped")))
        .isEmpty();
    assertThat(matching(stopped.replace("service:pixell-agent-runtime", "service:other")))
        .isEmpty();
    assertThat(matching(stopped.replace("cluster/pixell-agent-runtime", "cluster/other")))
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "ECS Service Action, SERVICE_TASK_START_IMPAIRED, true",
    "ECS Service Action, SERVICE_STEADY_STATE, false",
    "ECS Deployment State Change, SERVICE_DEPLOYMENT_FAILED, true",
    "ECS Deployment State Change, SERVICE_DEPLOYMENT_COMPLETED, false"
  })
  void an_impaired_service_and_a_failed_deployment_are_told(String type, String name, boolean told)
      throws IOException {
    String event =
        """
        {"source": "aws.ecs", "detail-type": "%s",
         "resources": ["arn:aws:ecs:us-east-2:111122223333:service/pixell-agent-runtime/pixell-agent-runtime"],
         "detail": {"eventType": "ERROR", "eventName": "%s"}}
        """
            .formatted(type, name);

    assertThat(matching(event)).isEqualTo(told ? Set.of("ServiceImpairedRule") : Set.of());
    assertThat(matching(event.replace("/pixell-agent-runtime\"", "/other\""))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"HealthCheckFailures", "TaskExits", "ServiceImpaired"})
  void an_alarm_watches_each_rule_by_its_name(String name) {
    JsonNode alarm = monitoring.resources().at("/" + name + "Alarm/Properties");

    assertThat(alarm.get("Namespace").asText()).isEqualTo("AWS/Events");
    assertThat(alarm.at("/Dimensions/0/Value").asText())
        .isEqualTo(monitoring.resources().at("/" + name + "Rule/Properties/Name").asText())
        .startsWith(PREFIX);
  }

  private Set<String> matching(String event) throws IOException {
    JsonNode told = Documents.json(event);
    Set<String> matching = new TreeSet<>();
    monitoring
        .ofType("AWS::Events::Rule")
        .forEach(
            (name, rule) -> {
              if (EventPattern.matches(rule.get("EventPattern"), told)) {
                matching.add(name);
              }
            });
    return matching;
  }

  private List<String> alarm(String name, String... properties) {
    JsonNode alarm = monitoring.resources().at("/" + name + "/Properties");
    return List.of(properties).stream().map(property -> alarm.path(property).asText()).toList();
  }

  private static Set<String> words(String text) {
    return text.equals("''") ? Set.of() : new TreeSet<>(List.of(text.split(" ", -1)));
  }
}
