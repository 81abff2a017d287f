package global.pixell.par.testkit.internal.launch;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Starts the real launcher in its own process. */
public final class LauncherProcess {

  private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");

  private LauncherProcess() {}

  /** Starts the launcher with exactly these variables; it inherits stderr. */
  public static Process start(Map<String, String> environment) throws IOException {
    var builder = new ProcessBuilder(LauncherCommand.of("64m", List.of()));
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    return builder.start();
  }

  /**
   * The variables of a boot against a fake S3, except those that name the package: the variables of
   * the caller's shell, a {@code PATH} that begins with this JVM's java, and free ports.
   */
  public static Map<String, String> environment(
      Map<String, String> shell, Map<String, String> s3, Path cache) throws IOException {
    var variables = new HashMap<String, String>();
    for (String name : List.of("HOME", "LANG", "TZ", "TMPDIR")) {
      Optional.ofNullable(shell.get(name)).ifPresent(value -> variables.put(name, value));
    }
    String path = shell.getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin");
    variables.put("PATH", JAVA.getParent() + File.pathSeparator + path);
    variables.putAll(s3);
    variables.put("PAR_CACHE_DIR", cache.toString());
    variables.putAll(FreePorts.variables());
    return variables;
  }
}
