package global.pixell.par.testkit;

import global.pixell.par.testkit.internal.fault.FaultQueue;
import global.pixell.par.testkit.internal.fault.FaultQueue.FaultSchedule;
import global.pixell.par.testkit.internal.fault.FaultQueue.ScheduledFault;
import java.util.OptionalLong;

/**
 * Says which requests a fault happens to, and how often.
 *
 * <p>A script has a target, which {@link FakeS3#onGet} and similar methods choose. {@link #times},
 * {@link #after} and {@link #covering} narrow the target for the next fault. {@link #inject} puts
 * that fault in force and returns a script for the requests after those:
 *
 * <pre>{@code
 * s3.onGet(key).times(2).inject(slowDown()).inject(resetAt(1000));
 * s3.onGet(key).covering(20_000_000).inject(truncateAt(0));
 * s3.onAny().after(10).times(3).inject(bandwidth(1_000_000).and(flipByteAt(17)));
 * }</pre>
 *
 * <p>After the last fault of a script, answers are correct again. When several scripts match a
 * request, the oldest one applies. The same requests in the same order always meet the same faults.
 *
 * <p>Immutable and thread-safe: the methods return new scripts, and only {@link #inject} changes
 * the server, atomically.
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
   * @param n the number of requests, at least 1
   * @return a script with that number
   * @throws IllegalArgumentException for less than 1
   */
  public FaultScript times(int n) {
    if (n < 1) {
      throw new IllegalArgumentException("a fault happens to at least 1 request, not " + n);
    }
    return new FaultScript(queue, schedule, n, skip, covering);
  }

  /**
   * Lets the next fault happen to every matching request, until {@link FakeS3#resetFaults}.
   *
   * @return a script without an end
   */
  public FaultScript always() {
    return times(FaultQueue.ALWAYS);
  }

  /**
   * Sets how many matching requests pass without this script's fault before the next fault; 0 by
   * default.
   *
   * @param n the number of requests, at least 0
   * @return a script that starts after those requests
   * @throws IllegalArgumentException for less than 0
   */
  public FaultScript after(int n) {
    if (n < 0) {
      throw new IllegalArgumentException("at least 0 requests succeed before a fault, not " + n);
    }
    return new FaultScript(queue, schedule, times, n, covering);
  }

  /**
   * Restricts this script to requests for one bucket.
   *
   * @param bucket its name
   * @return a script for those requests
   */
  public FaultScript inBucket(String bucket) {
    return new FaultScript(
        queue, queue.begin(schedule.target().inBucket(bucket)), times, skip, covering);
  }

  /**
   * Restricts the next fault to requests for a range that includes this byte of the object, and to
   * requests for the whole object. A suffix range, such as {@code bytes=-100}, never matches.
   *
   * @param offset the position of the byte in the object, from 0
   * @return a script for those requests
   */
  public FaultScript covering(long offset) {
    return new FaultScript(queue, schedule, times, skip, OptionalLong.of(offset));
  }

  /**
   * Puts a fault in force.
   *
   * @param fault what goes wrong
   * @return a script with the same target and default settings, for the fault after this one
   */
  public FaultScript inject(Fault fault) {
    queue.add(schedule, new ScheduledFault(fault.effect(), covering, skip, times));
    return new FaultScript(queue, schedule);
  }
}
