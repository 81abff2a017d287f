package global.pixell.par.internal.download;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.internal.io.ArchiveBytes;
import global.pixell.par.internal.io.Sha256;
import global.pixell.par.internal.remote.FetchFailure;
import global.pixell.par.internal.remote.ObjectSource;
import global.pixell.par.testkit.Fault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The download against the fake S3: its connections, parts and limits. */
class DownloadTest extends DownloadTestCase {

  @Test
  void parts_come_over_several_connections_and_make_one_file() throws IOException {
    put(content);
    slowly();

    Download.Downloaded result = download();

    assertThat(result.digest()).isEqualTo(Sha256.of(content));
    assertSaved(content);
    assertThat(s3.requests()).allMatch(r -> r.operation().equals("GetObject"));
    // The first request is for the whole object, and its answer is the first part. The last 32 KiB
    // are a separate part.
    assertThat(s3.requests().get(0).range()).isEmpty();
    assertThat(s3.requests()).hasSizeLessThanOrEqualTo(14);
    assertThat(ranges()).contains("bytes=" + (content.length - TAIL) + "-");
  }

  @Test
  void a_first_connection_that_is_quick_enough_stays_the_only_one() throws IOException {
    singleStreamBytesPerSecond = 0;
    put(content);

    Download.Downloaded result = download();

    assertThat(s3.requests()).hasSize(1);
    assertThat(result.wireBytes()).isEqualTo(content.length);
    assertSaved(content);
  }

  @Test
  void other_connections_join_a_first_one_that_is_not_quick_enough() throws IOException {
    singleStreamBytesPerSecond = DownloadSettings.ALWAYS_PARALLEL - 1;
    put(content);
    s3.onGet(KEY).inject(Fault.bandwidth(500_000));

    Download.Downloaded result = download();

    assertThat(s3.count("GetObject")).isGreaterThan(2);
    assertThat(result.digest()).isEqualTo(Sha256.of(content));
  }

  @Test
  void a_small_object_is_one_request() throws IOException {
    put(noise(2 * PART));

    Download.Downloaded result = download();

    assertThat(s3.requests()).hasSize(1);
    assertThat(result.wireBytes()).isEqualTo(2 * PART);
    assertSaved(noise(2 * PART));
  }

  @Test
  void an_empty_object_is_one_request_and_no_bytes() {
    put(new byte[0]);

    assertThat(download().digest()).isEqualTo(Sha256.of(new byte[0]));
    assertThat(s3.requests()).hasSize(1);
  }

  @Test
  void the_part_that_a_reader_waits_for_comes_first() throws Exception {
    put(content);
    connections = 2;
    // Slow enough that the other connection starts before this part is complete.
    s3.onGet(KEY).inject(Fault.bandwidth(PART));
    long wanted = 7 * part() + 5;
    var asked = new ArrayList<Thread>();
    run(
        Optional.empty(),
        Optional.of(
            file -> {
              var reader =
                  new Thread(
                      () -> {
                        try (ArchiveBytes bytes = file.reader()) {
                          bytes.readFully(wanted, ByteBuffer.allocate(1));
                        } catch (IOException e) {
                          throw new java.io.UncheckedIOException(e);
                        }
                      });
              asked.add(reader);
              reader.start();
              while (file.wanted().isEmpty()) {
                Thread.onSpinWait();
              }
            }));
    asked.get(0).join();

    assertThat(ranges().get(1)).isEqualTo("bytes=" + 7 * part() + "-" + (8 * part() - 1));
  }

  @Test
  void a_late_part_is_requested_twice_and_the_first_answer_wins() throws IOException {
    put(content);
    hedge = true;
    nanoClock = System::nanoTime;
    s3.onGet(KEY).inject(Fault.stallAt(PART / 2));

    Download.Downloaded result = download();

    assertSaved(content);
    assertThat(result.attempts()).isEqualTo(1);
    // The first answer has no range; another request fetches its remaining bytes.
    assertThat(ranges()).contains("bytes=" + PART / 2 + "-" + (part() - 1));
  }

  @Test
  void a_server_without_ranges_sends_the_object_in_one_stream() throws IOException {
    put(content);
    through = WithoutRanges::new;

    download();

    assertSaved(content);
    assertThat(ranges()).allMatch(String::isEmpty);
  }

  @Test
  void a_limit_that_is_reached_exactly_is_kept() throws IOException {
    put(content);
    maxBytes = content.length;

    download();

    assertSaved(content);
  }

  /** Behaves like a plain web server, which ignores ranges and sends the whole object. */
  private static final class WithoutRanges extends ForwardingSource {
    WithoutRanges(ObjectSource source) {
      super(source);
    }

    @Override
    public Response get(RangeRequest request) throws FetchFailure {
      return super.get(RangeRequest.whole(Optional.empty()));
    }
  }
}
