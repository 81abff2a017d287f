package global.pixell.par.testkit.cli.dev;

import global.pixell.par.testkit.internal.launch.FreePorts;
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

  private static final Map<String, Integer> PORTS =
      Map.of("REST_PORT", 8080, "A2A_PORT", 50_051, "UI_PORT", 3000, "HEALTH_PORT", 8081);

  private DevEnvironment() {}

  /**
   * Chooses the variables, all but {@code PACKAGE_URL}.
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
    taken.addAll(List.of("LOG_LEVEL", "PAR_READY_TIMEOUT_MS", "PAR_READY_GRACE_MS"));
    for (String name : taken) {
      Optional.ofNullable(shell.get(name)).ifPresent(value -> variables.put(name, value));
    }
    PORTS.forEach((name, usual) -> choosePort(name, usual, shell, variables));
    return variables;
  }

  /** The port of the shell, else the usual one if it is free, else the free one that is set. */
  private static void choosePort(
      String name, int usual, Map<String, String> shell, Map<String, String> variables) {
    String wanted = shell.get(name);
    if (wanted != null) {
      variables.put(name, wanted);
    } else if (FreePorts.isFree(usual)) {
      variables.put(name, String.valueOf(usual));
    }
  }
}
