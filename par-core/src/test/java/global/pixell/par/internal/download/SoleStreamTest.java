package global.pixell.par.internal.download;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.internal.download.partial.ArrivingFile;
import global.pixell.par.internal.download.partial.ByteRange;
import global.pixell.par.internal.remote.ContentPin;
import global.pixell.par.internal.remote.FetchFailure;
import global.pixell.par.internal.remote.ObjectSource;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The first response is cut off when others help, and when nothing is lost by it. */
@Timeout(60)
class SoleStreamTest {

  private static final int MIB = 1 << 20;

  /** So large that the first connection is judged after 20 ms. */
  private static final long TOTAL = 81 * MIB;

  private final Queue<ObjectSource.RangeRequest> requests = new ConcurrentLinkedQueue<>();

  @TempDir Path directory;

  @Test
  void a_slow_response_is_cut_off_only_where_no_byte_of_it_is_under_way() throws Exception {
    long drained = 24 * MIB;

    Transfer transfer = transfer(new Body(0, TOTAL, drained));

    assertThat(transfer.wireBytes()).isEqualTo(TOTAL);
    assertThat(requests).isNotEmpty().allMatch(request -> request.from() >= drained);
  }

  @Test
  void a_response_whose_bytes_wait_for_the_reader_is_not_cut_off() throws Exception {
    Transfer transfer = transfer(new Body(0, TOTAL, TOTAL));

    assertThat(transfer.wireBytes()).isEqualTo(TOTAL);
    // The reader of an archive may ask for its end meanwhile; nobody does here.
    assertThat(requests).isEmpty();
  }

  /** Transfers the object, with a first connection that no rate is fast enough for. */
  private Transfer transfer(Body first) throws Exception {
    var settings =
        new DownloadSettings(
            TOTAL,
            4,
            DownloadSettings.PART_BYTES,
            DownloadSettings.TAIL_BYTES,
            DownloadSettings.STALL_MIN_BYTES,
            Duration.ofMinutes(1),
            DownloadSettings.JOURNAL_INTERVAL,
            DownloadSettings.ALWAYS_PARALLEL - 1,
            false,
            System::nanoTime);
    var pin =
        new ContentPin(OptionalLong.of(TOTAL), Optional.of("tag"), Optional.empty(), Map.of());
    try (ArrivingFile file = ArrivingFile.create(directory.resolve("object"))) {
      file.setSize(TOTAL);
      var transfer = new Transfer(new Zeros(), settings, pin, file);
      ByteRange part = Objects.requireNonNull(transfer.takeAt(0));
      transfer.start(response(false, first), part);
      transfer.await(() -> {});
      transfer.stop();
      file.endWriting();
      return transfer;
    }
  }

  private static ObjectSource.Response response(boolean partial, Body body) {
    return new ObjectSource.Response(
        false,
        partial,
        body.offset,
        OptionalLong.of(TOTAL),
        Optional.of("tag"),
        Optional.empty(),
        Map.of(),
        body,
        () -> {});
  }

  /** An object of nothing but zeros. */
  private final class Zeros implements ObjectSource {
    @Override
    public String address() {
      return "s3://bucket/zeros";
    }

    @Override
    public Response get(RangeRequest request) {
      requests.add(request);
      return response(true, new Body(request.from(), Math.min(request.to(), TOTAL), 0));
    }

    @Override
    public FetchFailure broken(Exception cause) {
      throw new AssertionError(cause);
    }

    @Override
    public void abort() {}
  }

  /** A body whose bytes come in small pieces, and others wait behind them up to an offset. */
  private static final class Body extends InputStream {
    private static final int PIECE = 2 << 10;

    private long offset;
    private final long end;
    private final long drained;

    Body(long offset, long end, long drained) {
      this.offset = offset;
      this.end = end;
      this.drained = drained;
    }

    @Override
    public int read(byte[] bytes, int from, int length) {
      if (offset == end) {
        return -1;
      }
      int n = (int) Math.min(offset < drained ? Math.min(PIECE, length) : length, end - offset);
      offset += n;
      return n;
    }

    @Override
    public int available() {
      return offset < drained ? 1 : 0;
    }

    @Override
    public int read() {
      throw new AssertionError("read one by one");
    }
  }
}
