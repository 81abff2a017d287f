package global.pixell.par.testkit.cli;

import java.io.IOException;

/** One command of {@code par-testkit}. */
interface Command {

  String name();

  /** The line of the help that says what it does. */
  String summary();

  /** The text of {@code --help}. */
  String help();

  /** The arguments it takes. */
  Options.Syntax syntax();

  /**
   * Runs the command.
   *
   * @return the exit code
   * @throws UsageException when the arguments cannot be used
   */
  int run(Options options, Terminal terminal) throws IOException, InterruptedException;
}
