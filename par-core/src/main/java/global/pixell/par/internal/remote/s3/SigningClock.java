package global.pixell.par.internal.remote.s3;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * The time requests are signed with: this machine's, until a server says that it is wrong.
 *
 * <p>The SDK keeps such a correction for the whole JVM, which is not a guest's to change.
 * Thread-safe.
 */
final class SigningClock extends Clock {

  // S3 refuses what was signed over 15 minutes ago or ahead; what is much nearer has another
  // reason.
  private static final Duration TELLING = Duration.ofMinutes(5);

  private final Clock machine;
  private volatile Duration offset = Duration.ZERO;

  SigningClock(Clock machine) {
    this.machine = machine;
  }

  /** Whether a server's time is so far off that it may be why it refused. */
  boolean isFarFrom(Instant serverTime) {
    return Duration.between(serverTime, instant()).abs().compareTo(TELLING) > 0;
  }

  /** Goes by the server's time from now on. */
  void setBy(Instant serverTime) {
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
