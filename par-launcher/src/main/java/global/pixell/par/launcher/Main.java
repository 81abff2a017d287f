package global.pixell.par.launcher;

/** The entrypoint of the container and of {@code bin/par}. */
public final class Main {
  private Main() {}

  /**
   * Runs one command and ends the JVM with its exit code.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    System.exit(Cli.run(args, System.getenv()));
  }
}
