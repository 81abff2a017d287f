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
    int code = Cli.run(args, System.getenv());
    // Since Java 21 System.exit looks for a logger first, and for that opens every jar: 30 ms. A
    // return does not.
    if (code != 0) {
      System.exit(code);
    }
  }
}
