package global.pixell.par.launcher.config;

import java.util.Optional;

/** The version of this PAR. */
public final class ParVersion {
  private ParVersion() {}

  /** As the jar's manifest has it; {@code dev} where PAR runs from classes. */
  public static String current() {
    return Optional.ofNullable(ParVersion.class.getPackage().getImplementationVersion())
        .orElse("dev");
  }
}
