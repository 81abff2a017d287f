package global.pixell.par.testkit.cli.console;

import global.pixell.par.launcher.terminal.Paint;
import global.pixell.par.launcher.terminal.TerminalFeatures;
import java.io.PrintStream;
import java.util.Map;

/**
 * The streams of a command: results go to stdout, progress and errors to stderr.
 *
 * @param features what the terminal at stdout can display
 */
public record Terminal(
    Map<String, String> environment, PrintStream out, PrintStream err, TerminalFeatures features) {

  public static Terminal ofProcess() {
    // The start script detects the terminal, because not every Java version can.
    boolean terminal = Boolean.getBoolean("par.testkit.terminal");
    var features = TerminalFeatures.of(terminal, System.getenv());
    return new Terminal(System.getenv(), System.out, System.err, features);
  }

  /** The same streams, with progress on stderr. */
  public Terminal onErr() {
    return new Terminal(environment, err, err, features);
  }

  public String paint(Paint.Colour colour, String text) {
    return features.paint().paint(colour, text);
  }

  /** A line of progress. */
  public void step(String text) {
    out.println(paint(Paint.Colour.BOLD, "== ") + text);
    out.flush();
  }
}
