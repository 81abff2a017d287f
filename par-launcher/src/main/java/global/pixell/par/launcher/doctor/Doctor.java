package global.pixell.par.launcher.doctor;

import global.pixell.par.AgentPackage;
import global.pixell.par.PackageRef;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.launcher.agent.AgentCommand;
import global.pixell.par.launcher.agent.PrepareLog;
import global.pixell.par.launcher.agent.preparation.AgentPreparation;
import global.pixell.par.launcher.config.LauncherConfig;
import global.pixell.par.launcher.config.ParVersion;
import global.pixell.par.launcher.failure.ExitCode;
import global.pixell.par.launcher.failure.LaunchException;
import global.pixell.par.launcher.failure.OperatorHints;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds the reason why a boot fails. It checks everything from the environment to the interpreter,
 * and each step only when the steps before it passed. So the first failure is the cause and not one
 * of its effects.
 *
 * <p>For S3 the doctor runs the code of a boot, so its sentences are the same. It leaves nothing
 * behind except the package in the cache.
 */
public final class Doctor {

  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final Duration FETCH_TIMEOUT = Duration.ofSeconds(30);

  private final Map<String, String> environment;
  private final Clock clock;
  private final MachineChecks machine;
  private final MachineChecks.Wheels wheels;
  private final List<Check> checks = new ArrayList<>();

  /**
   * A doctor for an environment.
   *
   * @param environment of the boot that fails
   */
  public Doctor(Map<String, String> environment) {
    this(environment, Clock.systemUTC(), TIMEOUT, MachineChecks::countWheels);
  }

  Doctor(
      Map<String, String> environment, Clock clock, Duration timeout, MachineChecks.Wheels wheels) {
    this.environment = environment;
    this.clock = clock;
    this.machine = new MachineChecks(timeout);
    this.wheels = wheels;
  }

  /**
   * Runs all checks.
   *
   * @return one result for each check, in the order of the way from the environment to the agent
   * @throws InterruptedException when the calling thread is interrupted
   */
  public List<Check> examine() throws InterruptedException {
    checks.add(
        Check.ok(
            "par",
            "PAR " + ParVersion.current() + ", Java " + Runtime.version() + ".",
            Guide.NONE));
    Map<String, String> answering = new HashMap<>(environment);
    String wheelhouse = environment.getOrDefault("WHEELHOUSE_DIR", "").strip();
    if (wheelhouse.isEmpty()) {
      checks.add(Check.skipped("wheelhouse", "WHEELHOUSE_DIR is not set."));
    } else {
      // Check this first and leave it out of the environment afterwards, because a hung mount would
      // block every later check.
      checks.add(machine.wheelhouse(Path.of(wheelhouse), wheels));
      answering.remove("WHEELHOUSE_DIR");
    }
    Optional<LauncherConfig> config = environment(answering);
    if (config.isEmpty()) {
      skip("the environment is not valid", "disk", "ports", "credentials", "dns", "endpoint");
      skip("the environment is not valid", "clock", "region", "list", "get", "package", "agent");
      return List.copyOf(checks);
    }
    ParConfig par = config.get().par();
    checks.add(machine.disk(par.cache().directory(), par.limits().packageBytes()));
    checks.add(machine.ports(config.get().ports()));
    boolean reachable = config.get().localPackage().isPresent() || remote(config.get());
    if (!reachable) {
      skip("the package cannot be fetched", "package", "agent");
    } else if (has("disk", Check.Status.FAILED)) {
      skip("the cache cannot be written", "package", "agent");
    } else {
      agent(config.get());
    }
    return List.copyOf(checks);
  }

  private void skip(String why, String... names) {
    for (String name : names) {
      checks.add(Check.skipped(name, "Not checked, because " + why + "."));
    }
  }

  private boolean has(String name, Check.Status status) {
    return checks.stream().anyMatch(c -> c.name().equals(name) && c.status() == status);
  }

  /** Adds a check; false when it failed. */
  private boolean add(Check check) {
    checks.add(check);
    return check.status() != Check.Status.FAILED;
  }

  private Optional<LauncherConfig> environment(Map<String, String> variables) {
    try {
      LauncherConfig config = LauncherConfig.fromEnvironment(variables);
      checks.add(
          Check.ok(
              "environment",
              "AGENT_APP_ID is '"
                  + config.agentAppId()
                  + "', the package is "
                  + config
                      .reference()
                      .map(PackageRef::toString)
                      .or(() -> config.localPackage().map(Path::toString))
                      .orElse("not named")
                  + ", allowed buckets are "
                  + config.par().s3().buckets()
                  + ".",
              Guide.AGENT_APP_ID));
      return Optional.of(config);
    } catch (ParException e) {
      if (e.problems().isEmpty()) {
        checks.add(Check.failed("environment", e, Guide.LOG));
      }
      for (ParException.Problem problem : e.problems()) {
        checks.add(
            Check.failed(
                "environment",
                ExitCode.CONFIG,
                problem.message().startsWith(problem.where())
                    ? problem.message()
                    : problem.where() + " " + problem.message(),
                OperatorHints.of(problem.hint()),
                Guide.ofVariable(problem.where(), problem.message())));
      }
      return Optional.empty();
    }
  }

  /** Checks the way to the object; false when a fetch would fail. */
  private boolean remote(LauncherConfig config) throws InterruptedException {
    ParConfig par = config.par();
    PackageRef reference = config.reference().orElseThrow();
    if (par.offline()) {
      for (String name :
          List.of("credentials", "dns", "endpoint", "clock", "region", "list", "get")) {
        checks.add(Check.skipped(name, "Not needed, because PAR_OFFLINE is true."));
      }
      return true;
    }
    config.proxies().install();
    boolean signed = !(reference.address() instanceof PackageRef.HttpsUrl);
    boolean credentials =
        signed
            ? add(new CredentialSource(environment, clock).check())
            : add(Check.skipped("credentials", "Not needed, because the address is presigned."));
    Network network = network(reference, par);
    if (!add(network.name())) {
      skip("the name has no address", "endpoint", "clock", "region", "list", "get");
      return false;
    }
    if (!add(network.connection())) {
      skip("the endpoint does not answer", "clock", "region", "list", "get");
      return false;
    }
    add(network.clock());
    boolean region =
        add(signed ? network.region() : Check.skipped("region", "The address names it."));
    if (!credentials || !region) {
      skip("an earlier check failed", "list", "get");
      return false;
    }
    return object(reference, par);
  }

  private Network network(PackageRef reference, ParConfig par) {
    String region = par.s3().region().orElse(ParConfig.DEFAULT_REGION);
    URI endpoint =
        reference.address() instanceof PackageRef.HttpsUrl url
            ? URI.create(url.uri().getScheme() + "://" + url.uri().getRawAuthority())
            : par.s3().endpoint().orElseGet(() -> awsEndpoint(region));
    Optional<String> bucket =
        reference.address() instanceof PackageRef.HttpsUrl
            ? Optional.empty()
            : reference.bucket().or(() -> par.s3().buckets().stream().findFirst());
    return new Network(endpoint, bucket, region, clock, TIMEOUT);
  }

  private static URI awsEndpoint(String region) {
    String domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
    return URI.create("https://s3." + region + "." + domain);
  }

  /**
   * Whether the object can be read, without reading it: with a limit of one byte a fetch does all
   * but the download, and then refuses the size.
   */
  private boolean object(PackageRef reference, ParConfig par) {
    boolean listed = reference.address() instanceof PackageRef.Coordinates;
    Optional<ParException> failure = askForObject(reference, par);
    boolean listing =
        listed
            && failure.isPresent()
            && (failure.get().getMessage().startsWith("Listing ")
                || failure.get().kind() == ParException.Kind.NOT_FOUND
                || failure.get().kind() == ParException.Kind.CONFIG);
    if (!listed) {
      checks.add(
          Check.skipped("list", "s3:ListBucket is not needed, because the address names the key."));
    } else if (listing) {
      boolean denied = failure.get().kind() == ParException.Kind.ACCESS_DENIED;
      checks.add(Check.failed("list", failure.get(), denied ? Guide.GET_OBJECT : Guide.OBJECT));
      skip("no object was found", "get");
      return false;
    } else {
      checks.add(
          Check.ok("list", "s3:ListBucket finds the version of " + reference + ".", Guide.OBJECT));
    }
    if (failure.isPresent()) {
      checks.add(Check.failed("get", failure.get(), guide(failure.get())));
      return false;
    }
    checks.add(Check.ok("get", "s3:GetObject is granted for " + reference + ".", Guide.GET_OBJECT));
    return true;
  }

  private static String guide(ParException e) {
    return switch (e.kind()) {
      case NOT_FOUND -> Guide.OBJECT;
      case UNAVAILABLE -> Guide.ENDPOINT;
      case CONFIG -> Guide.ALLOWED_BUCKET;
      case ACCESS_DENIED ->
          e.getMessage().contains("resource-based policy") ? Guide.BUCKET_POLICY : Guide.GET_OBJECT;
      default -> Guide.NONE;
    };
  }

  private static Optional<ParException> askForObject(PackageRef reference, ParConfig par) {
    Path empty = temporary();
    try (Par probe =
        Par.builder(par)
            .cacheDirectory(empty)
            .maxPackageBytes(1)
            .attempts(2, FETCH_TIMEOUT)
            .build()) {
      probe.fetch(reference);
      return Optional.empty();
    } catch (ParException e) {
      return e.kind() == ParException.Kind.BAD_PACKAGE ? Optional.empty() : Optional.of(e);
    } finally {
      delete(empty);
    }
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("par-doctor-");
    } catch (IOException e) {
      throw new ParException(
          ParException.Kind.DISK,
          "The directory for temporary files cannot be written: " + e + ".",
          "Mount a writable /tmp.",
          e);
    }
  }

  private static void delete(Path directory) {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException | UncheckedIOException e) {
      // The remaining files are small and in the directory for temporary files.
    }
  }

  /** Checks the package as a boot would, and whether the machine has all it needs. */
  private void agent(LauncherConfig config) throws InterruptedException {
    try (Par par = Par.builder(config.par()).build()) {
      AgentPackage fetched;
      try {
        fetched =
            config.localPackage().isPresent()
                ? par.open(config.localPackage().get())
                : par.fetch(config.reference().orElseThrow());
      } catch (ParException e) {
        checks.add(Check.failed("package", e, Guide.OBJECT));
        skip("there is no package", "agent");
        return;
      }
      String id = fetched.manifest().name() + " " + fetched.manifest().version();
      checks.add(
          fetched.warnings().isEmpty()
              ? Check.ok(
                  "package", "The package is " + id + ", verified and unpacked.", Guide.OBJECT)
              : Check.warning(
                  "package",
                  "The package is " + id + ". " + String.join(" ", fetched.warnings()),
                  "Pack it again without them.",
                  Guide.OBJECT));
      try {
        AgentCommand command = AgentPreparation.prepare(fetched, config, Map.of(), PrepareLog.NONE);
        checks.add(
            Check.ok(
                "agent", "The agent would be started with " + command.argv() + ".", Guide.LOG));
      } catch (ParException e) {
        checks.add(Check.failed("agent", e, Guide.LOG));
      } catch (LaunchException e) {
        checks.add(Check.failed("agent", e.code(), e.getMessage(), e.hint(), Guide.LOG));
      }
    }
  }
}
