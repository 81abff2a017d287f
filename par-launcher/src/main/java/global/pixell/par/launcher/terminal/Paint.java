package global.pixell.par.launcher.terminal;

/**
 * Colours for a terminal, or none.
 *
 * @param colours whether text is coloured at all
 */
public record Paint(boolean colours) {

  /** What is said by a colour. */
  public enum Colour {
    /** A failure. */
    RED(31),
    /** Success. */
    GREEN(32),
    /** A warning. */
    YELLOW(33),
    /** The agent. */
    CYAN(36),
    /** For text that matters less than the rest. */
    DIM(2),
    /** A heading. */
    BOLD(1);

    private final int code;

    Colour(int code) {
      this.code = code;
    }
  }

  /** The text in this colour; unchanged without colours. */
  public String paint(Colour colour, String text) {
    return colours && !text.isEmpty() ? "\u001b[" + colour.code + "m" + text + "\u001b[0m" : text;
  }
}
