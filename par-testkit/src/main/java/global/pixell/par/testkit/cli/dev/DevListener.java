package global.pixell.par.testkit.cli.dev;

import global.pixell.par.testkit.internal.pack.PackageFolder;
import java.util.Map;

/**
 * Observes the steps of {@code dev}. Its methods run on the threads that do the work, so they must
 * return quickly and must not throw.
 */
interface DevListener {

  /** The folder was packed and published. */
  default void packed(PackageFolder.Packed packed) {}

  /**
   * The folder could not be packed; an agent that runs continues.
   *
   * @param reason sentences
   */
  default void notPacked(String reason) {}

  /**
   * A launcher has started.
   *
   * @param pid its process id
   * @param environment all its variables
   */
  default void started(long pid, Map<String, String> environment) {}

  /**
   * The launcher wrote a line.
   *
   * @param text the line
   * @param fields its JSON; empty for a line that is not JSON
   */
  default void line(String text, Map<String, ?> fields) {}

  /**
   * The launcher ended by itself: {@code dev} did not stop it.
   *
   * @param reason without a full stop at its end
   */
  default void ended(int exitCode, String reason) {}
}
