package global.pixell.par.launcher.agent.python;

import global.pixell.par.launcher.agent.AgentVariables;
import global.pixell.par.launcher.agent.Executable;
import global.pixell.par.launcher.agent.InstallProcess;
import global.pixell.par.launcher.agent.InstallProcess.Result;
import global.pixell.par.launcher.agent.PreparedAgent;
import global.pixell.par.launcher.agent.VersionRule;
import global.pixell.par.launcher.failure.LaunchException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Makes a virtual environment and installs packages into it, with uv where the image has it, else
 * with pip. The installer runs with the task's environment and in a temporary directory, so that no
 * file of the package configures it.
 */
final class PythonInstaller {

  private static final Duration QUESTION = Duration.ofSeconds(30);
  private static final int MAX_LINES = 10;

  /**
   * Prints pip's version. Since 22.3 pip has --python, which installs into an environment without
   * pip.
   */
  private static final String PIP_VERSION = "import pip; print(pip.__version__)";

  private final PreparedAgent agent;
  private final Interpreter interpreter;
  private final String source;
  private final Map<String, String> environment;

  /**
   * An installer for one agent.
   *
   * @param source the file that names the dependencies, for messages
   */
  PythonInstaller(PreparedAgent agent, Interpreter interpreter, String source) {
    this.agent = agent;
    this.interpreter = interpreter;
    this.source = source;
    environment = AgentVariables.ofTask(agent.config());
    environment.keySet().removeIf(name -> name.startsWith("PYTHON"));
    environment.putIfAbsent("HOME", "/tmp");
  }

  /**
   * Makes an environment.
   *
   * @param staging where
   * @param from the installer's arguments that name the packages and where they come from
   * @param scratch the installer's working directory
   * @return the installer and its version
   */
  String install(Path staging, List<String> from, Path scratch) throws InterruptedException {
    Optional<Path> uv = Executable.onPath("uv", agent.environment().get("PATH"));
    return uv.isPresent()
        ? withUv(uv.get(), staging, from, scratch)
        : withPip(staging, from, scratch);
  }

  private String withUv(Path uv, Path staging, List<String> from, Path scratch)
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
        scratch);
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
    install("uv pip install", argv, scratch);
    return run(List.of(uv.toString(), "--version")).output().strip();
  }

  private String withPip(Path staging, List<String> from, Path scratch)
      throws InterruptedException {
    String python = interpreter.executable().toString();
    Result pip = run(List.of(python, "-I", "-c", PIP_VERSION));
    boolean outside = pip.ok() && atLeast22Dot3(pip.output().strip());
    var venv = new ArrayList<>(List.of(python, "-I", "-m", "venv", "--system-site-packages"));
    if (outside) {
      venv.add("--without-pip");
    }
    venv.add(staging.toString());
    install("python -m venv", venv, scratch);
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
    install("pip install", argv, scratch);
    return "pip" + (pip.ok() ? " " + pip.output().strip() : "");
  }

  /** A build of a package would run its code as PAR's user, and a wheelhouse needs no builds. */
  private boolean wheelsOnly() {
    return agent.config().wheelhouse().isPresent()
        || agent.config().environment().containsKey("PAR_AGENT_USER");
  }

  private static boolean atLeast22Dot3(String version) {
    return VersionRule.of(">=22.3").admits(version);
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
          what + " failed for " + source + ": " + why(result.output()), hint(result.output()));
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
          + source
          + " -w "
          + wheelhouse.get()
          + ".";
    }
    return "Check the names and versions in "
        + source
        + ", and that the task can reach the index; or set WHEELHOUSE_DIR, or pack with --deps.";
  }

  private Result run(List<String> argv) throws InterruptedException {
    return InstallProcess.run(argv, environment, Path.of("/"), QUESTION);
  }
}
