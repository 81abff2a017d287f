package global.pixell.par.launcher.doctor;

import global.pixell.par.ParException;
import global.pixell.par.launcher.failure.ExitCode;
import global.pixell.par.launcher.failure.OperatorHints;

/**
 * The result of one check.
 *
 * @param name the subject of the check
 * @param status how it is
 * @param seen what was seen, as a sentence
 * @param remedy what to do, as a sentence; empty if nothing needs to be done
 * @param guide the step of the troubleshooting guide that it belongs to; empty if it belongs to
 *     none
 * @param exitCode why a boot would fail; 0 unless it would
 */
record Check(String name, Status status, String seen, String remedy, String guide, int exitCode) {

  /** How a thing is. */
  public enum Status {
    /** As it should be. */
    OK,
    /** A boot works, but an operator should look at it. */
    WARNING,
    /** A boot would fail. */
    FAILED,
    /** Not checked, because an earlier check failed or because it is not needed. */
    SKIPPED
  }

  static Check ok(String name, String seen, String guide) {
    return new Check(name, Status.OK, seen, "", guide, 0);
  }

  static Check warning(String name, String seen, String remedy, String guide) {
    return new Check(name, Status.WARNING, seen, remedy, guide, 0);
  }

  static Check skipped(String name, String why) {
    return new Check(name, Status.SKIPPED, why, "", "", 0);
  }

  static Check failed(String name, ExitCode code, String seen, String remedy, String guide) {
    return new Check(name, Status.FAILED, seen, remedy, guide, code.number());
  }

  /** A check that failed with the error of a fetch. */
  static Check failed(String name, ParException e, String guide) {
    return failed(name, ExitCode.of(e.kind()), e.getMessage(), OperatorHints.of(e.hint()), guide);
  }
}
