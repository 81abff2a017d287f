package global.pixell.par.testkit.internal.fault;

import global.pixell.par.testkit.internal.http.ByteOffsetTrigger;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;

/**
 * Pauses the answer.
 *
 * @param at the position in the body; {@link ConnectionFault#BEFORE_HEAD} for before the head
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
