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

/**
 * The time that a {@link FakeS3} lives by: its {@code Date} headers, expiries and skew, every wait
 * that a fault, a latency or a bandwidth asks for, and those of a client that {@link #pass}es them.
 *
 * <p>It begins at the time of day and runs with it. {@link #advance} jumps ahead, and with it end
 * the waits it jumps over; {@link #freeze} stops it, so that only {@link #advance} ends a wait and
 * no test sleeps:
 *
 * <pre>{@code
 * s3.clock().freeze();
 * s3.onGet(key).slowFirstByte(Duration.ofSeconds(30));
 * var answer = client.sendAsync(request, ofString());
 * s3.clock().awaitSleepers(1);
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
  private int sleepers;

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
    set(instant().plus(by));
  }

  /**
   * Jumps to a moment, and ends the waits that are over by then.
   *
   * @param moment what the time is now
   */
  public void set(Instant moment) {
    lock.lock();
    try {
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
      set(instant());
      frozen = !runs;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits, in real time, until so many connections and clients wait on this clock.
   *
   * @param count at least so many
   * @throws IllegalStateException when they do not within 60 s
   */
  public void awaitSleepers(int count) {
    lock.lock();
    try {
      long left = Duration.ofSeconds(60).toNanos();
      while (sleepers < count) {
        if (left <= 0) {
          throw new IllegalStateException(
              "only " + sleepers + " of " + count + " connections came to wait within 60 s");
        }
        left = moved.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for sleepers", e);
    } finally {
      lock.unlock();
    }
  }

  /**
   * The wait of a client in this JVM, which jumps instead; only a frozen clock is waited for.
   * {@code Par.builder(…).waiting(s3.clock()::pass)} waits so.
   *
   * @param wait how long
   */
  public void pass(Duration wait) {
    lock.lock();
    try {
      if (frozen) {
        sleep(wait);
      } else {
        advance(wait);
      }
    } catch (InterruptedIOException e) {
      // The interrupt status tells.
    } finally {
      lock.unlock();
    }
  }

  /** How the server waits by this clock. */
  Sleeper waits() {
    return new Sleeper() {
      @Override
      public Instant instant() {
        return FakeClock.this.instant();
      }

      @Override
      public void sleep(Duration wait) throws InterruptedIOException {
        FakeClock.this.sleep(wait);
      }

      @Override
      public void sleepUntil(Instant end) throws InterruptedIOException {
        FakeClock.this.sleepUntil(end);
      }
    };
  }

  private void sleep(Duration wait) throws InterruptedIOException {
    if (!wait.isZero()) {
      sleepUntil(instant().plus(wait));
    }
  }

  private void sleepUntil(Instant end) throws InterruptedIOException {
    lock.lock();
    try {
      sleepers++;
      moved.signalAll();
      for (Duration left = left(end); !left.isNegative() && !left.isZero(); left = left(end)) {
        if (frozen) {
          moved.await();
        } else {
          moved.awaitNanos(left.toNanos());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("closed while waiting");
    } finally {
      sleepers--;
      lock.unlock();
    }
  }

  private Duration left(Instant end) {
    return Duration.between(instant(), end);
  }
}
