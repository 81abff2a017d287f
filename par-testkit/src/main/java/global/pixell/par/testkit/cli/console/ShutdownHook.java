package global.pixell.par.testkit.cli.console;

/**
 * Shutdown hook of a foreground command: on SIGINT or SIGTERM it closes the resource and exits 0. A
 * command that ends by itself closes the hook first and keeps its own exit code.
 */
public final class ShutdownHook implements AutoCloseable {

  private final Thread hook;

  private ShutdownHook(Thread hook) {
    this.hook = hook;
  }

  public static ShutdownHook thenClose(Runnable close) {
    var hook =
        new Thread(
            () -> {
              close.run();
              // A signal is the normal way to stop this command, so the exit code is 0.
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
      // The JVM is already shutting down, and the hook ends it.
    }
  }
}
