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
 * What goes wrong with one request: an error instead of the answer, a connection that breaks, a
 * slow or a wrong body. {@link FaultScript#inject} says which requests it happens to.
 *
 * <p>Positions count the bytes of the answer's body, from 0, and are exact on the wire; a body that
 * is not longer than the position is sent whole. Waits follow {@link FakeS3#clock}.
 *
 * <p>A reset discards bytes that the kernel has not delivered yet. On Linux the server waits until
 * all are delivered; other systems do not tell, so that a client there may get fewer bytes than the
 * position of a {@code resetAt}. All other positions are exact everywhere.
 *
 * <p>Immutable, and safe for use by several threads.
 */
public final class Fault {

  private final FaultEffect effect;

  private Fault(FaultEffect effect) {
    this.effect = effect;
  }

  /**
   * 503 SlowDown.
   *
   * @return the fault
   */
  public static Fault slowDown() {
    return new Fault(ErrorFault.slowDown());
  }

  /**
   * 500 InternalError.
   *
   * @return the fault
   */
  public static Fault internalError() {
    return new Fault(ErrorFault.internalError());
  }

  /**
   * 503 ServiceUnavailable with {@code Retry-After} in seconds.
   *
   * @param after whole seconds
   * @return the fault
   */
  public static Fault unavailable(Duration after) {
    return new Fault(ErrorFault.unavailable(after));
  }

  /**
   * 503 ServiceUnavailable with {@code Retry-After} as a date.
   *
   * @param until precise to the second; relative to {@link FakeS3#clock}
   * @return the fault
   */
  public static Fault unavailableUntil(Instant until) {
    return new Fault(ErrorFault.unavailableUntil(until));
  }

  /**
   * 503 ServiceUnavailable with {@code x-amz-retry-after}.
   *
   * @param millis milliseconds
   * @return the fault
   */
  public static Fault unavailableMillis(long millis) {
    return new Fault(ErrorFault.unavailableMillis(millis));
  }

  /**
   * 403 AccessDenied.
   *
   * @return the fault
   */
  public static Fault accessDenied() {
    return new Fault(ErrorFault.accessDenied());
  }

  /**
   * 403 AccessDenied, because the object's KMS key may not be used.
   *
   * @return the fault
   */
  public static Fault kmsDenied() {
    return new Fault(ErrorFault.kmsDenied());
  }

  /**
   * 400 ExpiredToken.
   *
   * @return the fault
   */
  public static Fault expiredToken() {
    return new Fault(ErrorFault.expiredToken());
  }

  /**
   * 403 RequestTimeTooSkewed, once for each request it happens to. For a server with a wrong clock,
   * advance {@link FakeS3#clock}.
   *
   * @return the fault
   */
  public static Fault clockSkew() {
    return new Fault(ErrorFault.clockSkew());
  }

  /**
   * 301 PermanentRedirect: the bucket is in another region.
   *
   * @param region its region, for instance {@code eu-west-1}
   * @return the fault
   */
  public static Fault wrongRegion(String region) {
    return new Fault(ErrorFault.wrongRegion(region));
  }

  /**
   * Any error, in S3's form.
   *
   * @param status the HTTP status
   * @param code the element {@code Code}
   * @param message the element {@code Message}
   * @param headers besides those every answer has
   * @return the fault
   */
  public static Fault error(int status, String code, String message, Map<String, String> headers) {
    return new Fault(ErrorFault.of(status, code, message, Map.copyOf(headers)));
  }

  /**
   * Resets the connection before any byte of the answer.
   *
   * @return the fault
   */
  public static Fault reset() {
    return new Fault(
        new ConnectionFault(ConnectionFault.Ending.RESET, ConnectionFault.BEFORE_HEAD));
  }

  /**
   * Resets the connection within the body; every byte before the position has been delivered.
   *
   * @param at after so many body bytes
   * @return the fault
   */
  public static Fault resetAt(long at) {
    return new Fault(new ConnectionFault(ConnectionFault.Ending.RESET, at));
  }

  /**
   * Closes the connection within the body in the regular way, although Content-Length promised
   * more.
   *
   * @param at after so many body bytes
   * @return the fault
   */
  public static Fault truncateAt(long at) {
    return new Fault(new ConnectionFault(ConnectionFault.Ending.TRUNCATE, at));
  }

  /**
   * Sends nothing; the connection stays open until the client closes it.
   *
   * @return the fault
   */
  public static Fault stall() {
    return new Fault(
        new ConnectionFault(ConnectionFault.Ending.STALL, ConnectionFault.BEFORE_HEAD));
  }

  /**
   * Stops within the body; the connection stays open until the client closes it.
   *
   * @param at after so many body bytes
   * @return the fault
   */
  public static Fault stallAt(long at) {
    return new Fault(new ConnectionFault(ConnectionFault.Ending.STALL, at));
  }

  /**
   * Pauses within the body, then goes on.
   *
   * @param at after so many body bytes
   * @param wait how long
   * @return the fault
   */
  public static Fault stallAt(long at, Duration wait) {
    return new Fault(new DelayFault(at, wait));
  }

  /**
   * Waits before the first byte of the answer.
   *
   * @param wait before the head
   * @return the fault
   */
  public static Fault slowFirstByte(Duration wait) {
    return new Fault(new DelayFault(ConnectionFault.BEFORE_HEAD, wait));
  }

  /**
   * Sends the body in small pieces.
   *
   * @param bytes in each piece, at least 1
   * @param interval between two pieces
   * @return the fault
   * @throws IllegalArgumentException for less than 1 byte
   */
  public static Fault drip(int bytes, Duration interval) {
    if (bytes < 1) {
      throw new IllegalArgumentException("a drip has at least 1 byte, not " + bytes);
    }
    return new Fault(new ThrottleFault.Drip(bytes, interval));
  }

  /**
   * Sends the body at an even rate.
   *
   * @param bytesPerSecond at least 1
   * @return the fault
   * @throws IllegalArgumentException for less than 1
   */
  public static Fault bandwidth(long bytesPerSecond) {
    if (bytesPerSecond < 1) {
      throw new IllegalArgumentException("a bandwidth is at least 1 B/s, not " + bytesPerSecond);
    }
    return new Fault(new ThrottleFault.Bandwidth(bytesPerSecond));
  }

  /**
   * Flips one bit of one byte of the body.
   *
   * @param at the position of the byte, from 0
   * @return the fault
   */
  public static Fault flipByteAt(long at) {
    return new Fault(new CorruptionFault.FlippedByte(at));
  }

  /**
   * Replaces the object just before the request is answered.
   *
   * @param content its new bytes
   * @return the fault
   */
  public static Fault changeTo(byte[] content) {
    return new Fault(new CorruptionFault.Changed(content.clone()));
  }

  /**
   * Sends a wrong checksum header. An answer without a checksum gets a wrong CRC-32 of the whole
   * object.
   *
   * @return the fault
   */
  public static Fault wrongChecksum() {
    return new Fault(new CorruptionFault.WrongChecksum());
  }

  /**
   * This fault and another for the same request, for instance a slow body that is also cut.
   *
   * @param other what goes wrong, too
   * @return both as one fault
   */
  public Fault and(Fault other) {
    return new Fault(effect.and(other.effect));
  }

  FaultEffect effect() {
    return effect;
  }

  /** As {@link FakeS3.Request#fault()} shows it, for instance {@code resetAt(1000)}. */
  @Override
  public String toString() {
    return effect.name();
  }
}
