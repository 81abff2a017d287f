package global.pixell.par.testkit.cli.console;

import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/**
 * Handles SIGINT, as Ctrl-C on a terminal sends it. While a JVM runs its shutdown hooks it ignores
 * further signals, so a shutdown hook could not offer to kill at the second Ctrl-C.
 *
 * <p>The class for this, {@code sun.misc.Signal}, belongs to the module jdk.unsupported and is used
 * through reflection. Where it is missing, SIGINT ends the JVM as usual.
 */
public final class InterruptSignal implements AutoCloseable {

  private static final String NAME = "INT";

  private final @Nullable Object previous;

  private InterruptSignal(@Nullable Object previous) {
    this.previous = previous;
  }

  /**
   * Runs an action at each SIGINT, in a thread of its own.
   *
   * @return restores the previous handler when closed
   */
  public static InterruptSignal handle(Runnable action) {
    try {
      Class<?> type = Class.forName("sun.misc.SignalHandler");
      Object handler =
          Proxy.newProxyInstance(
              InterruptSignal.class.getClassLoader(),
              new Class<?>[] {type},
              (proxy, method, arguments) -> {
                if (method.getName().equals("handle")) {
                  action.run();
                }
                return null;
              });
      return new InterruptSignal(set(type, handler));
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      return new InterruptSignal(null);
    }
  }

  private static @Nullable Object set(Class<?> type, Object handler)
      throws ReflectiveOperationException {
    Class<?> signal = Class.forName("sun.misc.Signal");
    Object interrupt = signal.getConstructor(String.class).newInstance(NAME);
    return signal.getMethod("handle", signal, type).invoke(null, interrupt, handler);
  }

  @Override
  public void close() {
    if (previous != null) {
      try {
        set(Class.forName("sun.misc.SignalHandler"), previous);
      } catch (ReflectiveOperationException e) {
        // The process ends anyway.
      }
    }
  }
}
