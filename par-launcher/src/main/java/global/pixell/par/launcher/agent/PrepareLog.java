package global.pixell.par.launcher.agent;

import java.util.Map;

/** Receives the reports of an agent's preparation. */
public interface PrepareLog {

  /** Drops all reports, for checks that report in another way. */
  PrepareLog NONE =
      new PrepareLog() {
        @Override
        public void info(String event, Map<String, Object> fields) {}

        @Override
        public void warning(String event, Map<String, Object> fields) {}
      };

  /**
   * Reports a completed step.
   *
   * @param event its stable name
   * @param fields typed values
   */
  void info(String event, Map<String, Object> fields);

  /**
   * Reports a problem that does not stop the boot.
   *
   * @param event its stable name
   * @param fields typed values
   */
  void warning(String event, Map<String, Object> fields);

  /**
   * Reports a warning that is a sentence.
   *
   * @param message the sentence
   */
  default void warning(String message) {
    warning("Package warning", Map.of("message", message));
  }
}
