package global.pixell.par.testkit;

import global.pixell.par.testkit.internal.control.context.ClockControl;
import global.pixell.par.testkit.internal.http.ConnectionClosedException;
import global.pixell.par.testkit.internal.http.HttpConnection;
import global.pixell.par.testkit.internal.http.Sleeper;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * The clock of a {@link FakeS3}. The server takes {@code Date} headers, expiry and clock skew from
 * it. The waits of faults, latency and bandwidth follow it, and so do clients that use its {@link
 * #sleeper}.
 *
 * <p>It starts at the host's time of day and runs at its speed. {@link #advance} jumps ahead and
 * ends the waits that are due by then; a jump back makes no wait longer. After {@link #freeze} only
 * {@link #advance} or {@link #setTo} ends a wait, so a test need not sleep:
 *
 * <pre>{@code
 * s3.clock().freeze();
 * s3.onGet(key).inject(Fault.slowFirstByte(Duration.ofSeconds(30)));
 * var answer = client.sendAsync(request, ofString());
 * s3.clock().awaitWaiters(1);
 * s3.clock().advance(Duration.ofSeconds(30));
 * answer.join();
 * }</pre>
 *
 * <p>Thread-safe.
 */
public final class FakeClock extends Clock {

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition moved = lock.newCondition();
  private final InstantSource host;
  // Relative to the host's time of day, because System.nanoTime stops while the machine is
  // suspended.
  private Duration ahead = Duration.ZERO;
  private Instant stopped = Instant.EPOCH;
  private boolean frozen;
  // The sum of all jumps back. Waits use the time plus this sum, which never goes back.
  private Duration jumpedBack = Duration.ZERO;
  private final Set<Waiter> waiters = new HashSet<>();

  FakeClock() {
    this(InstantSource.system());
  }

  FakeClock(InstantSource host) {
    this.host = host;
  }

  @Override
  public Instant instant() {
    lock.lock();
    try {
      return frozen ? stopped : host.instant().plus(ahead);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Returns UTC.
   *
   * @return {@link ZoneOffset#UTC}
   */
  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  /**
   * Supports UTC only, as S3 does.
   *
   * @return this clock
   * @throws UnsupportedOperationException for every other zone
   */
  @Override
  public Clock withZone(ZoneId zone) {
    if (zone.equals(getZone())) {
      return this;
    }
    throw new UnsupportedOperationException("the clock of S3 is in UTC, not in " + zone);
  }

  /**
   * Moves the time, and ends the waits that are due by then. A frozen clock stays frozen.
   *
   * @param by how far; a negative duration moves the time back
   */
  public void advance(Duration by) {
    lock.lock();
    try {
      setTo(instant().plus(by));
    } finally {
      lock.unlock();
    }
  }

  /**
   * Sets the time, and ends the waits that are due by then. A frozen clock stays frozen.
   *
   * @param moment the new time
   */
  public void setTo(Instant moment) {
    lock.lock();
    try {
      Duration jump = Duration.between(instant(), moment);
      if (jump.isNegative()) {
        jumpedBack = jumpedBack.minus(jump);
      }
      stopped = moment;
      ahead = Duration.between(host.instant(), moment);
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Stops the clock until {@link #resume}. Meanwhile only {@link #advance} and {@link #setTo} move
   * it.
   */
  public void freeze() {
    run(false);
  }

  /** Lets a frozen clock run again, from the moment it shows. */
  public void resume() {
    run(true);
  }

  /** Returns to the time of the host, and runs. */
  public void reset() {
    lock.lock();
    try {
      run(true);
      setTo(host.instant());
    } finally {
      lock.unlock();
    }
  }

  private void run(boolean runs) {
    lock.lock();
    try {
      setTo(instant());
      frozen = !runs;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits, in real time, until at least {@code count} connections and clients wait on this clock. A
   * connection that its client has closed does not count.
   *
   * @param count the number of waiting connections and clients
   * @throws IllegalStateException when fewer wait after 60 s, or when the thread is interrupted
   */
  public void awaitWaiters(int count) {
    lock.lock();
    try {
      long remaining = Duration.ofSeconds(60).toNanos();
      // Checking the connections may take a while, so do it once for each change.
      for (long present = waiters(); present < count; present = waiters()) {
        if (remaining <= 0) {
          throw new IllegalStateException(
              "after 60 s only "
                  + present
                  + " connections or clients wait on the clock, not "
                  + count);
        }
        remaining = moved.awaitNanos(remaining);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while awaiting waiters", e);
    } finally {
      lock.unlock();
    }
  }

  /** The number of connections and clients that wait now. */
  long waiters() {
    lock.lock();
    try {
      return waiters.stream().filter(Waiter::isPresent).count();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Lets a client in this JVM wait by this clock. Each wait advances a running clock at once,
   * instead of taking real time. On a frozen clock the wait lasts until a test advances the clock.
   *
   * <pre>{@code
   * Par.builder(config).sleeper(s3.clock().sleeper())
   * }</pre>
   *
   * @return a function that waits for the given time. When its thread is interrupted it returns
   *     early, with the interrupt status set
   */
  public Consumer<Duration> sleeper() {
    return this::sleepOrAdvance;
  }

  private void sleepOrAdvance(Duration wait) {
    lock.lock();
    try {
      if (frozen) {
        waits().sleep(wait);
      } else {
        advance(wait);
      }
    } catch (IOException e) {
      // The thread's interrupt status is set again, which the caller checks.
    } finally {
      lock.unlock();
    }
  }

  /** The clock as the control API changes it. */
  ClockControl control() {
    return new Control();
  }

  private final class Control implements ClockControl {
    @Override
    public Instant now() {
      return instant();
    }

    @Override
    public Duration offset() {
      lock.lock();
      try {
        return frozen ? Duration.between(host.instant(), stopped) : ahead;
      } finally {
        lock.unlock();
      }
    }

    @Override
    public boolean isFrozen() {
      lock.lock();
      try {
        return frozen;
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void advance(Duration by) {
      FakeClock.this.advance(by);
    }

    @Override
    public void setTo(Instant moment) {
      FakeClock.this.setTo(moment);
    }

    @Override
    public void freeze() {
      FakeClock.this.freeze();
    }

    @Override
    public void resume() {
      FakeClock.this.resume();
    }

    @Override
    public void reset() {
      FakeClock.this.reset();
    }
  }

  /** The sleeper of the server. */
  Sleeper waits() {
    return new Waits(Optional.empty());
  }

  private final class Waits implements Sleeper {
    private final Optional<HttpConnection> connection;

    Waits(Optional<HttpConnection> connection) {
      this.connection = connection;
    }

    @Override
    public Duration elapsed() {
      lock.lock();
      try {
        return Duration.between(Instant.EPOCH, instant()).plus(jumpedBack);
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void sleepUntil(Duration end) throws IOException {
      lock.lock();
      var waiter = new Waiter(connection);
      try {
        waiters.add(waiter);
        moved.signalAll();
        Duration remaining = end.minus(elapsed());
        while (remaining.compareTo(Duration.ZERO) > 0) {
          if (connection.isPresent() && connection.get().isClosed()) {
            throw new ConnectionClosedException("the server closed the connection during a wait");
          }
          if (frozen) {
            moved.await();
          } else {
            moved.awaitNanos(remaining.toNanos());
          }
          remaining = end.minus(elapsed());
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while waiting, as when the server is closed");
      } finally {
        waiters.remove(waiter);
        lock.unlock();
      }
    }

    @Override
    public Sleeper during(HttpConnection one) {
      return new Waits(Optional.of(one));
    }

    @Override
    public void wake() {
      lock.lock();
      try {
        moved.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /** A waiting thread; compared by identity. */
  private static final class Waiter {
    private final Optional<HttpConnection> connection;

    Waiter(Optional<HttpConnection> connection) {
      this.connection = connection;
    }

    /**
     * Whether the wait still has a client: a sleeping client, or a connection that its client has
     * not closed.
     */
    boolean isPresent() {
      return connection.isEmpty() || !connection.get().isPeerGone();
    }
  }
}
