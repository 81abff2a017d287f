package global.pixell.par.testkit.internal.http;

import global.pixell.par.testkit.internal.io.BlockOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Limits the rate of a stream, in pieces of at most 5 ms. After a sleep that took too long, the
 * stream catches up at most 20 ms, so it meets the rate without bursts.
 */
public final class ThrottledOutputStream extends BlockOutputStream {

  private static final Duration MAX_CATCH_UP = Duration.ofMillis(20);
  private static final int PIECES_A_SECOND = 200;
  private static final int LARGEST_PIECE = 1 << 18;

  private final LongSupplier bytesPerSecond;
  private final Sleeper sleeper;
  private @Nullable Duration due;

  /**
   * Limits a stream.
   *
   * @param bytesPerSecond the rate, which the stream reads before every write; 0 for no limit
   */
  public ThrottledOutputStream(OutputStream out, LongSupplier bytesPerSecond, Sleeper sleeper) {
    super(out);
    this.bytesPerSecond = bytesPerSecond;
    this.sleeper = sleeper;
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    for (int done = 0; done < length; ) {
      long rate = bytesPerSecond.getAsLong();
      int n = rate == 0 ? length - done : Math.min(length - done, piece(rate));
      if (rate > 0) {
        await(n, rate);
      }
      out.write(bytes, offset + done, n);
      done += n;
      if (rate > 0) {
        out.flush();
      }
    }
  }

  private static int piece(long rate) {
    return (int) Math.max(1, Math.min(LARGEST_PIECE, rate / PIECES_A_SECOND));
  }

  /** Waits until the last byte of a piece is due. */
  private void await(int bytes, long rate) throws IOException {
    Duration now = sleeper.elapsed();
    Duration earliest = now.minus(MAX_CATCH_UP);
    Duration from = due == null ? now : due.compareTo(earliest) > 0 ? due : earliest;
    due = from.plusNanos((long) (bytes * 1e9 / rate));
    if (due.compareTo(now) > 0) {
      sleeper.sleepUntil(due);
    }
  }
}
