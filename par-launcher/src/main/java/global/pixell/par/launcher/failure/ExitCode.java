package global.pixell.par.launcher.failure;

import global.pixell.par.ParException;

/** Why a boot failed, as a process can say it. Numbers under 80 and over 89 are the agent's own. */
public enum ExitCode {
  CONFIG(80),
  NOT_FOUND(81),
  ACCESS_DENIED(82),
  UNAVAILABLE(83),
  CORRUPT(84),
  BAD_PACKAGE(85),
  DISK(86),
  AGENT_FAILED(87),
  BOOT_TIMEOUT(88),
  INTERNAL(89);

  private final int number;

  ExitCode(int number) {
    this.number = number;
  }

  public int number() {
    return number;
  }

  /** The code for a failure of the library. Two codes are the launcher's own and have no kind. */
  public static ExitCode of(ParException.Kind kind) {
    return switch (kind) {
      case CONFIG -> CONFIG;
      case NOT_FOUND -> NOT_FOUND;
      case ACCESS_DENIED -> ACCESS_DENIED;
      case UNAVAILABLE -> UNAVAILABLE;
      case CORRUPT -> CORRUPT;
      case BAD_PACKAGE -> BAD_PACKAGE;
      case DISK -> DISK;
      // A stopped boot ends with 0 and does not get here, so this is a bug.
      case CANCELLED, INTERNAL -> INTERNAL;
    };
  }
}
