package global.pixell.par.testkit;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;

/**
 * A pause, after which the answer goes on.
 *
 * @param at after so many bytes of the body; {@link BreakFault#BEFORE_HEAD} for before everything
 */
record WaitFault(long at, Duration pause) implements Fault {

  @Override
  public String name() {
    return at == BreakFault.BEFORE_HEAD
        ? "slowFirstByte(" + pause.toMillis() + " ms)"
        : "stallAt(" + at + ", " + pause.toMillis() + " ms)";
  }

  @Override
  public void before(Exchange exchange) throws IOException {
    if (at == BreakFault.BEFORE_HEAD) {
      exchange.clock().sleep(pause);
    }
  }

  @Override
  public OutputStream body(Exchange exchange, OutputStream wire) {
    return new AtByte(wire, at) {
      @Override
      void reached() throws IOException {
        wire.flush();
        exchange.clock().sleep(pause);
      }
    };
  }
}
