package global.pixell.par.testkit.cli.dev;

import global.pixell.par.testkit.internal.launch.LauncherProcess;
import global.pixell.par.testkit.internal.pack.PackageFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The variables of the launcher that {@code dev} starts. */
final class DevEnvironment {

  /** Variables that the launcher takes from the shell. */
  private static final List<String> OF_SHELL =
      List.of("LOG_LEVEL", "PAR_READY_TIMEOUT_MS", "PAR_READY_GRACE_MS");

  private DevEnvironment() {}

  /**
   * Chooses the variables, all but {@code PACKAGE_URL} and the ports.
   *
   * @param shell the variables of this process
   * @param s3 the variables of the fake S3
   * @param cache the launcher's cache directory
   * @return mutable
   */
  static Map<String, String> of(Map<String, String> shell, Map<String, String> s3, Path cache)
      throws IOException {
    Map<String, String> variables = LauncherProcess.environment(shell, s3, cache);
    variables.put("AGENT_APP_ID", shell.getOrDefault("AGENT_APP_ID", "dev"));
    var taken = new ArrayList<>(PackageFolder.LIMITS);
    taken.addAll(OF_SHELL);
    taken.addAll(DevPorts.NAMES);
    for (String name : taken) {
      Optional.ofNullable(shell.get(name)).ifPresent(value -> variables.put(name, value));
    }
    return variables;
  }
}
