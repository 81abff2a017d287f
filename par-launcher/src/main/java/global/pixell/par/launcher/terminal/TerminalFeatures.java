package global.pixell.par.launcher.terminal;

import java.util.Map;

/**
 * What a terminal can display.
 *
 * @param colours whether text may be coloured
 * @param inPlace whether a line can be erased and drawn again
 */
public record TerminalFeatures(boolean colours, boolean inPlace) {

  /**
   * Of the stream's terminal, by the conventions of {@code TERM} and <a
   * href="https://no-color.org/">NO_COLOR</a>.
   *
   * @param terminal whether the stream is a terminal at all
   * @param environment of the process
   */
  public static TerminalFeatures of(boolean terminal, Map<String, String> environment) {
    String term = environment.getOrDefault("TERM", "");
    boolean inPlace = terminal && !term.isBlank() && !term.equals("dumb");
    return new TerminalFeatures(
        inPlace && environment.getOrDefault("NO_COLOR", "").isEmpty(), inPlace);
  }

  /** Colours, or none. */
  public Paint paint() {
    return new Paint(colours);
  }
}
