package global.pixell.par.launcher.agent.python;

import global.pixell.par.AgentManifest;
import global.pixell.par.ParException;
import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.launcher.agent.Executable;
import global.pixell.par.launcher.agent.InstallProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Installs the dependencies of an agent beside its code when its author packs it, so that no task
 * has to install them. Uses only wheels for the platform and the Python that the agent will run on.
 */
public final class PackedDependencies {

  private static final Duration TIME = Duration.ofMinutes(15);

  private PackedDependencies() {}

  /**
   * Installs them into a directory.
   *
   * @param tree the agent's folder
   * @param manifest its manifest
   * @param platform the platform that it will run on, such as {@code linux/arm64}
   * @param python the version of Python that it will run on, such as {@code 3.12}; empty for the
   *     manifest's, else that of the Python on PATH
   * @param environment the environment of the author's shell; PAR uses its {@code WHEELHOUSE_DIR}
   * @param target an empty directory
   * @param warn receives warnings
   * @return the file that names the dependencies; empty when there are none
   * @throws IOException when the disk fails
   * @throws InterruptedException when the thread is interrupted
   */
  public static Optional<String> install(
      Path tree,
      AgentManifest manifest,
      String platform,
      String python,
      Map<String, String> environment,
      Path target,
      Consumer<String> warn)
      throws IOException, InterruptedException {
    Interpreter interpreter =
        PythonCheck.anyInterpreter(environment)
            .orElseThrow(
                () ->
                    refused(
                        "There is no Python to install the dependencies with.",
                        "Install python3 with pip, or uv."));
    Optional<Path> wheelhouse =
        Optional.ofNullable(environment.get("WHEELHOUSE_DIR"))
            .filter(w -> !w.isBlank())
            .map(Path::of);
    Optional<Dependencies> dependencies =
        Dependencies.of(tree, manifest, interpreter, wheelhouse.isPresent(), environment, warn);
    if (dependencies.isEmpty()) {
      return Optional.empty();
    }
    Requirements requirements = dependencies.get().requirements();
    requirements.warnings().forEach(warn);
    String wanted = manifest.runtime().map(AgentManifest.RuntimeSpec::version).orElse("");
    String version =
        !python.isEmpty()
            ? python
            : wanted.matches("3\\.\\d+")
                ? wanted
                : interpreter.version().replaceFirst("(\\d+\\.\\d+).*", "$1");
    Path scratch = Files.createTempDirectory("par-requirements-");
    try {
      List<String> from = requirements.writeTo(scratch, wheelhouse);
      Optional<Path> uv =
          Executable.onPath("uv", environment.getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin"));
      List<String> argv =
          uv.isPresent()
              ? uv(uv.get(), platform, version, target, from)
              : pip(interpreter, platform, version, target, from);
      InstallProcess.Result result = InstallProcess.run(argv, environment, scratch, TIME);
      if (!result.ok()) {
        throw refused(
            "The dependencies of "
                + dependencies.get().source()
                + " cannot be packed for Python "
                + version
                + " on "
                + platform
                + ": "
                + PythonInstaller.why(result.output()),
            "Each needs a wheel for that platform; build one with pip wheel, and name its folder in"
                + " WHEELHOUSE_DIR.");
      }
      return Optional.of(dependencies.get().source());
    } finally {
      AtomicFiles.deleteTree(scratch);
    }
  }

  private static List<String> pip(
      Interpreter interpreter, String platform, String version, Path target, List<String> from) {
    var argv =
        new ArrayList<>(
            List.of(
                interpreter.program().toString(),
                "-m",
                "pip",
                "install",
                "--target",
                target.toString(),
                "--only-binary=:all:",
                "--no-compile",
                "--no-input",
                "--disable-pip-version-check",
                "--python-version",
                version,
                "--implementation",
                "cp"));
    String machine = platform.endsWith("arm64") ? "aarch64" : "x86_64";
    for (String tag :
        List.of(
            "manylinux_2_28_", "manylinux_2_17_", "manylinux2014_", "manylinux2010_", "linux_")) {
      argv.add("--platform");
      argv.add(tag + machine);
    }
    argv.addAll(from);
    return argv;
  }

  private static List<String> uv(
      Path uv, String platform, String version, Path target, List<String> from) {
    var argv =
        new ArrayList<>(
            List.of(
                uv.toString(),
                "pip",
                "install",
                "--target",
                target.toString(),
                "--only-binary=:all:",
                "--python-version",
                version,
                "--python-platform",
                (platform.endsWith("arm64") ? "aarch64" : "x86_64") + "-manylinux_2_28"));
    argv.addAll(from);
    return argv;
  }

  private static ParException refused(String what, String hint) {
    return new ParException(ParException.Kind.BAD_PACKAGE, what, hint);
  }
}
