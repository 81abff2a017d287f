package global.pixell.par.internal.io;

import java.util.concurrent.atomic.AtomicInteger;

/** Threads that never keep a JVM alive. */
public final class DaemonThreads {

  private static final AtomicInteger COUNT = new AtomicInteger();

  private DaemonThreads() {}

  /** Starts one; its name is the given one and a number. */
  public static Thread start(String name, Runnable work) {
    var thread = new Thread(work, name + "-" + COUNT.incrementAndGet());
    thread.setDaemon(true);
    thread.start();
    return thread;
  }
}
