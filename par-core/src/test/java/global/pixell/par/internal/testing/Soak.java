package global.pixell.par.internal.testing;

/**
 * How long random tests run. The default finds frequent errors quickly; {@code -Dpar.soak=true}
 * searches for rare ones.
 */
public final class Soak {

  private Soak() {}

  /** Whether this is a long run. */
  public static boolean isOn() {
    return Boolean.getBoolean("par.soak");
  }

  /** How many rounds to run. */
  public static int rounds(int byDefault, int inSoak) {
    return isOn() ? inSoak : byDefault;
  }
}
