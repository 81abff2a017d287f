package global.pixell.par.launcher.log;

import global.pixell.par.internal.io.DaemonThreads;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The one thread that owns stdout, and the bounded buffer in front of it.
 *
 * <p>Lines are numbered in the order they are accepted and written in that order. A line of PAR's
 * own is accepted or dropped at once, so no thread that must act (signals, health, deadlines) ever
 * waits for a reader of the log. A line of the agent's waits for room: the agent is held up by a
 * slow reader, like any process that writes to a pipe, and loses nothing. A dropped line keeps its
 * number, so a gap shows where lines are missing.
 *
 * <p>Thread-safe. No lock is held while bytes are written.
 */
final class LogWriter {

  /** The agent's lines wait when this much is unwritten: some tenths of a second of fast output. */
  static final int AGENT_BYTES = 1 << 20;

  /** Beyond that there is room for lines of PAR's own: more than a boot and a stop need. */
  static final int RESERVED_BYTES = 256 << 10;

  private static final int INITIAL_BYTES = 64 << 10;

  private final OutputStream out;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition filled = lock.newCondition();
  private final Condition emptied = lock.newCondition();

  private LineBuffer pending = new LineBuffer(INITIAL_BYTES);
  private LineBuffer spare = new LineBuffer(INITIAL_BYTES);
  private boolean writing;
  private boolean broken;
  private boolean closed;
  private boolean dropping;
  private long accepted;
  private long dropped;

  /** Makes the text of a line whose number is known. */
  interface LastLine {
    /**
     * Makes the line, including its end.
     *
     * @param seq the number of the line, and so how many lines there are in all
     * @param dropped how many of them were not written
     */
    byte[] text(long seq, long dropped);
  }

  /** Begins to write. The stream is never closed. */
  LogWriter(OutputStream out) {
    this.out = out;
    DaemonThreads.start("par-log", this::write);
  }

  /**
   * Takes a line that PAR writes itself, or drops it when the buffer is full because the reader is
   * too slow.
   *
   * @param line the line, its number missing
   * @param seqAt where the number belongs
   * @return whether it was taken
   */
  boolean offer(LineBuffer line, int seqAt) {
    lock.lock();
    try {
      if (closed) {
        return false;
      }
      accepted++;
      if (pending.size() + line.size() > AGENT_BYTES + RESERVED_BYTES) {
        dropped++;
        return false;
      }
      append(line, seqAt);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes a line of the agent's as soon as there is room; without room it is dropped and counted
   * after {@link #dropInsteadOfWaiting}. A line that comes after the last line is ignored.
   *
   * @param line the line, its number missing
   * @param seqAt where the number belongs
   */
  void put(LineBuffer line, int seqAt) {
    lock.lock();
    try {
      while (pending.size() >= AGENT_BYTES && !broken && !closed && !dropping) {
        emptied.awaitUninterruptibly();
      }
      if (closed) {
        return;
      }
      accepted++;
      if (pending.size() >= AGENT_BYTES) {
        dropped++;
      } else {
        append(line, seqAt);
      }
    } finally {
      lock.unlock();
    }
  }

  /** From now on no line waits for the reader, because the time to wait has passed. */
  void dropInsteadOfWaiting() {
    lock.lock();
    try {
      dropping = true;
      emptied.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Takes the last line. There is always room for it. */
  void last(LastLine last) {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      accepted++;
      byte[] text = last.text(accepted, dropped);
      pending.put(text);
      closed = true;
      filled.signal();
      emptied.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void append(LineBuffer line, int seqAt) {
    if (broken) {
      return;
    }
    if (pending.size() == 0) {
      filled.signal();
    }
    pending.write(line.array(), 0, seqAt);
    pending.putNumber(accepted);
    pending.write(line.array(), seqAt, line.size() - seqAt);
  }

  /**
   * Waits until all accepted lines are written.
   *
   * @param atMost how long
   * @return whether they are; also false when the reader is gone
   */
  boolean flush(Duration atMost) throws InterruptedException {
    long nanos = atMost.toNanos();
    lock.lockInterruptibly();
    try {
      while ((pending.size() > 0 || writing) && !broken) {
        if (nanos <= 0) {
          return false;
        }
        nanos = emptied.awaitNanos(nanos);
      }
      return !broken;
    } finally {
      lock.unlock();
    }
  }

  /** Whether the agent's lines have to wait now. */
  boolean isFull() {
    lock.lock();
    try {
      return pending.size() >= AGENT_BYTES && !broken;
    } finally {
      lock.unlock();
    }
  }

  private void write() {
    try {
      while (true) {
        LineBuffer next = take();
        out.write(next.array(), 0, next.size());
        out.flush();
      }
    } catch (IOException e) {
      giveUp();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      giveUp();
    }
  }

  private LineBuffer take() throws InterruptedException {
    lock.lock();
    try {
      writing = false;
      emptied.signalAll();
      while (pending.size() == 0) {
        filled.await();
      }
      LineBuffer next = pending;
      spare.clear();
      pending = spare;
      spare = next;
      writing = true;
      emptied.signalAll();
      return next;
    } finally {
      lock.unlock();
    }
  }

  /** The reader is gone. The boot continues, and no thread waits for the reader. */
  private void giveUp() {
    lock.lock();
    try {
      broken = true;
      writing = false;
      pending.clear();
      emptied.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
