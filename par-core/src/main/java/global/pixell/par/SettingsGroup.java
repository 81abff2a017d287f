package global.pixell.par;

/**
 * Settings that belong together.
 *
 * @param <G> the group itself
 */
abstract class SettingsGroup<G extends SettingsGroup<G>> implements Cloneable {

  SettingsGroup() {}

  /** A copy; shallow, because all values are immutable. */
  @SuppressWarnings("unchecked") // Every group names itself.
  G copy() {
    try {
      return (G) clone();
    } catch (CloneNotSupportedException e) {
      throw new AssertionError(e);
    }
  }

  /** Throws for the first value that is missing or breaks its rule. */
  abstract void check();

  static void requireAtLeast(long min, long value, String name) {
    if (value < min) {
      throw invalid(name + " is " + value + ".", "It must be at least " + min + ".");
    }
  }

  static ParException invalid(String what, String remedy) {
    return new ParException(ParException.Kind.CONFIG, "Configuration invalid: " + what, remedy);
  }
}
