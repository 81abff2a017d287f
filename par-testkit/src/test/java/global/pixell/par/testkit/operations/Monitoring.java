package global.pixell.par.testkit.operations;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The filters, alarms and rules of a monitoring template, evaluated as CloudWatch evaluates them.
 */
final class Monitoring {

  private static final String NAMESPACE = "Pixell/AgentRuntime";
  private static final String SERVICE = "pixell-agent-runtime-";

  /** The metrics that AWS itself publishes, with their dimensions. */
  private static final Map<String, List<String>> MEASURED =
      Map.of(
          "AWS/ECS CPUUtilization", List.of("ClusterName", "ServiceName"),
          "AWS/ECS MemoryUtilization", List.of("ClusterName", "ServiceName"),
          "ECS/ContainerInsights UnHealthyContainerHealthStatus",
              List.of("ClusterName", "ServiceName"),
          "AWS/Events TriggeredRules", List.of("RuleName"));

  private final JsonNode resources;
  private final JsonNode enhanced;

  Monitoring(Template template) {
    resources = template.resources(Map.of());
    enhanced = template.resources(Map.of("EnhancedContainerInsights", "true"));
  }

  static Monitoring shipped() {
    try {
      return new Monitoring(Template.read("monitoring.yaml"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  JsonNode resources() {
    return resources;
  }

  /** The properties of all resources of a type, by logical id. */
  Map<String, JsonNode> ofType(String type) {
    return ofType(resources, type);
  }

  private static Map<String, JsonNode> ofType(JsonNode resources, String type) {
    Map<String, JsonNode> found = new TreeMap<>();
    resources
        .properties()
        .forEach(
            each -> {
              if (each.getValue().get("Type").asText().equals(type)) {
                found.put(each.getKey(), each.getValue().get("Properties"));
              }
            });
    return found;
  }

  /** The metrics that these log lines change, with the sum of their values. */
  Map<String, Double> count(Collection<String> lines) {
    Map<String, Double> sums = new TreeMap<>();
    for (JsonNode filter : ofType("AWS::Logs::MetricFilter").values()) {
      FilterPattern pattern = FilterPattern.parse(filter.get("FilterPattern").asText());
      JsonNode metric = filter.get("MetricTransformations").get(0);
      for (String line : lines) {
        if (pattern.matches(line)) {
          sums.merge(metric.get("MetricName").asText(), value(metric, line), Double::sum);
        }
      }
    }
    return sums;
  }

  private static double value(JsonNode metric, String line) {
    String value = metric.get("MetricValue").asText();
    try {
      return value.startsWith("$.")
          ? Documents.STRICT.readTree(line).get(value.substring(2)).asDouble()
          : Double.parseDouble(value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The alarms that are raised after periods of five minutes each.
   *
   * @param periods the sums of each period, the latest last
   * @return the names of the alarms, without the name of the service
   */
  Set<String> raised(List<Map<String, Double>> periods) {
    Set<String> raised = new TreeSet<>();
    for (JsonNode alarm : ofType("AWS::CloudWatch::Alarm").values()) {
      if (alarm.get("Namespace").asText().equals(NAMESPACE)) {
        int looks = alarm.get("EvaluationPeriods").asInt();
        int needed = alarm.path("DatapointsToAlarm").asInt(looks);
        int breaching = 0;
        for (Map<String, Double> period :
            periods.subList(Math.max(0, periods.size() - looks), periods.size())) {
          Double sum = period.get(alarm.get("MetricName").asText());
          // Missing data does not breach, because each alarm declares that.
          if (sum != null && breaches(alarm, sum)) {
            breaching++;
          }
        }
        if (breaching >= needed) {
          raised.add(alarm.get("AlarmName").asText().substring(SERVICE.length()));
        }
      }
    }
    return raised;
  }

  private static boolean breaches(JsonNode alarm, double sum) {
    double threshold = alarm.get("Threshold").asDouble();
    return switch (alarm.get("ComparisonOperator").asText()) {
      case "GreaterThanThreshold" -> sum > threshold;
      case "GreaterThanOrEqualToThreshold" -> sum >= threshold;
      default -> throw new IllegalArgumentException("unknown comparison of " + alarm);
    };
  }

  /** The parts that CloudWatch would refuse, or accept although they can never raise an alarm. */
  List<String> faults() {
    List<String> faults = new ArrayList<>();
    Set<String> made = new TreeSet<>();
    ofType("AWS::Logs::MetricFilter").forEach((name, filter) -> filter(name, filter, made, faults));
    ofType(enhanced, "AWS::CloudWatch::Alarm")
        .forEach((name, alarm) -> alarm(name, alarm, made, faults));
    ofType("AWS::Logs::LogGroup")
        .forEach(
            (name, group) -> {
              if (!group.has("RetentionInDays")) {
                faults.add(name + " keeps lines for ever");
              }
            });
    dashboard(made, faults);
    return faults;
  }

  private static void filter(String name, JsonNode filter, Set<String> made, List<String> faults) {
    String pattern = filter.get("FilterPattern").asText();
    try {
      FilterPattern parsed = FilterPattern.parse(pattern);
      if (parsed.matches("{\"origin\":\"agent\"}") || !pattern.contains("$.origin = \"par\" && ")) {
        faults.add(name + " does not ask for origin par");
      }
    } catch (FilterPattern.Refused e) {
      faults.add(name + ": " + pattern + " is refused: " + e.getMessage());
    }
    if (filter.get("MetricTransformations").size() != 1) {
      faults.add(name + " makes not one metric");
    }
    JsonNode metric = filter.get("MetricTransformations").get(0);
    if (metric.has("Dimensions")) {
      faults.add(
          name
              + ": Dimensions make a metric for each value, and AWS refuses them beside"
              + " DefaultValue");
    }
    boolean counts = metric.get("MetricValue").asText().equals("1");
    if (counts && metric.path("DefaultValue").asInt(-1) != 0) {
      faults.add(name + " counts without DefaultValue 0");
    }
    if (!counts
        && (metric.has("DefaultValue") || !metric.get("MetricValue").asText().startsWith("$."))) {
      faults.add(name + " measures with a DefaultValue, which would be part of every percentile");
    }
    made.add(metric.get("MetricNamespace").asText() + " " + metric.get("MetricName").asText());
  }

  private static void alarm(String name, JsonNode alarm, Set<String> made, List<String> faults) {
    if (!alarm.has("TreatMissingData")) {
      faults.add(name + " does not say what missing data means");
    }
    if (alarm.path("AlarmActions").isEmpty()) {
      faults.add(name + " tells nobody");
    }
    int period = alarm.path("Period").asInt();
    if (period != 10 && period != 30 && (period <= 0 || period % 60 != 0)) {
      faults.add(name + " has the period " + period + ", which AWS does not have");
    }
    int looks = alarm.path("EvaluationPeriods").asInt();
    if (looks < 1 || alarm.path("DatapointsToAlarm").asInt(looks) > looks) {
      faults.add(name + " needs more data points than it looks at");
    }
    if ((long) period * looks > 86_400) {
      faults.add(name + " looks at more than a day, which AWS refuses");
    }
    String metric = alarm.get("Namespace").asText() + " " + alarm.get("MetricName").asText();
    List<String> dimensions = new ArrayList<>();
    alarm.path("Dimensions").forEach(each -> dimensions.add(each.path("Name").asText()));
    if (metric.startsWith(NAMESPACE)) {
      if (!made.contains(metric) || !dimensions.isEmpty()) {
        faults.add(name + " watches " + metric + dimensions + ", which is made by no filter");
      }
    } else if (!dimensions.equals(MEASURED.get(metric))) {
      faults.add(name + " watches what AWS does not measure: " + metric + " by " + dimensions);
    }
  }

  private void dashboard(Set<String> made, List<String> faults) {
    for (JsonNode dashboard : ofType("AWS::CloudWatch::Dashboard").values()) {
      try {
        JsonNode body = Documents.json(dashboard.get("DashboardBody").asText());
        for (JsonNode widget : body.get("widgets")) {
          for (JsonNode metric : widget.at("/properties/metrics")) {
            String shown = metric.get(0).asText() + " " + metric.get(1).asText();
            if (!made.contains(shown) && !MEASURED.containsKey(shown)) {
              faults.add("the dashboard shows " + shown + ", which nothing makes");
            }
          }
        }
      } catch (IOException e) {
        faults.add("the dashboard is not JSON: " + e.getMessage());
      }
    }
  }
}
