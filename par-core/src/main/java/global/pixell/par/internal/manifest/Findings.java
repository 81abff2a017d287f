package global.pixell.par.internal.manifest;

import global.pixell.par.ParException.Problem;
import java.util.ArrayList;
import java.util.List;

/** Collects the faults and warnings of one {@code agent.yaml}, so that all are reported at once. */
final class Findings {

  private final List<Problem> faults = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  void fault(int line, String message, String hint) {
    faults.add(new Problem(place(line), message, hint));
  }

  void warn(String message) {
    warnings.add(message);
  }

  void warn(int line, String message) {
    warnings.add(place(line) + ": " + message);
  }

  List<Problem> faults() {
    return faults;
  }

  List<String> warnings() {
    return warnings;
  }

  private static String place(int line) {
    return ManifestReader.FILE + ":" + line;
  }
}
