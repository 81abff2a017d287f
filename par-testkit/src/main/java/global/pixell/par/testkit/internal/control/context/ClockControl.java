package global.pixell.par.testkit.internal.control.context;

import java.time.Duration;
import java.time.Instant;

/** The fake's clock, as the control API changes it. Thread-safe. */
public interface ClockControl {

  Instant now();

  /** How far the clock is ahead of the host's; negative when it is behind. */
  Duration offset();

  boolean isFrozen();

  void advance(Duration by);

  void setTo(Instant moment);

  void freeze();

  void resume();

  /** Lets it run at the host's time. */
  void reset();
}
