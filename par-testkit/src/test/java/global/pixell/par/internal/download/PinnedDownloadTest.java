package global.pixell.par.internal.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import global.pixell.par.internal.io.Sha256;
import global.pixell.par.internal.remote.FetchFailure;
import global.pixell.par.internal.remote.ObjectSource;
import global.pixell.par.testkit.Fault;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * A download whose digest is known needs no checksum of S3, so it begins with a range. Then no
 * response has to be cut off, and no byte is sent in vain.
 */
class PinnedDownloadTest extends DownloadTestCase {

  private static final String BEGINNING = "bytes=0-" + (2 * PART - 1);

  private Download.Downloaded pinned(byte[] bytes) {
    return run(Optional.of(Sha256.of(bytes)), Optional.empty());
  }

  @Test
  void a_small_object_is_all_in_the_first_range() throws IOException {
    byte[] small = noise(2 * PART);
    put(small);

    Download.Downloaded result = pinned(small);

    assertThat(ranges()).containsExactly(BEGINNING);
    assertThat(result.verifiedBy()).isEqualTo("length+sha256");
    assertSaved(small);
  }

  @Test
  void every_byte_of_a_large_object_is_sent_once_over_several_connections() throws IOException {
    put(content);

    Download.Downloaded result = pinned(content);

    assertThat(ranges().get(0)).isEqualTo(BEGINNING);
    assertThat(ranges()).contains("bytes=" + (content.length - TAIL) + "-").doesNotContain("");
    assertThat(result.wireBytes()).isEqualTo(content.length);
    assertSaved(content);
  }

  @Test
  void others_join_a_slow_first_connection_that_is_read_on() throws IOException {
    singleStreamBytesPerSecond = DownloadSettings.ALWAYS_PARALLEL - 1;
    put(content);
    s3.onGet(KEY).inject(Fault.bandwidth(PART));

    Download.Downloaded result = pinned(content);

    assertThat(s3.count("GetObject")).isGreaterThan(4);
    assertThat(result.wireBytes()).isEqualTo(content.length);
    assertSaved(content);
  }

  @Test
  void a_fast_first_connection_asks_for_the_rest_at_once() throws IOException {
    singleStreamBytesPerSecond = 0;
    put(content);

    Download.Downloaded result = pinned(content);

    assertThat(ranges()).containsExactly(BEGINNING, "bytes=" + 2 * PART + "-");
    assertThat(result.wireBytes()).isEqualTo(content.length);
    assertSaved(content);
  }

  @Test
  void a_broken_first_range_is_continued_where_it_ended() throws IOException {
    put(content);
    s3.onGet(KEY).inject(Fault.resetAt(PART / 2));

    Download.Downloaded result = pinned(content);

    assertThat(result.attempts()).isEqualTo(2);
    assertSaved(content);
  }

  @Test
  void one_connection_asks_for_the_whole_object() throws IOException {
    connections = 1;
    put(content);

    pinned(content);

    assertThat(ranges()).containsExactly("");
    assertSaved(content);
  }

  @Test
  void an_empty_object_has_no_first_range_and_is_requested_whole() {
    put(new byte[0]);

    assertThat(pinned(new byte[0]).digest()).isEqualTo(Sha256.of(new byte[0]));
    assertThat(ranges()).containsExactly(BEGINNING, "");
  }

  @Test
  void a_range_without_an_entity_tag_is_not_continued_but_requested_whole() throws IOException {
    put(content);
    through = WithoutTags::new;

    pinned(content);

    assertThat(ranges()).containsExactly(BEGINNING, "");
    assertSaved(content);
  }

  @Test
  void bytes_that_were_damaged_on_their_way_do_not_blame_the_digest() {
    put(content);
    s3.onGet(KEY).inject(Fault.flipByteAt(7));

    assertThatThrownBy(() -> pinned(content))
        .hasMessageContaining("crc64nvme")
        .hasMessageNotContaining(Sha256.of(content).hex());
  }

  /** Sends no entity tag, so nothing would show that a second range is of the same content. */
  private static final class WithoutTags extends ForwardingSource {
    WithoutTags(ObjectSource source) {
      super(source);
    }

    @Override
    public Response get(RangeRequest request) throws FetchFailure {
      Response response = super.get(request);
      return changed(response, Optional.empty(), response.abort());
    }
  }
}
