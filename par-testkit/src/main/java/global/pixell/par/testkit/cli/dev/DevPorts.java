package global.pixell.par.testkit.cli.dev;

import global.pixell.par.testkit.internal.launch.FreePorts;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The ports of an agent under {@code dev}: those that the author sets, else the usual ones, else
 * free ones. Another program can take a port after it was chosen, because dev does not hold it.
 */
final class DevPorts {

  /** The port that the launcher uses without a variable, by the variable's name. */
  static final Map<String, Integer> USUAL =
      Map.of("REST_PORT", 8080, "A2A_PORT", 50_051, "UI_PORT", 3000, "HEALTH_PORT", 8081);

  /** The variables. */
  static final Set<String> NAMES = USUAL.keySet();

  /** The variables that the author does not set. */
  private final Set<String> own;

  /**
   * Chooses nothing yet.
   *
   * @param given the names of all variables that the author sets
   */
  DevPorts(Set<String> given) {
    own = new TreeSet<>(NAMES);
    own.removeAll(given);
  }

  /** Sets each variable to the usual port, if that is free; otherwise it stays as it is. */
  void choose(Map<String, String> variables, Map<String, Integer> usual) {
    for (String name : own) {
      Integer port = usual.get(name);
      if (port != null && FreePorts.isFree(port)) {
        variables.put(name, port.toString());
      }
    }
  }

  /**
   * Sets each variable whose port another program has taken to a free port.
   *
   * @return a sentence for each changed variable
   */
  List<String> replaceTaken(Map<String, String> variables) throws IOException {
    var changes = new ArrayList<String>();
    for (String name : own) {
      String port = variables.getOrDefault(name, "");
      if (!port.isEmpty() && !FreePorts.isFree(Integer.parseInt(port))) {
        String other = String.valueOf(FreePorts.next());
        variables.put(name, other);
        changes.add(
            name + " " + port + " has been taken by another program; the agent gets " + other);
      }
    }
    return changes;
  }
}
