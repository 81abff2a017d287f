package global.pixell.par.testkit.internal.fault;

import global.pixell.par.testkit.internal.http.ByteOffsetTrigger;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;

/**
 * A pause, after which the answer goes on.
 *
 * @param at after so many bytes of the body; {@link ConnectionFault#BEFORE_HEAD} for before
 *     everything
 */
public record DelayFault(long at, Duration pause) implements FaultEffect {

  @Override
  public String name() {
    return at == ConnectionFault.BEFORE_HEAD
        ? "slowFirstByte(" + pause.toMillis() + " ms)"
        : "stallAt(" + at + ", " + pause.toMillis() + " ms)";
  }

  @Override
  public void before(FaultContext context) throws IOException {
    if (at == ConnectionFault.BEFORE_HEAD) {
      context.sleeper().sleep(pause);
    }
  }

  @Override
  public OutputStream body(FaultContext context, OutputStream wire) {
    return new ByteOffsetTrigger(wire, at) {
      @Override
      protected void reached() throws IOException {
        wire.flush();
        context.sleeper().sleep(pause);
      }
    };
  }
}
