package global.pixell.par.launcher.config;

import global.pixell.par.Digest;
import global.pixell.par.EnvironmentReader;
import global.pixell.par.PackageRef;
import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.internal.resolve.AddressRule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.regex.Pattern;

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

  private static final Duration MOUNT = Duration.ofSeconds(10);

  /** The {@code PATH} of a task that has none. */
  private static final String DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin";

  private static final Pattern BASE_PATH = Pattern.compile("[A-Za-z0-9/_.-]*");

  /**
   * Reads and checks the whole environment.
   *
   * @throws ParException of kind {@code CONFIG} with every fault
   */
  public static LauncherConfig fromEnvironment(Map<String, String> environment) {
    var reader = new EnvironmentReader(environment);
    // Kept as given; only a blank value is refused.
    String id = environment.getOrDefault("AGENT_APP_ID", "");
    if (id.isBlank()) {
      missing(reader, "AGENT_APP_ID", "is missing or blank.", "Set it to the id of the agent app.");
    }
    ParConfig par = ParConfig.read(reader);
    AwsRegion.check(reader);
    Optional<Path> local = reader.path("AGENT_PACKAGE_PATH");
    Optional<Digest> digest =
        reader
            .text("PACKAGE_SHA256")
            .flatMap(hex -> tried(reader, "PACKAGE_SHA256", () -> Digest.parse(hex)));
    Optional<PackageRef> reference =
        local.isPresent() ? Optional.empty() : reference(reader, par, digest);
    boolean pinned = digest.or(() -> reference.flatMap(PackageRef::digest)).isPresent();
    if (par.requireDigest() && !pinned && (local.isPresent() || reference.isPresent())) {
      reader.fault(
          local.isPresent() ? "AGENT_PACKAGE_PATH" : source(reader),
          "has no digest, and PAR_REQUIRE_SHA256 is true.",
          "Add #sha256=HEX to the address, or set PACKAGE_SHA256.");
    }
    Duration budget = Duration.ofMillis(reader.integer("BOOT_BUDGET_MS", 5000, 1, 86_400_000));
    int multiplier = reader.integer("BOOT_HARD_LIMIT_MULTIPLIER", 0, 0, 10_000);
    var config =
        new LauncherConfig(
            id,
            reader.text("DEPLOYMENT_ID"),
            reference,
            local,
            digest,
            par,
            ProxyVariables.read(reader),
            ports(reader),
            basePath(reader),
            budget,
            multiplier == 0 ? Optional.empty() : Optional.of(budget.multipliedBy(multiplier)),
            Duration.ofMillis(reader.integer("PAR_READY_TIMEOUT_MS", 60_000, 1, 86_400_000)),
            Duration.ofMillis(reader.integer("PAR_READY_GRACE_MS", 5000, 0, 86_400_000)),
            Duration.ofSeconds(reader.integer("GRACEFUL_SHUTDOWN_TIMEOUT_SEC", 25, 0, 3600)),
            agentUser(reader),
            reader.flag("PAR_EXEC", false),
            reader.text("PAR_FALLBACK").isPresent()
                && reader.oneOf("PAR_FALLBACK", "last-good", "last-good").equals("last-good"),
            reader.flag("PAR_PASS_AWS_CREDENTIALS", false),
            reader.flag("MULTIPLEXED", true),
            wheelhouse(reader, MOUNT, Files::isDirectory),
            Duration.ofMillis(reader.integer("PAR_PIP_TIMEOUT_MS", 300_000, 1, 86_400_000)),
            reader.oneOf("LOG_LEVEL", "info", "debug", "info", "warning", "error"),
            NearMisses.check(environment, reader),
            Map.copyOf(environment));
    boolean unused = reader.flag("PAR_EMF", false);
    reader.refuseUnknown("PAR_", KNOWN);
    reader.throwIfFaulty();
    return config;
  }

  /** Where PAR looks up programs, and the agent too. */
  public String path() {
    return environment.getOrDefault("PATH", DEFAULT_PATH);
  }

  private static Optional<AgentUser> agentUser(EnvironmentReader reader) {
    Optional<String> text = reader.text("PAR_AGENT_USER");
    Optional<AgentUser> user = text.flatMap(AgentUser::parse);
    if (text.isPresent() && user.isEmpty()) {
      reader.refuse(
          "PAR_AGENT_USER",
          text.get(),
          "is not a user.",
          "Use uid or uid:gid, numbers from 1, such as 10001:10001; root is not allowed.");
    }
    return user;
  }

  private static void missing(EnvironmentReader reader, String name, String message, String hint) {
    reader.fault(
        name,
        message,
        reader.nearMiss(name, KNOWN).map(near -> "Did you mean it by " + near + "? ").orElse("")
            + hint);
  }

  private static String source(EnvironmentReader reader) {
    return reader.text("PACKAGE_URL").isPresent() ? "PACKAGE_URL" : "PACKAGE_NAME";
  }

  private static Optional<PackageRef> reference(
      EnvironmentReader reader, ParConfig par, Optional<Digest> digest) {
    String source = source(reader);
    Optional<String> text = reader.text(source);
    if (text.isEmpty()) {
      missing(
          reader,
          "PACKAGE_URL",
          "is missing, and neither PACKAGE_NAME nor AGENT_PACKAGE_PATH is set.",
          "Set PACKAGE_URL to s3://bucket/key.");
      return Optional.empty();
    }
    Optional<PackageRef> ref = tried(reader, source, () -> PackageRef.parse(text.get()));
    if (ref.isPresent() && digest.isPresent()) {
      PackageRef bare = ref.get();
      ref = tried(reader, "PACKAGE_SHA256", () -> bare.withDigest(digest.get()));
    }
    ref.flatMap(PackageRef::bucket)
        .filter(bucket -> !par.s3().buckets().contains(bucket))
        .ifPresent(
            bucket ->
                reader.fault(
                    source,
                    "names the bucket '"
                        + bucket
                        + "', which is not in S3_BUCKET "
                        + par.s3().buckets()
                        + ".",
                    "Add it to S3_BUCKET, or use a package from an allowed bucket."));
    ref.filter(wanted -> wanted.bucket().isEmpty())
        .map(PackageRef::address)
        .filter(PackageRef.HttpsUrl.class::isInstance)
        .map(address -> ((PackageRef.HttpsUrl) address).uri())
        .filter(uri -> !new AddressRule(par).allows(uri))
        .ifPresent(
            uri ->
                reader.fault(
                    source,
                    "names the host '" + uri.getHost() + "', which is not an endpoint of S3.",
                    "Use s3://bucket/key, or a presigned address of an allowed bucket."));
    return ref;
  }

  private static <T> Optional<T> tried(
      EnvironmentReader reader, String name, java.util.function.Supplier<T> reading) {
    try {
      return Optional.of(reading.get());
    } catch (ParException e) {
      reader.refuse(name, e);
      return Optional.empty();
    }
  }

  /**
   * Asked in a thread of its own, because a network mount may hang.
   *
   * @param timeout after which a mount that does not answer counts as hung
   */
  static Optional<Path> wheelhouse(
      EnvironmentReader reader, Duration timeout, Predicate<Path> isDirectory) {
    Optional<Path> wheelhouse = reader.path("WHEELHOUSE_DIR");
    if (wheelhouse.isPresent()) {
      try {
        if (!TimedCall.get("par-wheelhouse", timeout, () -> isDirectory.test(wheelhouse.get()))) {
          reader.refuse(
              "WHEELHOUSE_DIR",
              wheelhouse.get().toString(),
              "is not a directory.",
              "Mount the wheelhouse there, or unset it.");
        }
      } catch (TimeoutException e) {
        reader.refuse(
            "WHEELHOUSE_DIR",
            wheelhouse.get().toString(),
            "did not answer within " + timeout.toSeconds() + " s: its mount hangs.",
            "Check the mount target and its security group, or unset it.");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (ExecutionException e) {
        throw new IllegalStateException(e.getCause());
      }
    }
    return wheelhouse;
  }

  private static Ports ports(EnvironmentReader reader) {
    var ports =
        new Ports(
            reader.integer("REST_PORT", 8080, 1, 65_535),
            reader.integer("A2A_PORT", 50_051, 1, 65_535),
            reader.integer("UI_PORT", 3000, 1, 65_535),
            reader.integer("HEALTH_PORT", 8081, 1, 65_535));
    boolean multiplexed = reader.flag("MULTIPLEXED", true);
    different(reader, "A2A_PORT", ports.a2a(), "REST_PORT", ports.rest());
    different(reader, "A2A_PORT", ports.a2a(), "UI_PORT", ports.ui());
    if (!multiplexed) {
      different(reader, "UI_PORT", ports.ui(), "REST_PORT", ports.rest());
    }
    different(reader, "HEALTH_PORT", ports.health(), "REST_PORT", ports.rest());
    different(reader, "HEALTH_PORT", ports.health(), "A2A_PORT", ports.a2a());
    different(reader, "HEALTH_PORT", ports.health(), "UI_PORT", ports.ui());
    return ports;
  }

  private static void different(
      EnvironmentReader reader, String name, int port, String otherName, int other) {
    if (port == other) {
      reader.fault(
          name, "is " + port + ", and so is " + otherName + ".", "Give each its own port.");
    }
  }

  private static String basePath(EnvironmentReader reader) {
    String path = reader.text("BASE_PATH").orElse("/");
    if (!BASE_PATH.matcher(path).matches() || path.contains("//")) {
      reader.refuse(
          "BASE_PATH",
          path,
          "is not a path.",
          "Use letters, digits, '/', '_', '.', '-', and no '//'.");
      return "/";
    }
    String rooted = path.startsWith("/") ? path : "/" + path;
    return rooted.length() > 1 && rooted.endsWith("/")
        ? rooted.substring(0, rooted.length() - 1)
        : rooted;
  }

  /** What is secret in this environment, so that it can be kept out of every line. */
  public static Set<String> secretValues(Map<String, String> environment) {
    var secrets = new LinkedHashSet<String>();
    environment.forEach(
        (name, value) -> {
          boolean path = value.startsWith("/");
          if (global.pixell.par.internal.text.Redactor.isSecretName(name) && !path) {
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

  /** For the log: what is in force, without secrets. */
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
