package global.pixell.par.testkit;

import global.pixell.par.testkit.internal.fault.ConnectionFault;
import global.pixell.par.testkit.internal.fault.CorruptionFault;
import global.pixell.par.testkit.internal.fault.DelayFault;
import global.pixell.par.testkit.internal.fault.ErrorFault;
import global.pixell.par.testkit.internal.fault.FaultEffect;
import global.pixell.par.testkit.internal.fault.ThrottleFault;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/**
 * What goes wrong with one request: an error instead of the answer, a broken connection, or a slow
 * or wrong body. A {@link FaultScript} says which requests a fault happens to.
 *
 * <p>A position is a number of bytes of the answer's body, from 0, and is exact on the wire. A
 * fault at a position has no effect on a body that is not longer. Waits follow {@link
 * FakeS3#clock}.
 *
 * <p>A reset discards bytes that the kernel has not delivered yet. On Linux the server waits until
 * the kernel has delivered all of them. Other systems do not report this, so a client there may get
 * fewer bytes than the position of a {@code resetAt}. All other positions are exact everywhere.
 *
 * <p>Immutable and thread-safe.
 */
public final class Fault {

  private final FaultEffect effect;

  private Fault(FaultEffect effect) {
    this.effect = effect;
  }

  /**
   * Answers 503 SlowDown.
   *
   * @return the fault
   */
  public static Fault slowDown() {
    return new Fault(ErrorFault.slowDown());
  }

  /**
   * Answers 500 InternalError.
   *
   * @return the fault
   */
  public static Fault internalError() {
    return new Fault(ErrorFault.internalError());
  }

  /**
   * Answers 503 ServiceUnavailable with {@code Retry-After} in seconds.
   *
   * @param after the delay; a fraction of a second is dropped
   * @return the fault
   */
  public static Fault unavailable(Duration after) {
    return new Fault(ErrorFault.unavailable(after));
  }

  /**
   * Answers 503 ServiceUnavailable with {@code Retry-After} as a date.
   *
   * @param until the date, by {@link FakeS3#clock}; a fraction of a second is dropped
   * @return the fault
   */
  public static Fault unavailableUntil(Instant until) {
    return new Fault(ErrorFault.unavailableUntil(until));
  }

  /**
   * Answers 503 ServiceUnavailable with {@code x-amz-retry-after}.
   *
   * @param millis the delay in milliseconds
   * @return the fault
   */
  public static Fault unavailableMillis(long millis) {
    return new Fault(ErrorFault.unavailableMillis(millis));
  }

  /**
   * Answers 403 AccessDenied.
   *
   * @return the fault
   */
  public static Fault accessDenied() {
    return new Fault(ErrorFault.accessDenied());
  }

  /**
   * Answers 403 AccessDenied, as S3 does when the caller may not use the object's KMS key.
   *
   * @return the fault
   */
  public static Fault kmsDenied() {
    return new Fault(ErrorFault.kmsDenied());
  }

  /**
   * Answers 400 ExpiredToken.
   *
   * @return the fault
   */
  public static Fault expiredToken() {
    return new Fault(ErrorFault.expiredToken());
  }

  /**
   * Answers 403 RequestTimeTooSkewed, whatever the clocks say. To simulate a server with a wrong
   * clock, advance {@link FakeS3#clock} instead.
   *
   * @return the fault
   */
  public static Fault clockSkew() {
    return new Fault(ErrorFault.clockSkew());
  }

  /**
   * Answers 301 PermanentRedirect, as S3 does when the bucket is in another region.
   *
   * @param region the bucket's region, for instance {@code eu-west-1}
   * @return the fault
   */
  public static Fault wrongRegion(String region) {
    return new Fault(ErrorFault.wrongRegion(region));
  }

  /**
   * Answers with any error, in S3's XML form.
   *
   * @param status the HTTP status
   * @param code the text of the element {@code Code}
   * @param message the text of the element {@code Message}
   * @param headers the headers besides those that every answer has
   * @return the fault
   */
  public static Fault error(int status, String code, String message, Map<String, String> headers) {
    return new Fault(ErrorFault.of(status, code, message, Map.copyOf(headers)));
  }

  /**
   * Resets the connection before the server sends any byte of the answer.
   *
   * @return the fault
   */
  public static Fault reset() {
    return new Fault(
        new ConnectionFault(ConnectionFault.Ending.RESET, ConnectionFault.BEFORE_HEAD));
  }

  /**
   * Resets the connection within the body, after the bytes before the position have been delivered.
   *
   * @param at the number of body bytes before the reset
   * @return the fault
   */
  public static Fault resetAt(long at) {
    return new Fault(new ConnectionFault(ConnectionFault.Ending.RESET, at));
  }

  /**
   * Closes the connection in the regular way (TCP FIN) within the body, although Content-Length
   * announced more.
   *
   * @param at the number of body bytes before the end
   * @return the fault
   */
  public static Fault truncateAt(long at) {
    return new Fault(new ConnectionFault(ConnectionFault.Ending.TRUNCATE, at));
  }

  /**
   * Sends nothing and keeps the connection open until the client closes it.
   *
   * @return the fault
   */
  public static Fault stall() {
    return new Fault(
        new ConnectionFault(ConnectionFault.Ending.STALL, ConnectionFault.BEFORE_HEAD));
  }

  /**
   * Stops within the body and keeps the connection open until the client closes it.
   *
   * @param at the number of body bytes before the stall
   * @return the fault
   */
  public static Fault stallAt(long at) {
    return new Fault(new ConnectionFault(ConnectionFault.Ending.STALL, at));
  }

  /**
   * Pauses within the body, then sends the rest.
   *
   * @param at the number of body bytes before the pause
   * @param wait the length of the pause
   * @return the fault
   */
  public static Fault stallAt(long at, Duration wait) {
    return new Fault(new DelayFault(at, wait));
  }

  /**
   * Waits before the first byte of the answer.
   *
   * @param wait the time before the head of the answer
   * @return the fault
   */
  public static Fault slowFirstByte(Duration wait) {
    return new Fault(new DelayFault(ConnectionFault.BEFORE_HEAD, wait));
  }

  /**
   * Sends the body in small pieces.
   *
   * @param bytes the number of bytes in each piece, at least 1
   * @param interval the wait between two pieces
   * @return the fault
   * @throws IllegalArgumentException for less than 1 byte
   */
  public static Fault drip(int bytes, Duration interval) {
    return new Fault(new ThrottleFault.Drip(bytes, interval));
  }

  /**
   * Sends the body at an even rate.
   *
   * @param bytesPerSecond the rate in bytes per second, at least 1
   * @return the fault
   * @throws IllegalArgumentException for less than 1
   */
  public static Fault bandwidth(long bytesPerSecond) {
    return new Fault(new ThrottleFault.Bandwidth(bytesPerSecond));
  }

  /**
   * Flips the lowest bit of one byte of the body.
   *
   * @param at the position of the byte, from 0
   * @return the fault
   */
  public static Fault flipByteAt(long at) {
    return new Fault(new CorruptionFault.FlippedByte(at));
  }

  /**
   * Replaces the object just before the server answers the request.
   *
   * @param content the object's new bytes
   * @return the fault
   */
  public static Fault changeTo(byte[] content) {
    return new Fault(new CorruptionFault.Changed(content.clone()));
  }

  /**
   * Sends a wrong checksum header. To an answer without a checksum it adds a wrong CRC-32 of the
   * whole object.
   *
   * @return the fault
   */
  public static Fault wrongChecksum() {
    return new Fault(new CorruptionFault.WrongChecksum());
  }

  /**
   * Combines this fault with another for the same request, for instance a slow body that is also
   * cut.
   *
   * @param other the other fault
   * @return a fault with both effects
   */
  public Fault and(Fault other) {
    return new Fault(effect.and(other.effect));
  }

  FaultEffect effect() {
    return effect;
  }

  /** The name that {@link RecordedRequest#fault()} shows, for instance {@code resetAt(1000)}. */
  @Override
  public String toString() {
    return effect.name();
  }
}
