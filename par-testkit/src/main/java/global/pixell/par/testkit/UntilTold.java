package global.pixell.par.testkit;

/**
 * A command that runs until it is told to end, by SIGTERM or Ctrl-C: it is closed then, and that is
 * no failure. What ends by itself closes this first, and keeps its own exit code.
 */
final class UntilTold implements AutoCloseable {

  private final Thread hook;

  private UntilTold(Thread hook) {
    this.hook = hook;
  }

  static UntilTold thenClose(Runnable close) {
    var hook =
        new Thread(
            () -> {
              close.run();
              // A told end is no failure; a signal's own exit code would say so.
              Runtime.getRuntime().halt(0);
            },
            "par-testkit-stop");
    Runtime.getRuntime().addShutdownHook(hook);
    return new UntilTold(hook);
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
