package global.pixell.par.testkit.cli.instance;

import global.pixell.par.launcher.terminal.HumanLog;
import global.pixell.par.launcher.terminal.HumanLogFormatter;
import global.pixell.par.launcher.terminal.TerminalFeatures;
import global.pixell.par.testkit.cli.console.Terminal;
import java.util.Optional;
import java.util.function.Consumer;

/** Prints the log lines of a launcher that {@code dev} runs. */
public final class LauncherLog {

  private LauncherLog() {}

  /**
   * Returns a function that prints a line.
   *
   * @param detail empty for JSON, which stays as a container writes it
   */
  public static Consumer<String> printer(
      Terminal terminal, Optional<HumanLogFormatter.Detail> detail, AuthorPaths authorPaths) {
    if (detail.isEmpty()) {
      return terminal.out()::println;
    }
    TerminalFeatures features = terminal.features();
    var formatter = new HumanLogFormatter(features.paint(), detail.get());
    var lines = new HumanLog(terminal.out(), formatter, features.inPlace());
    return line -> lines.show(authorPaths.replaceIn(line));
  }
}
