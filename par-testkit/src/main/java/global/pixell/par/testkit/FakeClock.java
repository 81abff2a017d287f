package global.pixell.par.testkit;

import global.pixell.par.testkit.internal.http.Sleeper;
import java.io.InterruptedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * The time that a {@link FakeS3} lives by: its {@code Date} headers, expiries and skew, every wait
 * that a fault, a latency or a bandwidth asks for, and those of a client that waits by its {@link
 * #sleeper}.
 *
 * <p>It begins at the time of day and runs with it. {@link #advance} jumps ahead and ends the waits
 * it jumps over; a jump back makes no wait longer. {@link #freeze} stops it, so that only {@link
 * #advance} ends a wait and no test sleeps:
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
  // To the host's time of day, not to its count of nanoseconds, which stands still while it sleeps.
  private Duration ahead = Duration.ZERO;
  private Instant stopped = Instant.EPOCH;
  private boolean frozen;
  // How far all jumps back went: with it, the time of waits only ever goes on.
  private Duration jumpedBack = Duration.ZERO;
  private int waiters;

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
   * Not there: S3 knows no zone but UTC.
   *
   * @throws UnsupportedOperationException for every other zone
   */
  @Override
  public Clock withZone(ZoneId zone) {
    if (zone.equals(getZone())) {
      return this;
    }
    throw new UnsupportedOperationException("S3's clock is in UTC, not in " + zone);
  }

  /**
   * Jumps, and ends the waits that are over by then.
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
   * Jumps to a moment, and ends the waits that are over by then.
   *
   * @param moment what the time is now
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

  /** Stops the time where it is, until it is advanced or {@link #resume resumed}. */
  public void freeze() {
    run(false);
  }

  /** Lets the time run again. */
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
   * Waits, in real time, until at least so many connections and clients wait on this clock.
   *
   * @param count how many
   * @throws IllegalStateException when fewer do within 60 s
   */
  public void awaitWaiters(int count) {
    lock.lock();
    try {
      long remaining = Duration.ofSeconds(60).toNanos();
      while (waiters < count) {
        if (remaining <= 0) {
          throw new IllegalStateException(
              "after 60 s only "
                  + waiters
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

  /**
   * How a client in this JVM waits by this clock: its waits advance the clock instead of taking
   * time. On a frozen clock they take until it is advanced.
   *
   * <pre>{@code
   * Par.builder(config).waiting(s3.clock().sleeper())
   * }</pre>
   *
   * @return sleeps as long as it is told; returns early, with the interrupt status set, when the
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
    } catch (InterruptedIOException e) {
      // The thread's interrupt status is set again, and the caller looks at that.
    } finally {
      lock.unlock();
    }
  }

  /** How the server waits by this clock. */
  Sleeper waits() {
    return new Sleeper() {
      @Override
      public Duration elapsed() {
        return FakeClock.this.elapsed();
      }

      @Override
      public void sleepUntil(Duration end) throws InterruptedIOException {
        FakeClock.this.sleepUntil(end);
      }
    };
  }

  private Duration elapsed() {
    lock.lock();
    try {
      return Duration.between(Instant.EPOCH, instant()).plus(jumpedBack);
    } finally {
      lock.unlock();
    }
  }

  private void sleepUntil(Duration end) throws InterruptedIOException {
    lock.lock();
    try {
      waiters++;
      moved.signalAll();
      Duration remaining = end.minus(elapsed());
      while (remaining.compareTo(Duration.ZERO) > 0) {
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
      waiters--;
      lock.unlock();
    }
  }
}
