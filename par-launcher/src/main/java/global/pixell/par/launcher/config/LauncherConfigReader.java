package global.pixell.par.launcher.config;

import global.pixell.par.Digest;
import global.pixell.par.EnvironmentReader;
import global.pixell.par.PackageRef;
import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.internal.resolve.AddressRule;
import global.pixell.par.launcher.config.LauncherConfig.Ports;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** Reads the environment of a task, and collects every fault in it before it refuses. */
final class LauncherConfigReader {

  /** The time within which the mount of a wheelhouse must answer. */
  private static final Duration MOUNT = Duration.ofSeconds(10);

  private static final Pattern BASE_PATH = Pattern.compile("[A-Za-z0-9/_.-]*");

  private final Map<String, String> environment;
  private final EnvironmentReader reader;

  LauncherConfigReader(Map<String, String> environment) {
    this.environment = environment;
    reader = new EnvironmentReader(environment);
  }

  /**
   * Reads all variables.
   *
   * @throws ParException of kind {@code CONFIG} with every fault
   */
  LauncherConfig read() {
    // The id stays as it was given; only a blank one is refused.
    String id = environment.getOrDefault("AGENT_APP_ID", "");
    if (id.isBlank()) {
      missing("AGENT_APP_ID", "is missing or blank.", "Set it to the id of the agent app.");
    }
    ParConfig par = ParConfig.read(reader);
    AwsRegion.check(reader);
    Optional<Path> local = reader.path("AGENT_PACKAGE_PATH");
    Optional<Digest> digest =
        reader
            .text("PACKAGE_SHA256")
            .flatMap(hex -> tried("PACKAGE_SHA256", () -> Digest.parse(hex)));
    Optional<PackageRef> reference = local.isPresent() ? Optional.empty() : reference(par, digest);
    boolean pinned = digest.or(() -> reference.flatMap(PackageRef::digest)).isPresent();
    if (par.requireDigest() && !pinned && (local.isPresent() || reference.isPresent())) {
      reader.fault(
          local.isPresent() ? "AGENT_PACKAGE_PATH" : source(),
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
            ports(),
            basePath(),
            budget,
            multiplier == 0 ? Optional.empty() : Optional.of(budget.multipliedBy(multiplier)),
            Duration.ofMillis(reader.integer("PAR_READY_TIMEOUT_MS", 60_000, 1, 86_400_000)),
            Duration.ofMillis(reader.integer("PAR_READY_GRACE_MS", 5000, 0, 86_400_000)),
            Duration.ofSeconds(reader.integer("GRACEFUL_SHUTDOWN_TIMEOUT_SEC", 25, 0, 3600)),
            agentUser(),
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
    // Checked only: LauncherConfig.emitsMetrics reads it before the rest is valid.
    boolean unused = reader.flag("PAR_EMF", false);
    reader.refuseUnknown("PAR_", LauncherConfig.KNOWN);
    reader.throwIfFaulty();
    return config;
  }

  private Optional<AgentUser> agentUser() {
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

  private void missing(String name, String message, String hint) {
    reader.fault(
        name,
        message,
        reader
                .nearMiss(name, LauncherConfig.KNOWN)
                .map(near -> near + " is set: is it misspelt? ")
                .orElse("")
            + hint);
  }

  private String source() {
    return reader.text("PACKAGE_URL").isPresent() ? "PACKAGE_URL" : "PACKAGE_NAME";
  }

  private Optional<PackageRef> reference(ParConfig par, Optional<Digest> digest) {
    String source = source();
    Optional<String> text = reader.text(source);
    if (text.isEmpty()) {
      missing(
          "PACKAGE_URL",
          "is missing, and neither PACKAGE_NAME nor AGENT_PACKAGE_PATH is set.",
          "Set PACKAGE_URL to s3://bucket/key.");
      return Optional.empty();
    }
    Optional<PackageRef> ref = tried(source, () -> PackageRef.parse(text.get()));
    if (ref.isPresent() && digest.isPresent()) {
      PackageRef bare = ref.get();
      ref = tried("PACKAGE_SHA256", () -> bare.withDigest(digest.get()));
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

  private <T> Optional<T> tried(String name, Supplier<T> reading) {
    try {
      return Optional.of(reading.get());
    } catch (ParException e) {
      reader.refuse(name, e);
      return Optional.empty();
    }
  }

  /**
   * The wheelhouse directory. A thread of its own looks for it, because a network mount may hang.
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

  private Ports ports() {
    var ports =
        new Ports(
            reader.integer("REST_PORT", 8080, 1, 65_535),
            reader.integer("A2A_PORT", 50_051, 1, 65_535),
            reader.integer("UI_PORT", 3000, 1, 65_535),
            reader.integer("HEALTH_PORT", 8081, 1, 65_535));
    boolean multiplexed = reader.flag("MULTIPLEXED", true);
    different("A2A_PORT", ports.a2a(), "REST_PORT", ports.rest());
    different("A2A_PORT", ports.a2a(), "UI_PORT", ports.ui());
    if (!multiplexed) {
      different("UI_PORT", ports.ui(), "REST_PORT", ports.rest());
    }
    different("HEALTH_PORT", ports.health(), "REST_PORT", ports.rest());
    different("HEALTH_PORT", ports.health(), "A2A_PORT", ports.a2a());
    different("HEALTH_PORT", ports.health(), "UI_PORT", ports.ui());
    return ports;
  }

  private void different(String name, int port, String otherName, int other) {
    if (port == other) {
      reader.fault(
          name, "is " + port + ", and so is " + otherName + ".", "Give each its own port.");
    }
  }

  private String basePath() {
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
}
