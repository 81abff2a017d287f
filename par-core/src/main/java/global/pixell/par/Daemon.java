package global.pixell.par;

import java.util.concurrent.atomic.AtomicInteger;

/** Threads that never keep a JVM alive. */
final class Daemon {

  private static final AtomicInteger COUNT = new AtomicInteger();

  private Daemon() {}

  /** Starts one; its name is the given one and a number. */
  static Thread start(String name, Runnable work) {
    var thread = new Thread(work, name + "-" + COUNT.incrementAndGet());
    thread.setDaemon(true);
    thread.start();
    return thread;
  }
}
