package global.pixell.par.launcher.log;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * CloudWatch's <a
 * href="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html">embedded
 * metric format</a> on the lines that end a boot or a run: CloudWatch makes metrics of them without
 * a call and without a filter.
 *
 * <p>Ten metrics in all, in the namespace {@value #NAMESPACE}. Only failures have a dimension,
 * {@code code}, with at most ten values; CloudWatch charges for those that occur.
 */
final class Metrics {

  static final String NAMESPACE = "PixellAgentRuntime";

  private static final String MILLIS = "Milliseconds";
  private static final String COUNT = "Count";

  private final Supplier<? extends Map<String, ?>> fetch;

  /**
   * Metrics of one run.
   *
   * @param fetch what is known about the fetch: {@code bytes}, {@code retries}, {@code cache_hit}
   */
  Metrics(Supplier<? extends Map<String, ?>> fetch) {
    this.fetch = fetch;
  }

  /** The fields of a line with its metrics, where the event has any. */
  Map<String, @Nullable Object> add(
      String event, Map<String, ? extends @Nullable Object> fields, long timestamp) {
    Map<String, String> units = new LinkedHashMap<>();
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    List<List<String>> dimensions = new ArrayList<>(List.of(List.of()));
    switch (event) {
      case "Runtime ready" -> ready(fields, units, values);
      case "Runtime failed" -> {
        put("boot_failures", 1, COUNT, units, values);
        dimensions.add(List.of("code"));
      }
      case "Runtime stopped" -> {
        boolean failed = fields.get("exit_code") instanceof Integer code && code != 0;
        put("agent_failures", failed ? 1 : 0, COUNT, units, values);
      }
      default -> {
        // No other line has metrics.
      }
    }
    Map<String, @Nullable Object> all = new LinkedHashMap<>(fields);
    if (!units.isEmpty()) {
      values.forEach(all::putIfAbsent);
      all.put("_aws", directive(units, dimensions, timestamp));
    }
    return all;
  }

  private void ready(
      Map<String, ? extends @Nullable Object> fields,
      Map<String, String> units,
      Map<String, @Nullable Object> values) {
    put("boot_ms", fields.get("boot_ms"), MILLIS, units, values);
    if (fields.get("phases") instanceof Map<?, ?> phases) {
      for (String phase : List.of("config", "fetch", "start", "ready")) {
        put("boot_" + phase + "_ms", phases.get(phase), MILLIS, units, values);
      }
    }
    Map<String, ?> known = fetch.get();
    put("package_bytes", known.get("bytes"), "Bytes", units, values);
    put(
        "download_retries",
        known.containsKey("retries") ? known.get("retries") : 0,
        COUNT,
        units,
        values);
    if (known.get("cache_hit") instanceof Boolean hit) {
      put("cache_hits", hit ? 1 : 0, COUNT, units, values);
    }
  }

  private static void put(
      String name,
      @Nullable Object value,
      String unit,
      Map<String, String> units,
      Map<String, @Nullable Object> values) {
    if (value instanceof Number) {
      units.put(name, unit);
      values.put(name, value);
    }
  }

  private static Map<String, Object> directive(
      Map<String, String> units, List<List<String>> dimensions, long timestamp) {
    List<Map<String, String>> metrics = new ArrayList<>();
    units.forEach(
        (name, unit) -> {
          Map<String, String> metric = new LinkedHashMap<>();
          metric.put("Name", name);
          metric.put("Unit", unit);
          metrics.add(metric);
        });
    Map<String, Object> one = new LinkedHashMap<>();
    one.put("Namespace", NAMESPACE);
    one.put("Dimensions", dimensions);
    one.put("Metrics", metrics);
    Map<String, Object> aws = new LinkedHashMap<>();
    aws.put("Timestamp", timestamp);
    aws.put("CloudWatchMetrics", List.of(one));
    return aws;
  }
}
