package global.pixell.par.testkit.cli;

import java.io.IOException;

/** One command of {@code par-testkit}. */
interface Command {

  String name();

  /** What it does, in half a line. */
  String summary();

  /** All that {@code --help} says. */
  String help();

  /** What it takes. */
  Options.Syntax syntax();

  /**
   * Does it.
   *
   * @return the exit code
   * @throws UsageException when the options say what cannot be done
   */
  int run(Options options, Terminal terminal) throws IOException, InterruptedException;
}
