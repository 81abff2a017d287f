package global.pixell.par.launcher.agent.python;

import global.pixell.par.internal.text.Json;
import global.pixell.par.launcher.agent.Executable;
import global.pixell.par.launcher.agent.InstallProcess;
import global.pixell.par.launcher.agent.PrepareLog;
import global.pixell.par.launcher.agent.VersionRule;
import global.pixell.par.launcher.failure.LaunchException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A Python interpreter that works. PAR runs a candidate to check this, because version managers put
 * names on PATH that lead nowhere. It does not run a binary whose name is certain to be right.
 *
 * @param program as it was found on PATH
 * @param executable the real file behind it
 * @param version such as {@code 3.11.2}, or {@code 3.11} if PAR did not run it
 * @param cacheTag the tag of its bytecode files, such as {@code cpython-311}
 * @param platform such as {@code linux-x86_64}
 */
record Interpreter(
    Path program, Path executable, String version, String cacheTag, String platform) {

  private static final String OLDEST = "3.8";
  private static final Pattern REAL_NAME = Pattern.compile("python3\\.(\\d+)");
  private static final Pattern NAME = Pattern.compile("python(3(\\.\\d+)?)?");
  private static final Duration QUESTION = Duration.ofSeconds(20);
  private static final String ASK =
      "import json,sys,os;"
          + "print(json.dumps({'executable':sys.executable,"
          + "'version':'.'.join(map(str,sys.version_info[:3])),"
          + "'cacheTag':sys.implementation.cache_tag or '',"
          + "'platform':sys.platform+'-'+os.uname().machine}))";

  /**
   * The interpreter for an agent.
   *
   * @param wanted the version as the manifest spells it; empty for any
   * @param path PATH
   * @param environment the environment in which PAR runs candidates
   * @param log receives a warning if the version is another than the manifest's
   */
  static Interpreter choose(
      String wanted, String path, Map<String, String> environment, PrepareLog log)
      throws InterruptedException {
    VersionRule rule = VersionRule.of(wanted);
    var names = new LinkedHashSet<String>();
    if (rule.exact() && wanted.contains(".")) {
      names.add("python" + wanted);
    }
    names.add("python3");
    names.add("python");
    var seen = new ArrayList<Interpreter>();
    for (String name : names) {
      Optional<Interpreter> found =
          Executable.onPath(name, path)
              .flatMap(p -> known(p, wanted).or(() -> unchecked(p, environment)));
      throwIfInterrupted();
      if (found.isPresent()) {
        seen.add(found.get());
        if (supported(found.get()) && rule.admits(found.get().version())) {
          return found.get();
        }
      }
    }
    if (!rule.exact()) {
      // An interpreter with another name may satisfy the range.
      Optional<Interpreter> other = newestWithin(rule, path, environment);
      if (other.isPresent()) {
        return other.get();
      }
    }
    Optional<Interpreter> newer =
        seen.stream().filter(i -> supported(i) && rule.admitsOrNewer(i.version())).findFirst();
    if (newer.isPresent()) {
      log.warning(
          "The agent asks for Python "
              + wanted
              + ", which is not on PATH; it runs on "
              + newer.get().program()
              + ", Python "
              + newer.get().version()
              + ".");
      return newer.get();
    }
    throw none(wanted, path, seen);
  }

  /**
   * Takes the version from the name of a binary such as {@code python3.11}, because running it
   * would cost every boot a start of Python. Empty for scripts, such as those of version managers,
   * and for the Python of a virtual environment: PAR runs these.
   */
  private static Optional<Interpreter> known(Path program, String wanted) {
    if (wanted.matches(".*\\d+\\.\\d+\\.\\d+.*")) {
      return Optional.empty();
    }
    try {
      Path real = program.toRealPath();
      Matcher name = REAL_NAME.matcher(real.getFileName().toString());
      if (!name.matches() || venvOf(program).isPresent() || !isElf(real)) {
        return Optional.empty();
      }
      String minor = name.group(1);
      return Optional.of(
          new Interpreter(
              program, real, "3." + minor, "cpython-3" + minor, Executable.hostPlatform()));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static boolean isElf(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] head = in.readNBytes(4);
      return head.length == 4 && head[0] == 0x7f && head[1] == 'E';
    }
  }

  /** The virtual environment of the image that a program belongs to, if there is one. */
  private static Optional<Path> venvOf(Path program) {
    Path bin = program.getParent();
    Path venv = bin == null ? null : bin.getParent();
    return Optional.ofNullable(venv).filter(v -> Files.isRegularFile(v.resolve("pyvenv.cfg")));
  }

  /** The folders of the image's packages, which decide what else must be installed. */
  List<Path> sitePackages() {
    String line = version.replaceFirst("^(\\d+\\.\\d+).*", "$1");
    var folders = new ArrayList<Path>();
    venvOf(program).ifPresent(v -> folders.add(v.resolve("lib/python" + line + "/site-packages")));
    Path bin = executable.getParent();
    if (bin != null && bin.getParent() != null) {
      Path prefix = bin.getParent();
      folders.add(prefix.resolve("lib/python" + line + "/site-packages"));
      folders.add(prefix.resolve("lib/python3/dist-packages"));
      folders.add(prefix.resolve("local/lib/python" + line + "/dist-packages"));
    }
    return folders.stream().filter(Files::isDirectory).distinct().toList();
  }

  /**
   * The packages of the image's own virtual environment, which a new one does not include by
   * itself.
   */
  Optional<Path> outerSitePackages() {
    return venvOf(program).isPresent() ? sitePackages().stream().findFirst() : Optional.empty();
  }

  private static boolean supported(Interpreter interpreter) {
    return VersionRule.of(">=" + OLDEST).admits(interpreter.version());
  }

  private static LaunchException none(String wanted, String path, List<Interpreter> seen) {
    List<String> there =
        seen.stream().map(i -> i.program() + " (" + i.version() + ")").distinct().toList();
    Set<String> names = namesOnPath(path);
    return LaunchException.agentFailed(
        "The agent needs Python "
            + (wanted.isEmpty() ? OLDEST + " or newer" : wanted)
            + (there.isEmpty()
                ? ", and there is none on PATH " + path
                : ", and PATH has " + String.join(", ", there))
            + (names.isEmpty() ? "." : " (names: " + String.join(", ", names) + ")."),
        "Take an image with that Python, or change runtime in agent.yaml.");
  }

  private static Optional<Interpreter> newestWithin(
      VersionRule rule, String path, Map<String, String> environment) throws InterruptedException {
    List<String> names =
        namesOnPath(path).stream()
            .filter(name -> name.matches("python3\\.\\d+"))
            .sorted((a, b) -> Integer.compare(minor(b), minor(a)))
            .toList();
    for (String name : names) {
      Optional<Interpreter> found =
          Executable.onPath(name, path).flatMap(p -> unchecked(p, environment));
      throwIfInterrupted();
      if (found.filter(i -> supported(i) && rule.admits(i.version())).isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static int minor(String name) {
    return Integer.parseInt(name.substring(name.indexOf('.') + 1));
  }

  private static Set<String> namesOnPath(String path) {
    var names = new LinkedHashSet<String>();
    for (String folder : path.split(File.pathSeparator, -1)) {
      if (!folder.isEmpty() && Files.isDirectory(Path.of(folder))) {
        try (Stream<Path> files = Files.list(Path.of(folder))) {
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> NAME.matcher(name).matches())
              .sorted()
              .forEach(names::add);
        } catch (IOException e) {
          // Skip a folder that cannot be read.
        }
      }
    }
    return names;
  }

  private static Optional<Interpreter> unchecked(Path program, Map<String, String> environment) {
    try {
      return ask(program, environment);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  private static void throwIfInterrupted() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException("stopped while looking for Python");
    }
  }

  /** Runs a program to learn its version; empty if it does not work. */
  static Optional<Interpreter> ask(Path program, Map<String, String> environment)
      throws InterruptedException {
    // -I -S: ignore modules and settings of the package, the user and the site.
    InstallProcess.Result answer =
        InstallProcess.run(
            List.of(program.toString(), "-I", "-S", "-c", ASK),
            environment,
            Path.of("/"),
            QUESTION);
    if (!answer.ok()) {
      return Optional.empty();
    }
    try {
      Map<String, ?> fields = Json.read(answer.output().strip());
      return Optional.of(
          new Interpreter(
              program,
              Path.of(Json.text(fields, "executable").orElse(program.toString())),
              Json.text(fields, "version").orElse("0"),
              Json.text(fields, "cacheTag").orElse(""),
              Json.text(fields, "platform").orElse("")));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
