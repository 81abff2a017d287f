package global.pixell.par.testkit;

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
 * The clock of a {@link FakeS3}. It sets {@code Date} headers, expiry and skew, and times the waits
 * of faults, latency and bandwidth, and of clients that use its {@link #sleeper}.
 *
 * <p>It starts at the time of day and runs with it. {@link #advance} jumps ahead and ends the waits
 * it jumps over; a jump back makes no wait longer. {@link #freeze} stops it: then only {@link
 * #advance} ends a wait, and no test sleeps:
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
  // Relative to the host's time of day: System.nanoTime stands still while a machine sleeps.
  private Duration ahead = Duration.ZERO;
  private Instant stopped = Instant.EPOCH;
  private boolean frozen;
  // The sum of all jumps back: added to the time, it gives a time for waits that never goes back.
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
   * UTC.
   *
   * @return the zone
   */
  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  /**
   * Unsupported: S3 uses UTC only.
   *
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
   * Moves the time on, and ends the waits that are over by then.
   *
   * @param by how far; negative to go back
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
   * Sets the time, and ends the waits that are over by then.
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

  /** Stops the time until it is advanced or {@link #resume resumed}. */
  public void freeze() {
    run(false);
  }

  /** Lets a frozen time run again. */
  public void resume() {
    run(true);
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
   * Waits, in real time, until at least so many connections and clients wait on this clock. A
   * connection that its client has closed does not count.
   *
   * @param count how many
   * @throws IllegalStateException when fewer do within 60 s
   */
  public void awaitWaiters(int count) {
    lock.lock();
    try {
      long remaining = Duration.ofSeconds(60).toNanos();
      // Looking at the connections may take a while, so once for each change.
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

  /** How many connections and clients wait now. */
  long waiters() {
    lock.lock();
    try {
      return waiters.stream().filter(Waiter::isPresent).count();
    } finally {
      lock.unlock();
    }
  }

  /**
   * How a client in this JVM waits by this clock: its waits advance the clock instead of taking
   * time. On a frozen clock they take until it is advanced.
   *
   * <pre>{@code
   * Par.builder(config).sleeper(s3.clock().sleeper())
   * }</pre>
   *
   * @return sleeps for the given time; returns early, with the interrupt status set, when the
   *     thread is interrupted
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
      // The interrupt status of the thread is set again for the caller.
    } finally {
      lock.unlock();
    }
  }

  /** The waits of the server. */
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

  /** A thread that waits; compared by identity. */
  private static final class Waiter {
    private final Optional<HttpConnection> connection;

    Waiter(Optional<HttpConnection> connection) {
      this.connection = connection;
    }

    /** Whether somebody still waits for the answer, or for the client's sleep to end. */
    boolean isPresent() {
      return connection.isEmpty() || !connection.get().isPeerGone();
    }
  }
}
