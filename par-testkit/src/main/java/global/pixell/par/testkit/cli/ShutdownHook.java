package global.pixell.par.testkit.cli;

/**
 * A command that runs until it is told to end, by SIGTERM or Ctrl-C: it is closed then, and that is
 * no failure. What ends by itself closes this first, and keeps its own exit code.
 */
final class ShutdownHook implements AutoCloseable {

  private final Thread hook;

  private ShutdownHook(Thread hook) {
    this.hook = hook;
  }

  static ShutdownHook thenClose(Runnable close) {
    var hook =
        new Thread(
            () -> {
              close.run();
              // A told end is no failure; a signal's own exit code would say so.
              Runtime.getRuntime().halt(0);
            },
            "par-testkit-stop");
    Runtime.getRuntime().addShutdownHook(hook);
    return new ShutdownHook(hook);
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // It was told meanwhile, and the hook ends the JVM.
    }
  }
}
