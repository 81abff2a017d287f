package global.pixell.par.launcher.agent.python;

import global.pixell.par.Digest;
import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.launcher.agent.AgentVariables;
import global.pixell.par.launcher.agent.PreparedAgent;
import global.pixell.par.launcher.config.TimedCall;
import global.pixell.par.launcher.derived.DerivedCache;
import global.pixell.par.launcher.failure.LaunchException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * The virtual environment of an agent. There is one for each digest of interpreter, platform,
 * packages of the image, and requirements. So agents with different requirements never share one,
 * and none is outdated.
 *
 * <p>It includes the packages of the image ({@code --system-site-packages}), so an image may bring
 * fastapi and boto3.
 */
final class PythonEnvironment {

  private static final Duration MOUNT = Duration.ofSeconds(10);

  private final PreparedAgent agent;
  private final Interpreter interpreter;
  private final Dependencies dependencies;

  private PythonEnvironment(
      PreparedAgent agent, Interpreter interpreter, Dependencies dependencies) {
    this.agent = agent;
    this.interpreter = interpreter;
    this.dependencies = dependencies;
  }

  /** The directory of the environment; empty for an agent without dependencies. */
  static Optional<Path> of(PreparedAgent agent, Interpreter interpreter)
      throws InterruptedException {
    Optional<Dependencies> dependencies =
        Dependencies.of(
            agent.tree(),
            agent.manifest(),
            interpreter,
            agent.config().wheelhouse().isPresent(),
            AgentVariables.ofTask(agent.config()),
            agent.log()::warning);
    if (dependencies.isEmpty()) {
      return Optional.empty();
    }
    dependencies.get().requirements().warnings().forEach(agent.log()::warning);
    return Optional.of(new PythonEnvironment(agent, interpreter, dependencies.get()).get());
  }

  private Path get() throws InterruptedException {
    long start = System.nanoTime();
    DerivedCache.Made made =
        agent.made().get("python", key(), agent.config().installTimeout(), this::make);
    var fields = new LinkedHashMap<String, Object>();
    fields.put("source", dependencies.source());
    for (String name : List.of("packages", "from", "installer")) {
      Object fact = made.facts().get(name);
      if (fact != null) {
        fields.put(name, fact);
      }
    }
    fields.put("reused", made.reused());
    fields.put("duration_ms", (System.nanoTime() - start) / 1_000_000);
    fields.put("environment", made.path().toString());
    agent.log().info("Dependencies installed", fields);
    return made.path();
  }

  private Digest key() {
    var parts = new ArrayList<String>();
    parts.add("python-environment 2");
    parts.add(interpreter.executable().toString());
    parts.add(interpreter.version());
    parts.add(interpreter.platform());
    parts.add(agent.config().wheelhouse().map(Path::toString).orElse(""));
    parts.addAll(ofImage());
    parts.addAll(dependencies.requirements().lines());
    parts.add("constraints");
    parts.addAll(dependencies.requirements().constraints());
    for (Path file : dependencies.requirements().files()) {
      try {
        parts.add(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
      } catch (IOException e) {
        throw LaunchException.agentFailed(file + " cannot be read: " + e + ".", "Pack it again.");
      }
    }
    // The package's own path is not part of the key, because it does not change the content.
    String tree = agent.tree().toString();
    return DerivedCache.key(parts.stream().map(part -> part.replace(tree, "")).toList());
  }

  /** The interpreter's file and the names of installed packages: both change with the image. */
  private List<String> ofImage() {
    var parts = new ArrayList<String>();
    try {
      Path file = interpreter.executable().toRealPath();
      parts.add(Files.size(file) + " " + Files.getLastModifiedTime(file));
      for (Path folder : interpreter.sitePackages()) {
        try (Stream<Path> all = Files.list(folder)) {
          all.map(f -> f.getFileName().toString())
              .filter(name -> name.endsWith(".dist-info") || name.endsWith(".egg-info"))
              .sorted()
              .forEach(parts::add);
        }
      }
    } catch (IOException e) {
      throw LaunchException.agentFailed(
          "The Python of this image cannot be read: " + e + ".", "Check its permissions.");
    }
    return parts;
  }

  private Map<String, Object> make(Path staging, Path place)
      throws IOException, InterruptedException {
    Optional<Path> wheelhouse = agent.config().wheelhouse();
    if (wheelhouse.isPresent()) {
      requireWheels(wheelhouse.get(), MOUNT, () -> holdsWheels(wheelhouse.get()));
    }
    Path scratch = Files.createTempDirectory("par-requirements-");
    try {
      String installer =
          new PythonInstaller(agent, interpreter, dependencies.source())
              .install(staging, dependencies.requirements().writeTo(scratch, wheelhouse), scratch);
      Optional<Path> outer = interpreter.outerSitePackages();
      if (outer.isPresent()) {
        seeAlso(staging, outer.get());
      }
      relocate(staging, place);
      var facts = new LinkedHashMap<String, Object>();
      facts.put("source", dependencies.source());
      facts.put("packages", count(staging));
      facts.put("from", wheelhouse.map(Path::toString).orElse("index"));
      facts.put("installer", installer);
      return facts;
    } finally {
      AtomicFiles.deleteTree(scratch);
    }
  }

  private static boolean holdsWheels(Path wheelhouse) throws IOException {
    try (Stream<Path> files = Files.list(wheelhouse)) {
      return files.anyMatch(f -> f.getFileName().toString().endsWith(".whl"));
    }
  }

  /**
   * Fails with a message for a network mount that hangs, which would otherwise hang the boot, and
   * for a wheelhouse without wheels.
   *
   * @param timeout after which a mount that does not answer counts as hung
   * @param holdsWheels looks into the directory
   */
  static void requireWheels(Path wheelhouse, Duration timeout, Callable<Boolean> holdsWheels)
      throws InterruptedException {
    try {
      if (!TimedCall.get("par-wheelhouse", timeout, holdsWheels)) {
        throw LaunchException.agentFailed(
            "WHEELHOUSE_DIR " + wheelhouse + " holds no wheels (*.whl).",
            "Fill it: pip wheel -r requirements.txt -w " + wheelhouse + ".");
      }
    } catch (TimeoutException e) {
      throw LaunchException.agentFailed(
          "WHEELHOUSE_DIR "
              + wheelhouse
              + " did not answer within "
              + timeout.toSeconds()
              + " s: its mount hangs.",
          "Check the mount target, its security group, and that the file system is available.");
    } catch (ExecutionException e) {
      throw LaunchException.agentFailed(
          "WHEELHOUSE_DIR " + wheelhouse + " cannot be read: " + e.getCause() + ".",
          "Check the mount and its permissions.");
    }
  }

  /** Corrects the interpreter's path in scripts, because the rename of the directory changes it. */
  private static void relocate(Path staging, Path place) throws IOException {
    String from = staging.toString();
    var files = new ArrayList<Path>();
    try (Stream<Path> bin = Files.list(staging.resolve("bin"))) {
      bin.filter(f -> Files.isRegularFile(f) && !Files.isSymbolicLink(f)).forEach(files::add);
    }
    files.add(staging.resolve("pyvenv.cfg"));
    for (Path file : files) {
      if (Files.isRegularFile(file)) {
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        if (text.contains(from)) {
          Files.writeString(
              file, text.replace(from, place.toString()), StandardCharsets.ISO_8859_1);
        }
      }
    }
  }

  private static void seeAlso(Path environment, Path sitePackages) throws IOException {
    try (Stream<Path> own = Files.list(environment.resolve("lib"))) {
      for (Path lib : own.filter(f -> f.getFileName().toString().startsWith("python")).toList()) {
        Files.writeString(
            lib.resolve("site-packages").resolve("par-image.pth"), sitePackages + "\n");
      }
    }
  }

  private static long count(Path environment) throws IOException {
    try (Stream<Path> files = Files.walk(environment.resolve("lib"), 3)) {
      return files
          .map(f -> f.getFileName().toString())
          .filter(n -> n.endsWith(".dist-info") || n.endsWith(".egg-info"))
          .filter(n -> !n.matches("(pip|setuptools)-.*"))
          .count();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
