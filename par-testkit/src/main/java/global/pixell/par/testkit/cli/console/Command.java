package global.pixell.par.testkit.cli.console;

import java.io.IOException;

/** One command of {@code par-testkit}. */
public interface Command {

  String name();

  /** What the command does, in one line of the help. */
  String summary();

  /** The text of {@code --help}. */
  String help();

  /** The arguments it takes. */
  Options.Syntax syntax();

  /**
   * Runs the command.
   *
   * @return the exit code
   * @throws UsageException when the arguments are invalid
   */
  int run(Options options, Terminal terminal) throws IOException, InterruptedException;
}
