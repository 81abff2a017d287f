package global.pixell.par.internal.io;

import java.util.concurrent.atomic.AtomicInteger;

/** Threads that never keep a JVM alive. */
public final class DaemonThreads {

  private static final AtomicInteger COUNT = new AtomicInteger();

  private DaemonThreads() {}

  /** A thread that is not started yet. Its name is the given one, a hyphen and a number. */
  public static Thread create(String name, Runnable work) {
    var thread = new Thread(work, name + "-" + COUNT.incrementAndGet());
    thread.setDaemon(true);
    return thread;
  }

  /** Creates a thread and starts it. */
  public static Thread start(String name, Runnable work) {
    Thread thread = create(name, work);
    thread.start();
    return thread;
  }
}
