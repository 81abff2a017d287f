package global.pixell.par.internal.remote.s3;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * The clock that requests are signed by: this machine's, until a server shows that it is wrong.
 *
 * <p>The SDK stores clock corrections globally; a library must not change global state.
 * Thread-safe.
 */
final class SigningClock extends Clock {

  // S3 refuses signatures that are off by more than 15 minutes. A refusal with a much smaller
  // difference has another reason.
  private static final Duration SUSPICIOUS = Duration.ofMinutes(5);

  private final Clock machine;
  private volatile Duration offset = Duration.ZERO;

  SigningClock(Clock machine) {
    this.machine = machine;
  }

  /** Whether the difference to a server's time may be the reason for a refusal. */
  boolean isFarFrom(Instant serverTime) {
    return Duration.between(serverTime, instant()).abs().compareTo(SUSPICIOUS) > 0;
  }

  /** Follows the server's time from now on. */
  void setTo(Instant serverTime) {
    offset = Duration.between(machine.instant(), serverTime);
  }

  @Override
  public Instant instant() {
    return machine.instant().plus(offset);
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    throw new UnsupportedOperationException("signatures are made in UTC");
  }
}
