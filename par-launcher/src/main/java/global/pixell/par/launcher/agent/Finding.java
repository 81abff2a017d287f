package global.pixell.par.launcher.agent;

/**
 * A problem of a package that its author should know before a boot.
 *
 * @param sentence the problem, and possibly the remedy
 * @param fatal whether it stops every boot
 */
public record Finding(String sentence, boolean fatal) {

  /**
   * A finding that stops every boot.
   *
   * @param sentence the problem
   * @return a fatal finding
   */
  public static Finding fatal(String sentence) {
    return new Finding(sentence, true);
  }

  /**
   * A finding that does not stop a boot by itself.
   *
   * @param sentence the problem
   * @return a finding that is not fatal
   */
  public static Finding warning(String sentence) {
    return new Finding(sentence, false);
  }
}
