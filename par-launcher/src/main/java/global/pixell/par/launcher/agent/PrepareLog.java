package global.pixell.par.launcher.agent;

import java.util.Map;

/** Where the preparation of an agent reports to: the launcher's log, or nothing. */
public interface PrepareLog {

  /** For checks that report in another way. */
  PrepareLog NONE =
      new PrepareLog() {
        @Override
        public void info(String event, Map<String, Object> fields) {}

        @Override
        public void warning(String event, Map<String, Object> fields) {}
      };

  /**
   * A step that was done.
   *
   * @param event its stable name
   * @param fields typed values
   */
  void info(String event, Map<String, Object> fields);

  /**
   * Something odd that does not stop the boot.
   *
   * @param event its stable name
   * @param fields typed values
   */
  void warning(String event, Map<String, Object> fields);

  /**
   * A warning that is a sentence.
   *
   * @param message the sentence
   */
  default void warning(String message) {
    warning("Package warning", Map.of("message", message));
  }
}
