package global.pixell.par.testkit.cli;

import global.pixell.par.launcher.log.LogProvider;
import global.pixell.par.testkit.cli.console.Terminal;
import java.util.List;

/** The entrypoint of {@code bin/par-testkit}. */
public final class TestkitMain {
  private TestkitMain() {}

  /**
   * Runs one command and ends the JVM with its exit code.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    LogProvider.select();
    System.exit(new TestkitCli(Terminal.ofProcess()).run(List.of(args)));
  }
}
