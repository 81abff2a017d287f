package global.pixell.par.testkit;

import global.pixell.par.testkit.internal.fault.FaultQueue;
import global.pixell.par.testkit.internal.fault.FaultQueue.FaultSchedule;
import global.pixell.par.testkit.internal.fault.FaultQueue.ScheduledFault;
import java.util.OptionalLong;

/**
 * Says which requests a fault happens to, and how often.
 *
 * <p>A script has a target, from {@link FakeS3#onGet} and its like. {@link #times}, {@link #after}
 * and {@link #covering} narrow it for the next fault; {@link #inject} puts that fault in force, and
 * the script goes on with the requests after those:
 *
 * <pre>{@code
 * s3.onGet(key).times(2).inject(slowDown()).inject(resetAt(1000));
 * s3.onGet(key).covering(20_000_000).inject(truncateAt(0));
 * s3.onAny().after(10).times(3).inject(bandwidth(1_000_000).and(flipByteAt(17)));
 * }</pre>
 *
 * <p>After the last fault of a script, answers are correct again. Where two scripts match a
 * request, the one that was begun first comes first. The same requests in the same order always
 * meet the same faults.
 *
 * <p>Immutable; injecting changes the server, at once and as a whole. Safe for use by several
 * threads.
 */
public final class FaultScript {

  private final FaultQueue queue;
  private final FaultSchedule schedule;
  private final int times;
  private final int skip;
  private final OptionalLong covering;

  FaultScript(FaultQueue queue, FaultSchedule schedule) {
    this(queue, schedule, 1, 0, OptionalLong.empty());
  }

  private FaultScript(
      FaultQueue queue, FaultSchedule schedule, int times, int skip, OptionalLong covering) {
    this.queue = queue;
    this.schedule = schedule;
    this.times = times;
    this.skip = skip;
    this.covering = covering;
  }

  /**
   * Sets how many requests the next fault happens to; 1 by default.
   *
   * @param n at least 1
   * @return the script for that many
   * @throws IllegalArgumentException for less than 1
   */
  public FaultScript times(int n) {
    if (n < 1) {
      throw new IllegalArgumentException("a fault happens to at least 1 request, not " + n);
    }
    return new FaultScript(queue, schedule, n, skip, covering);
  }

  /**
   * The next fault happens to every request, until {@link FakeS3#clearFaults}.
   *
   * @return the script without an end
   */
  public FaultScript always() {
    return times(FaultQueue.ALWAYS);
  }

  /**
   * Sets how many requests of the target succeed before the next fault; 0 by default.
   *
   * @param n at least 0
   * @return the script from the request after those
   * @throws IllegalArgumentException for less than 0
   */
  public FaultScript after(int n) {
    if (n < 0) {
      throw new IllegalArgumentException("at least 0 requests succeed before a fault, not " + n);
    }
    return new FaultScript(queue, schedule, times, n, covering);
  }

  /**
   * The next fault happens only to requests for a range that has this byte of the object, and to
   * those for the whole object.
   *
   * @param offset from 0
   * @return the script for those requests
   */
  public FaultScript covering(long offset) {
    return new FaultScript(queue, schedule, times, skip, OptionalLong.of(offset));
  }

  /**
   * Puts a fault in force.
   *
   * @param fault what goes wrong
   * @return the script of the same target, for the fault that comes after this one
   */
  public FaultScript inject(Fault fault) {
    queue.add(schedule, new ScheduledFault(fault.effect(), covering, skip, times));
    return new FaultScript(queue, schedule);
  }
}
