package global.pixell.par.launcher.config;

import global.pixell.par.Digest;
import global.pixell.par.EnvironmentReader;
import global.pixell.par.PackageRef;
import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.internal.text.Redactor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The checked environment of a task: an instance is always valid. */
public record LauncherConfig(
    String agentAppId,
    Optional<String> deploymentId,
    Optional<PackageRef> reference,
    Optional<Path> localPackage,
    Optional<Digest> digest,
    ParConfig par,
    ProxyVariables proxies,
    Ports ports,
    String basePath,
    Duration bootBudget,
    Optional<Duration> bootHardLimit,
    Duration readyTimeout,
    Duration readyGrace,
    Duration shutdownGrace,
    Optional<AgentUser> agentUser,
    boolean exec,
    boolean fallbackToLastGood,
    boolean passAwsCredentials,
    boolean multiplexed,
    Optional<Path> wheelhouse,
    Duration installTimeout,
    String logLevel,
    List<String> warnings,
    Map<String, String> environment) {

  /** The ports of the agent, and PAR's own for health. */
  public record Ports(int rest, int a2a, int ui, int health) {}

  /**
   * Variables that every JVM obeys. They are meant for the agent and would change or stop PAR's
   * JVM, so {@code bin/par} passes them under these names.
   */
  public static final Map<String, String> JAVA_OPTIONS =
      Map.of(
          "PAR_AGENT_JAVA_TOOL_OPTIONS", "JAVA_TOOL_OPTIONS",
          "PAR_AGENT_JDK_JAVA_OPTIONS", "JDK_JAVA_OPTIONS",
          "PAR_AGENT__JAVA_OPTIONS", "_JAVA_OPTIONS");

  /** Every variable PAR reads. */
  public static final Set<String> KNOWN =
      Set.copyOf(
          List.of(
              "AGENT_APP_ID",
              "DEPLOYMENT_ID",
              "PACKAGE_URL",
              "PACKAGE_NAME",
              "AGENT_PACKAGE_PATH",
              "PACKAGE_SHA256",
              "PAR_REQUIRE_SHA256",
              "S3_BUCKET",
              "AWS_REGION",
              "AWS_ENDPOINT_URL_S3",
              "AWS_ENDPOINT_URL",
              "PAR_S3_ADDRESSING",
              "MAX_PACKAGE_SIZE_MB",
              "PAR_MAX_UNPACKED_MB",
              "PAR_MAX_ENTRIES",
              "PAR_DOWNLOAD_CONNECTIONS",
              "PAR_FETCH_ATTEMPTS",
              "PAR_CACHE_DIR",
              "PAR_CACHE_MAX_MB",
              "PAR_CACHE_MAX_AGE_DAYS",
              "PAR_CACHE_MIN_FREE_MB",
              "PAR_CACHE_VERIFY",
              "PAR_CACHE_LOCKS",
              "PAR_CACHE_SERVE_STALE",
              "PAR_OFFLINE",
              "REST_PORT",
              "A2A_PORT",
              "UI_PORT",
              "HEALTH_PORT",
              "MULTIPLEXED",
              "BASE_PATH",
              "BOOT_BUDGET_MS",
              "BOOT_HARD_LIMIT_MULTIPLIER",
              "PAR_READY_TIMEOUT_MS",
              "PAR_READY_GRACE_MS",
              "PAR_AGENT_USER",
              "PAR_AGENT_JAVA_TOOL_OPTIONS",
              "PAR_AGENT_JDK_JAVA_OPTIONS",
              "PAR_AGENT__JAVA_OPTIONS",
              "PAR_EXEC",
              "PAR_EMF",
              "PAR_FALLBACK",
              "GRACEFUL_SHUTDOWN_TIMEOUT_SEC",
              "WHEELHOUSE_DIR",
              "PAR_PIP_TIMEOUT_MS",
              "LOG_LEVEL",
              "PAR_RECEIPT",
              "PAR_PASS_AWS_CREDENTIALS",
              "PAR_JAVA_OPTS"));

  /** The {@code PATH} of a task that has none. */
  private static final String DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin";

  /**
   * Reads and checks the whole environment.
   *
   * @throws ParException of kind {@code CONFIG} with every fault
   */
  public static LauncherConfig fromEnvironment(Map<String, String> environment) {
    return new LauncherConfigReader(environment).read();
  }

  /** The folders in which PAR and the agent look for programs. */
  public String path() {
    return environment.getOrDefault("PATH", DEFAULT_PATH);
  }

  /** The secret values of this environment, which must not appear in any line. */
  public static Set<String> secretValues(Map<String, String> environment) {
    var secrets = new LinkedHashSet<String>();
    environment.forEach(
        (name, value) -> {
          boolean path = value.startsWith("/");
          if (Redactor.isSecretName(name) && !path) {
            secrets.add(value);
          }
        });
    return secrets;
  }

  /**
   * Whether {@code PAR_EMF} asks for metrics on the lines that end a boot or a run; needed before
   * the rest is valid.
   */
  public static boolean emitsMetrics(Map<String, String> environment) {
    return new EnvironmentReader(environment).flag("PAR_EMF", false);
  }

  /** The settings in force, without secrets, for the log. */
  public Map<String, Object> describe() {
    var fields = new LinkedHashMap<String, Object>();
    reference.ifPresent(ref -> fields.put("package", ref.toString()));
    localPackage.ifPresent(path -> fields.put("package", path.toString()));
    reference.flatMap(PackageRef::digest).ifPresent(d -> fields.put("sha256", d.hex()));
    fields.put("buckets", par.s3().buckets());
    par.s3().region().ifPresent(region -> fields.put("region", region));
    par.s3().endpoint().ifPresent(uri -> fields.put("endpoint", uri.toString()));
    fields.put("cache_dir", par.cache().directory().toString());
    fields.put("cache_max_bytes", par.cache().maxBytes());
    fields.put("cache_min_free_bytes", par.cache().minFreeBytes());
    par.cache().maxAge().ifPresent(age -> fields.put("cache_max_age_days", age.toDays()));
    fields.put("cache_verify", par.cache().verifyDigests() ? "digest" : "size");
    fields.put("cache_locks", par.cache().locks());
    fields.put("cache_serve_stale", par.cache().serveStale());
    fields.put("offline", par.offline());
    fields.put("max_package_bytes", par.limits().packageBytes());
    fields.put("max_unpacked_bytes", par.limits().unpackedBytes());
    fields.put("max_entries", par.limits().entries());
    fields.put("rest_port", ports.rest());
    fields.put("a2a_port", ports.a2a());
    fields.put("ui_port", ports.ui());
    fields.put("health_port", ports.health());
    fields.put("base_path", basePath);
    fields.put("boot_budget_ms", bootBudget.toMillis());
    bootHardLimit.ifPresent(limit -> fields.put("boot_hard_limit_ms", limit.toMillis()));
    fields.put("ready_timeout_ms", readyTimeout.toMillis());
    fields.put("ready_grace_ms", readyGrace.toMillis());
    agentUser.ifPresent(user -> fields.put("agent_user", user.toString()));
    fields.put("exec", exec);
    fields.put("fallback", fallbackToLastGood ? "last-good" : "none");
    fields.put("shutdown_timeout_ms", shutdownGrace.toMillis());
    fields.put("log_level", logLevel);
    return fields;
  }
}
