package global.pixell.par.testkit;

import global.pixell.par.testkit.internal.fault.ConnectionFault;
import global.pixell.par.testkit.internal.fault.CorruptionFault;
import global.pixell.par.testkit.internal.fault.DelayFault;
import global.pixell.par.testkit.internal.fault.ErrorFault;
import global.pixell.par.testkit.internal.fault.Fault;
import global.pixell.par.testkit.internal.fault.FaultQueue;
import global.pixell.par.testkit.internal.fault.ThrottleFault;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What goes wrong, with which requests, and how often.
 *
 * <p>A script has a target, from {@link FakeS3#onGet} and its like, and a line of faults. {@link
 * #times}, {@link #after} and {@link #covering} say whom the next fault befalls; naming the fault
 * puts it in force; {@link Scripted#then} goes on with the next, {@link Scripted#and} adds another
 * to the same requests:
 *
 * <pre>{@code
 * s3.onGet(key).times(2).slowDown().then().resetAt(1000).then().slowFirstByte(Duration.ofSeconds(2));
 * s3.onGet(key).covering(20_000_000).truncateAt(0);
 * s3.onAny().after(10).times(3).bandwidth(1_000_000).and().flipByteAt(17);
 * }</pre>
 *
 * <p>When a script is used up, answers are right again. Two scripts for one request come in the
 * order they were begun. The same requests in the same order always meet the same faults. Positions
 * count the bytes of the answer's body, from 0, and are exact on the wire; a body that is not
 * longer than the position is whole. Waits are by {@link FakeS3#clock}.
 *
 * <p>Immutable, but for the server it scripts.
 */
public final class FaultScript {

  private final FaultQueue faults;
  private final FaultQueue.FaultSchedule script;
  private final int times;
  private final int skip;
  private final OptionalLong covering;
  private final boolean joins;

  FaultScript(FaultQueue faults, FaultQueue.FaultSchedule script) {
    this(faults, script, 1, 0, OptionalLong.empty(), false);
  }

  private FaultScript(
      FaultQueue faults,
      FaultQueue.FaultSchedule script,
      int times,
      int skip,
      OptionalLong covering,
      boolean joins) {
    this.faults = faults;
    this.script = script;
    this.times = times;
    this.skip = skip;
    this.covering = covering;
    this.joins = joins;
  }

  /** A fault is in force; the script may go on. */
  public final class Scripted {
    private Scripted() {}

    /**
     * What befalls the requests after those.
     *
     * @return the script, for the next fault
     */
    public FaultScript then() {
      return new FaultScript(faults, script);
    }

    /**
     * What befalls the same requests too: a slow answer that is also cut, for instance.
     *
     * @return the script, for a fault that is joined to the last
     */
    public FaultScript and() {
      return joined();
    }
  }

  public FaultScript joined() {
    return new FaultScript(faults, script, times, skip, covering, true);
  }

  /**
   * How many requests it befalls; 1 unless said.
   *
   * @param n at least 1
   * @return the script for that many
   * @throws IllegalArgumentException for less than 1
   * @throws IllegalStateException after {@link Scripted#and}
   */
  public FaultScript times(int n) {
    if (n < 1) {
      throw new IllegalArgumentException("a fault befalls at least 1 request, not " + n);
    }
    refuseWhenJoined("times");
    return new FaultScript(faults, script, n, skip, covering, joins);
  }

  /**
   * It befalls every request, until {@link FakeS3#clearFaults}.
   *
   * @return the script without an end
   * @throws IllegalStateException after {@link Scripted#and}
   */
  public FaultScript always() {
    return times(FaultQueue.ALWAYS);
  }

  /**
   * How many requests of the target go well before; 0 unless said.
   *
   * @param n at least 0
   * @return the script from the one after
   * @throws IllegalArgumentException for less than 0
   * @throws IllegalStateException after {@link Scripted#and}
   */
  public FaultScript after(int n) {
    if (n < 0) {
      throw new IllegalArgumentException("at least 0 requests go well before, not " + n);
    }
    refuseWhenJoined("after");
    return new FaultScript(faults, script, times, n, covering, joins);
  }

  /**
   * Only requests for a range that has this byte of the object, and those for the whole.
   *
   * @param offset from 0
   * @return the script for the part that has it
   * @throws IllegalStateException after {@link Scripted#and}
   */
  public FaultScript covering(long offset) {
    refuseWhenJoined("covering");
    return new FaultScript(faults, script, times, skip, OptionalLong.of(offset), joins);
  }

  private void refuseWhenJoined(String what) {
    if (joins) {
      throw new IllegalStateException(
          "what and() joins befalls the requests of the fault before it; say " + what + " there");
    }
  }

  /**
   * 503 SlowDown.
   *
   * @return to go on
   */
  public Scripted slowDown() {
    return add(ErrorFault.slowDown());
  }

  /**
   * 500 InternalError.
   *
   * @return to go on
   */
  public Scripted internalError() {
    return add(ErrorFault.internalError());
  }

  /**
   * 503 ServiceUnavailable with {@code Retry-After} in seconds.
   *
   * @param after whole seconds
   * @return to go on
   */
  public Scripted unavailable(Duration after) {
    return add(ErrorFault.unavailable(after));
  }

  /**
   * 503 ServiceUnavailable with {@code Retry-After} as a date.
   *
   * @param until to whole seconds; take it from {@link FakeS3#clock}
   * @return to go on
   */
  public Scripted unavailableUntil(Instant until) {
    return add(ErrorFault.unavailableUntil(until));
  }

  /**
   * 503 ServiceUnavailable with {@code x-amz-retry-after}.
   *
   * @param millis milliseconds
   * @return to go on
   */
  public Scripted unavailableMillis(long millis) {
    return add(ErrorFault.unavailableMillis(millis));
  }

  /**
   * 403 AccessDenied.
   *
   * @return to go on
   */
  public Scripted accessDenied() {
    return add(ErrorFault.accessDenied());
  }

  /**
   * 403 AccessDenied, because the object's KMS key may not be used.
   *
   * @return to go on
   */
  public Scripted kmsDenied() {
    return add(ErrorFault.kmsDenied());
  }

  /**
   * 400 ExpiredToken.
   *
   * @return to go on
   */
  public Scripted expiredToken() {
    return add(ErrorFault.expiredToken());
  }

  /**
   * 403 RequestTimeTooSkewed, once for each request it befalls. For a server whose time really is
   * another, advance {@link FakeS3#clock}.
   *
   * @return to go on
   */
  public Scripted clockSkew() {
    return add(ErrorFault.clockSkew());
  }

  /**
   * 301 PermanentRedirect: the bucket is elsewhere.
   *
   * @param region where, for instance {@code eu-west-1}
   * @return to go on
   */
  public Scripted wrongRegion(String region) {
    return add(ErrorFault.wrongRegion(region));
  }

  /**
   * Any error, in S3's form.
   *
   * @param status the HTTP status
   * @param code the element {@code Code}
   * @param message the element {@code Message}
   * @param headers besides those every answer has
   * @return to go on
   */
  public Scripted error(int status, String code, String message, Map<String, String> headers) {
    return add(ErrorFault.of(status, code, message, Map.copyOf(headers)));
  }

  /**
   * The connection is reset before a byte is answered.
   *
   * @return to go on
   */
  public Scripted reset() {
    return add(new ConnectionFault(ConnectionFault.Ending.RESET, ConnectionFault.BEFORE_HEAD));
  }

  /**
   * The connection is reset within the body. Every byte before has been delivered.
   *
   * @param at after so many body bytes
   * @return to go on
   */
  public Scripted resetAt(long at) {
    return add(new ConnectionFault(ConnectionFault.Ending.RESET, at));
  }

  /**
   * The connection ends within the body, in order, though the head promised all of it.
   *
   * @param at after so many body bytes
   * @return to go on
   */
  public Scripted truncateAt(long at) {
    return add(new ConnectionFault(ConnectionFault.Ending.TRUNCATE, at));
  }

  /**
   * Nothing is answered, and the connection stays open until the client leaves.
   *
   * @return to go on
   */
  public Scripted stall() {
    return add(new ConnectionFault(ConnectionFault.Ending.STALL, ConnectionFault.BEFORE_HEAD));
  }

  /**
   * The body stops coming, and the connection stays open until the client leaves.
   *
   * @param at after so many body bytes
   * @return to go on
   */
  public Scripted stallAt(long at) {
    return add(new ConnectionFault(ConnectionFault.Ending.STALL, at));
  }

  /**
   * The body stops coming for a while, and goes on.
   *
   * @param at after so many body bytes
   * @param wait how long
   * @return to go on
   */
  public Scripted stallAt(long at, Duration wait) {
    return add(new DelayFault(at, wait));
  }

  /**
   * Nothing is answered for a while.
   *
   * @param wait before the head
   * @return to go on
   */
  public Scripted slowFirstByte(Duration wait) {
    return add(new DelayFault(ConnectionFault.BEFORE_HEAD, wait));
  }

  /**
   * The body comes in small gulps.
   *
   * @param bytes at once, at least 1
   * @param interval between two gulps
   * @return to go on
   * @throws IllegalArgumentException for less than 1 byte
   */
  public Scripted drip(int bytes, Duration interval) {
    if (bytes < 1) {
      throw new IllegalArgumentException("a drip has at least 1 byte, not " + bytes);
    }
    return add(new ThrottleFault.Drip(bytes, interval));
  }

  /**
   * The body comes at an even rate.
   *
   * @param bytesPerSecond at least 1
   * @return to go on
   * @throws IllegalArgumentException for less than 1
   */
  public Scripted bandwidth(long bytesPerSecond) {
    if (bytesPerSecond < 1) {
      throw new IllegalArgumentException("a bandwidth is at least 1 B/s, not " + bytesPerSecond);
    }
    return add(new ThrottleFault.Bandwidth(bytesPerSecond));
  }

  /**
   * One byte of the body is another.
   *
   * @param at which one, from 0
   * @return to go on
   */
  public Scripted flipByteAt(long at) {
    return add(new CorruptionFault.FlippedByte(at));
  }

  /**
   * The object is another from this request on: somebody put it anew just before.
   *
   * @param content its new bytes
   * @return to go on
   */
  public Scripted changeTo(byte[] content) {
    return add(new CorruptionFault.Changed(content.clone()));
  }

  /**
   * The checksum in the head is not the body's. Where the answer would have none, it is given a
   * wrong CRC-32 of the whole object.
   *
   * @return to go on
   */
  public Scripted wrongChecksum() {
    return add(new CorruptionFault.WrongChecksum());
  }

  private Scripted add(Fault fault) {
    if (joins) {
      faults.join(script, fault);
    } else {
      faults.add(script, fault, covering, skip, times);
    }
    return new Scripted();
  }
}
