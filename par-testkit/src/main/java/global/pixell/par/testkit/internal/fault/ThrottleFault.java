package global.pixell.par.testkit.internal.fault;

import global.pixell.par.testkit.internal.http.ThrottledOutputStream;
import global.pixell.par.testkit.internal.io.BlockOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;

/** Faults that slow the body down. */
public final class ThrottleFault {
  private ThrottleFault() {}

  /** Sends the body in pieces, with a wait between two pieces. */
  public record Drip(int bytes, Duration interval) implements FaultEffect {
    public Drip {
      if (bytes < 1) {
        throw new IllegalArgumentException("a drip has at least 1 byte, not " + bytes);
      }
    }

    @Override
    public String name() {
      return "drip(" + bytes + " per " + interval.toMillis() + " ms)";
    }

    @Override
    public OutputStream body(FaultContext context, OutputStream wire) {
      return new BlockOutputStream(wire) {
        private int remaining = bytes;

        @Override
        public void write(byte[] buffer, int offset, int length) throws IOException {
          for (int done = 0; done < length; ) {
            if (remaining == 0) {
              out.flush();
              context.sleeper().sleep(interval);
              remaining = bytes;
            }
            int n = Math.min(remaining, length - done);
            out.write(buffer, offset + done, n);
            done += n;
            remaining -= n;
          }
        }
      };
    }
  }

  /** Sends the body at an even rate. */
  public record Bandwidth(long bytesPerSecond) implements FaultEffect {
    public Bandwidth {
      if (bytesPerSecond < 1) {
        throw new IllegalArgumentException("a bandwidth is at least 1 B/s, not " + bytesPerSecond);
      }
    }

    @Override
    public String name() {
      return "bandwidth(" + bytesPerSecond + " B/s)";
    }

    @Override
    public OutputStream body(FaultContext context, OutputStream wire) {
      return new ThrottledOutputStream(wire, () -> bytesPerSecond, context.sleeper());
    }
  }
}
