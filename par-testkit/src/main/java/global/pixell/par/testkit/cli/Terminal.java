package global.pixell.par.testkit.cli;

import java.io.PrintStream;
import java.util.Map;

/**
 * The streams of a command: results go to stdout, progress and errors to stderr.
 *
 * @param colours whether stdout is a terminal; the start script finds out, because not every Java
 *     version can
 */
public record Terminal(
    Map<String, String> environment, PrintStream out, PrintStream err, boolean colours) {

  enum Colour {
    RED(31),
    GREEN(32),
    YELLOW(33),
    DIM(2),
    BOLD(1);

    private final int code;

    Colour(int code) {
      this.code = code;
    }
  }

  static Terminal ofProcess() {
    boolean person =
        Boolean.getBoolean("par.testkit.colours") && !System.getenv().containsKey("NO_COLOR");
    return new Terminal(System.getenv(), System.out, System.err, person);
  }

  /** The same streams, with progress on stderr. */
  Terminal onErr() {
    return new Terminal(environment, err, err, colours);
  }

  String paint(Colour colour, String text) {
    return colours ? "\u001b[" + colour.code + "m" + text + "\u001b[0m" : text;
  }

  /** A line of progress. */
  void step(String text) {
    out.println(paint(Colour.BOLD, "== ") + text);
    out.flush();
  }
}
