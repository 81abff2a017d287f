package global.pixell.par.launcher.agent.python;

import global.pixell.par.Digest;
import global.pixell.par.launcher.agent.AgentVariables;
import global.pixell.par.launcher.agent.Executable;
import global.pixell.par.launcher.agent.InstallProcess;
import global.pixell.par.launcher.agent.InstallProcess.Result;
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
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The virtual environment of an agent. There is one for each digest of interpreter, platform,
 * packages of the image, and requirements. So agents with different requirements never share one,
 * and none is outdated.
 *
 * <p>It includes the packages of the image ({@code --system-site-packages}), so an image may bring
 * fastapi and boto3. The installer runs with the task's environment and in a folder of its own, so
 * no file of the package configures it.
 */
final class PythonEnvironment {

  private static final Duration MOUNT = Duration.ofSeconds(10);
  private static final Duration QUESTION = Duration.ofSeconds(30);
  private static final int MAX_LINES = 10;

  /**
   * Prints pip's version. Since 22.3 pip has --python, which installs into an environment without
   * pip.
   */
  private static final String PIP_VERSION = "import pip; print(pip.__version__)";

  private final PreparedAgent agent;
  private final Interpreter interpreter;
  private final Dependencies dependencies;
  private final Map<String, String> environment;

  private PythonEnvironment(
      PreparedAgent agent, Interpreter interpreter, Dependencies dependencies) {
    this.agent = agent;
    this.interpreter = interpreter;
    this.dependencies = dependencies;
    environment = AgentVariables.ofTask(agent.config());
    environment.keySet().removeIf(name -> name.startsWith("PYTHON"));
    environment.putIfAbsent("HOME", "/tmp");
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
          "The Python of this image cannot be looked at: " + e + ".", "Check its permissions.");
    }
    return parts;
  }

  private Result run(List<String> argv) throws InterruptedException {
    return InstallProcess.run(argv, environment, Path.of("/"), QUESTION);
  }

  private Map<String, Object> make(Path staging, Path place)
      throws IOException, InterruptedException {
    Optional<Path> wheelhouse = agent.config().wheelhouse();
    if (wheelhouse.isPresent()) {
      requireWheels(wheelhouse.get(), MOUNT, () -> holdsWheels(wheelhouse.get()));
    }
    Path files = Files.createTempDirectory("par-requirements-");
    try {
      Path requirements = write(files, "requirements.txt", dependencies.requirements().lines());
      var from = new ArrayList<>(List.of("-r", requirements.toString()));
      if (!dependencies.requirements().constraints().isEmpty()) {
        from.add("-c");
        from.add(
            write(files, "constraints.txt", dependencies.requirements().constraints()).toString());
      }
      wheelhouse.ifPresent(
          directory -> {
            from.add("--no-index");
            from.add("--find-links");
            from.add(directory.toString());
          });
      Optional<Path> uv = Executable.onPath("uv", agent.environment().get("PATH"));
      String installer =
          uv.isPresent() ? withUv(uv.get(), staging, from, files) : withPip(staging, from, files);
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
      deleteFlat(files);
    }
  }

  private String withUv(Path uv, Path staging, List<String> from, Path files)
      throws InterruptedException {
    String python = interpreter.executable().toString();
    install(
        "uv venv",
        List.of(
            uv.toString(),
            "venv",
            "--no-config",
            "--allow-existing",
            "--python",
            python,
            "--system-site-packages",
            staging.toString()),
        files);
    var argv =
        new ArrayList<>(
            List.of(
                uv.toString(),
                "pip",
                "install",
                "--no-config",
                "--no-cache",
                "--compile-bytecode",
                "--python",
                staging.resolve("bin/python").toString()));
    if (wheelsOnly()) {
      argv.add("--no-build");
    }
    argv.addAll(from);
    install("uv pip install", argv, files);
    return run(List.of(uv.toString(), "--version")).output().strip();
  }

  private String withPip(Path staging, List<String> from, Path files) throws InterruptedException {
    String python = interpreter.executable().toString();
    Result pip = run(List.of(python, "-I", "-c", PIP_VERSION));
    boolean outside = pip.ok() && atLeast22Dot3(pip.output().strip());
    var venv = new ArrayList<>(List.of(python, "-I", "-m", "venv", "--system-site-packages"));
    if (outside) {
      venv.add("--without-pip");
    }
    venv.add(staging.toString());
    install("python -m venv", venv, files);
    String own = staging.resolve("bin/python").toString();
    var argv = new ArrayList<String>();
    argv.addAll(
        outside
            ? List.of(python, "-I", "-m", "pip", "--python", own)
            : List.of(own, "-I", "-m", "pip"));
    argv.addAll(
        List.of(
            "install",
            "--no-input",
            "--disable-pip-version-check",
            "--no-cache-dir",
            "--no-warn-script-location"));
    if (wheelsOnly()) {
      argv.add("--only-binary=:all:");
    }
    argv.addAll(from);
    install("pip install", argv, files);
    return "pip" + (pip.ok() ? " " + pip.output().strip() : "");
  }

  /** A build of a package would run its code as PAR's user, and a wheelhouse needs no builds. */
  private boolean wheelsOnly() {
    return agent.config().wheelhouse().isPresent()
        || agent.config().environment().containsKey("PAR_AGENT_USER");
  }

  private static boolean atLeast22Dot3(String version) {
    return global.pixell.par.launcher.agent.VersionRule.of(">=22.3").admits(version);
  }

  private void install(String what, List<String> argv, Path directory) throws InterruptedException {
    Duration timeout = agent.config().installTimeout();
    Result result = InstallProcess.run(argv, environment, directory, timeout);
    if (result.timedOut()) {
      throw LaunchException.agentFailed(
          what
              + " did not end within "
              + timeout.toMillis()
              + " ms (PAR_PIP_TIMEOUT_MS). Its last lines: "
              + lastLines(result.output()),
          "Check that the task can reach the index, set WHEELHOUSE_DIR, or pack with --deps.");
    }
    if (!result.ok()) {
      throw LaunchException.agentFailed(
          what + " failed for " + dependencies.source() + ": " + why(result.output()),
          hint(result.output()));
    }
  }

  /** The lines that give the reason, from pip (ERROR:) or uv (the tree of its × line). */
  static String why(String output) {
    List<String> lines = output.lines().map(String::strip).filter(l -> !l.isEmpty()).toList();
    List<String> errors =
        lines.stream()
            .filter(line -> line.matches("(?i)(error\\b|× |╰─|├─|│|.*error: |hint: ).*"))
            .filter(line -> !line.contains("exit code: 1"))
            .distinct()
            .limit(MAX_LINES)
            .toList();
    return errors.isEmpty() ? lastLines(output) : String.join(" / ", errors);
  }

  private static String lastLines(String output) {
    List<String> lines = output.lines().map(String::strip).filter(l -> !l.isEmpty()).toList();
    return lines.subList(Math.max(0, lines.size() - MAX_LINES), lines.size()).stream()
        .collect(Collectors.joining(" / "));
  }

  private String hint(String output) {
    if (output.contains("ensurepip") || output.contains("No module named venv")) {
      return "The image lacks parts of Python: install python3-venv and python3-pip, or uv.";
    }
    Optional<Path> wheelhouse = agent.config().wheelhouse();
    if (wheelhouse.isPresent()) {
      return "Put wheels for Python "
          + interpreter.version()
          + " on "
          + interpreter.platform()
          + " into "
          + wheelhouse.get()
          + ": pip wheel -r "
          + dependencies.source()
          + " -w "
          + wheelhouse.get()
          + ".";
    }
    return "Check the names and versions in "
        + dependencies.source()
        + ", and that the task can reach the index; or set WHEELHOUSE_DIR, or pack with --deps.";
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

  private static Path write(Path directory, String name, List<String> lines) throws IOException {
    return Files.write(directory.resolve(name), lines);
  }

  private static void deleteFlat(@Nullable Path directory) throws IOException {
    if (directory != null) {
      try (Stream<Path> files = Files.list(directory)) {
        for (Path file : files.toList()) {
          Files.deleteIfExists(file);
        }
      }
      Files.deleteIfExists(directory);
    }
  }
}
