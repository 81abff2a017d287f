package global.pixell.par.launcher.config;

import global.pixell.par.EnvironmentReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Names without the prefix {@code PAR_} that are probably misspelt. Such a name may be the agent's
 * own, so most cause a warning only. But a digest, a source or an allow-list that silently has no
 * effect would undo a promise, so a name that differs from one of these by one letter is refused.
 */
final class NearMisses {

  private static final List<String> PROMISES =
      List.of("PACKAGE_SHA256", "PACKAGE_URL", "S3_BUCKET");

  private static final List<String> OTHERS =
      List.of(
          "AGENT_APP_ID",
          "DEPLOYMENT_ID",
          "PACKAGE_NAME",
          "AGENT_PACKAGE_PATH",
          "PACKAGE_SHA256",
          "PACKAGE_URL",
          "MAX_PACKAGE_SIZE_MB",
          "REST_PORT",
          "A2A_PORT",
          "HEALTH_PORT",
          "MULTIPLEXED",
          "BASE_PATH",
          "BOOT_BUDGET_MS",
          "BOOT_HARD_LIMIT_MULTIPLIER",
          "GRACEFUL_SHUTDOWN_TIMEOUT_SEC",
          "WHEELHOUSE_DIR");

  private NearMisses() {}

  /**
   * Checks all names. A known name is not a near miss, and neither is a name near one that is also
   * set.
   *
   * @param reader takes the refusals
   * @return the warnings
   */
  static List<String> check(Map<String, String> environment, EnvironmentReader reader) {
    var warnings = new ArrayList<String>();
    for (String name : new TreeSet<>(environment.keySet())) {
      if (LauncherConfig.KNOWN.contains(name) || name.startsWith("PAR_")) {
        continue;
      }
      if (isReported(name, environment)) {
        continue;
      }
      Optional<String> promise = near(name, PROMISES, 1, environment);
      if (promise.isPresent()) {
        reader.fault(
            name,
            "is not a variable of PAR, and " + promise.get() + " is not set.",
            "Did you mean " + promise.get() + "? If it is the agent's own, give it another name.");
        continue;
      }
      near(name, OTHERS, 3, environment)
          .ifPresent(
              other ->
                  warnings.add(
                      name
                          + " is not a variable of PAR and goes to the agent. Did you mean "
                          + other
                          + "?"));
    }
    return warnings;
  }

  /** A missing required variable is reported as a fault instead, and that names the near miss. */
  private static boolean isReported(String name, Map<String, String> environment) {
    boolean noSource =
        !environment.containsKey("PACKAGE_NAME") && !environment.containsKey("AGENT_PACKAGE_PATH");
    return near(name, List.of("AGENT_APP_ID"), 3, environment).isPresent()
        || (noSource && near(name, List.of("PACKAGE_URL"), 3, environment).isPresent());
  }

  private static Optional<String> near(
      String name, List<String> rights, int most, Map<String, String> environment) {
    String upper = name.toUpperCase(Locale.ROOT);
    return rights.stream()
        .filter(right -> !environment.containsKey(right))
        .filter(
            right ->
                distance(upper, right) <= Math.min(most, right.length() / 4)
                    || (most > 1 && isBeginning(upper, right)))
        .findFirst();
  }

  private static boolean isBeginning(String name, String right) {
    return name.length() >= 10 && right.startsWith(name + "_");
  }

  /** Letters to insert, remove, replace or swap with their neighbour. */
  static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      d[i][0] = i;
    }
    for (int j = 0; j <= b.length(); j++) {
      d[0][j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      for (int j = 1; j <= b.length(); j++) {
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + change);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
