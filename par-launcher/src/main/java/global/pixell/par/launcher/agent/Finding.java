package global.pixell.par.launcher.agent;

/**
 * Something about a package that its author should know before a boot.
 *
 * @param sentence what, and where it helps what to do
 * @param fatal whether no boot of it can succeed
 */
public record Finding(String sentence, boolean fatal) {

  /**
   * What stops a boot.
   *
   * @param sentence what
   * @return fatal
   */
  public static Finding fatal(String sentence) {
    return new Finding(sentence, true);
  }

  /**
   * What does not stop a boot by itself.
   *
   * @param sentence what
   * @return not fatal
   */
  public static Finding warning(String sentence) {
    return new Finding(sentence, false);
  }
}
