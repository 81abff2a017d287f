package global.pixell.par.internal.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.Digest;
import global.pixell.par.ParEvent;
import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.download.partial.PartialDownloads;
import global.pixell.par.internal.io.Sha256;
import global.pixell.par.internal.remote.HttpsFetcher;
import global.pixell.par.internal.testing.ScriptedServer;
import global.pixell.par.internal.testing.ScriptedServer.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A content that PAR must not request in parts, because nothing would show that a part belongs to
 * another content. After a broken body the download starts again and never splices.
 */
@Timeout(60)
class IndivisibleContentTest {

  private static final int SIZE = 200_000;
  private static final String ONE = text('1');
  private static final String OTHER = text('2');

  @TempDir Path directory;
  private final List<ParEvent.Detail> events = new ArrayList<>();
  private int wholes;
  private long maxBytes = 1L << 30;

  @Test
  void without_a_strong_entity_tag_a_body_that_breaks_is_begun_anew() throws IOException {
    try (var server = new ScriptedServer(broken("W/\"1\""), whole("W/\"1\""))) {
      Download.Downloaded result = download(server, 5);

      assertSaved(OTHER, result);
      assertThat(result.attempts()).isEqualTo(2);
      assertOnlyWholes(server, 2);
    }
  }

  @Test
  void without_any_entity_tag_it_is_begun_anew_too() throws IOException {
    try (var server = new ScriptedServer(broken(""), broken(""), whole(""))) {
      Download.Downloaded result = download(server, 5);

      assertSaved(OTHER, result);
      assertThat(result.wireBytes()).isEqualTo(120_000 + 120_000 + SIZE);
      assertOnlyWholes(server, 3);
    }
  }

  @Test
  void without_a_size_it_is_begun_anew_and_no_change_of_the_object_is_claimed() throws IOException {
    Answer cut = chunked("1d4c0\r\n" + ONE.substring(0, 120_000) + "\r\n");
    Answer all = chunked("30d40\r\n" + OTHER + "\r\n0\r\n\r\n");
    try (var server = new ScriptedServer(cut, all)) {
      Download.Downloaded result = download(server, 5);

      assertSaved(OTHER, result);
      assertThat(result.bytes()).isEqualTo(SIZE);
      assertThat(events)
          .filteredOn(e -> e instanceof ParEvent.Retried)
          .singleElement()
          .asString()
          .contains("ended after 120000 bytes, before its end.");
      assertOnlyWholes(server, 2);
    }
  }

  @Test
  void a_body_that_always_breaks_costs_one_request_an_attempt() {
    try (var server = new ScriptedServer(broken(""))) {
      ParException e = catchThrowableOfType(ParException.class, () -> download(server, 3));

      assertThat(e.kind()).isEqualTo(Kind.CORRUPT);
      assertThat(e)
          .hasMessageContaining("ended after 120000 of 200000 bytes. Gave up after 3 attempts.");
      assertOnlyWholes(server, 3);
    }
  }

  @Test
  void a_body_of_no_told_size_may_reach_the_limit() throws IOException {
    maxBytes = SIZE;
    try (var server = new ScriptedServer(chunked("30d40\r\n" + OTHER + "\r\n0\r\n\r\n"))) {
      assertSaved(OTHER, download(server, 5));
    }
  }

  @Test
  void a_body_of_no_told_size_that_outgrows_the_limit_is_refused_and_not_asked_for_again() {
    maxBytes = SIZE - 1;
    try (var server = new ScriptedServer(chunked("30d40\r\n" + OTHER + "\r\n0\r\n\r\n"))) {
      ParException e = catchThrowableOfType(ParException.class, () -> download(server, 5));

      assertThat(e.kind()).isEqualTo(Kind.BAD_PACKAGE);
      assertThat(e).hasMessageContaining("is 200000 bytes or more, over the limit of 199999.");
      assertOnlyWholes(server, 1);
    }
  }

  /** Compares digests, so that a failed assertion does not print the whole content. */
  private static void assertSaved(String expected, Download.Downloaded result) throws IOException {
    Digest digest = Sha256.of(expected.getBytes(StandardCharsets.US_ASCII));
    assertThat(Digest.of(result.file())).isEqualTo(digest);
    assertThat(result.digest()).isEqualTo(digest);
  }

  private void assertOnlyWholes(ScriptedServer server, int requests) {
    assertThat(server.requests()).hasSize(requests);
    assertThat(server.requests()).allMatch(request -> request.header("Range").isEmpty());
    assertThat(wholes).isEqualTo(requests);
  }

  private Download.Downloaded download(ScriptedServer server, int attempts) {
    var settings =
        new DownloadSettings(
            maxBytes,
            4,
            16 << 10,
            1 << 10,
            DownloadSettings.STALL_MIN_BYTES,
            DownloadSettings.STALL_WINDOW,
            DownloadSettings.JOURNAL_INTERVAL,
            DownloadSettings.ALWAYS_PARALLEL,
            true,
            System::nanoTime);
    var retry =
        new FetchRetry(
            attempts,
            FetchRetry.PATIENCE,
            Duration.ofMinutes(1),
            System::nanoTime,
            new Random(1),
            delay -> {});
    var source = new HttpsFetcher(server.endpoint().resolve("/large.apkg"), uri -> true);
    try (var download =
        new Download(
            source,
            settings,
            directory.resolve("temporary"),
            PartialDownloads.in(directory.resolve("partial"), true),
            events::add,
            (content, here) -> wholes++)) {
      Download.Downloaded result =
          (Download.Downloaded) download.run(Optional.empty(), Optional.empty(), retry);
      assertThat(Files.isDirectory(directory.resolve("partial"))).isFalse();
      return result;
    }
  }

  private static Answer broken(String tag) {
    return Answer.of(
        200, ONE.substring(0, 120_000), "ETag", tag, "Content-Length", String.valueOf(SIZE));
  }

  private static Answer whole(String tag) {
    return Answer.of(200, OTHER, "ETag", tag);
  }

  private static Answer chunked(String body) {
    return Answer.of(
        200, body, "ETag", "\"1\"", "Transfer-Encoding", "chunked", "Content-Length", "");
  }

  /** A text of the same size, with different bytes everywhere. */
  private static String text(char letter) {
    return String.valueOf(letter).repeat(SIZE);
  }
}
