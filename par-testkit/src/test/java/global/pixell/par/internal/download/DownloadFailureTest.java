package global.pixell.par.internal.download;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.ParEvent;
import global.pixell.par.ParException;
import global.pixell.par.internal.download.partial.ArrivingFile;
import global.pixell.par.internal.io.Sha256;
import global.pixell.par.testkit.Fault;
import global.pixell.par.testkit.RecordedRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

/** Downloads whose connections break, stall or are too slow, and objects that change. */
class DownloadFailureTest extends DownloadTestCase {

  @Test
  void a_part_that_breaks_continues_after_its_last_byte() throws IOException {
    put(content);
    s3.onGet(KEY).inject(Fault.resetAt(PART / 2));

    Download.Downloaded result = download();

    assertSaved(content);
    assertThat(result.attempts()).isEqualTo(2);
    assertThat(events).filteredOn(e -> e instanceof ParEvent.Retried).hasSize(1);
  }

  @Test
  void parts_that_break_together_are_one_failed_attempt() throws IOException {
    put(content);
    s3.onGet(KEY).inject(Fault.truncateAt(PART));
    s3.onGet(KEY).times(3).inject(Fault.reset());

    Download.Downloaded result = download();

    assertSaved(content);
    assertThat(result.attempts()).isLessThanOrEqualTo(4);
  }

  @Test
  void attempts_do_not_multiply_over_parts() {
    put(content);
    attempts = 3;
    s3.onGet(KEY).inject(Fault.truncateAt(PART));
    s3.onGet(KEY).times(1000).inject(Fault.internalError());

    ParException e = refused();

    assertThat(e.kind()).isEqualTo(ParException.Kind.UNAVAILABLE);
    assertThat(e).hasMessageContaining("Gave up after 3 attempts.");
    // At most four connections fail in the first attempt; later attempts open fewer.
    assertThat(s3.requests()).hasSizeLessThanOrEqualTo(1 + 3 + 3 + 3);
  }

  @Test
  void a_download_starts_over_when_the_object_changes_between_parts() throws IOException {
    byte[] other = noise(content.length + 5);
    put(content);
    slowly();
    onBegin.add(() -> put(other));

    Download.Downloaded result = download();

    assertSaved(other);
    assertThat(result.digest()).isEqualTo(Sha256.of(other));
    assertThat(s3.requests()).extracting(RecordedRequest::status).contains(412);
  }

  @Test
  void a_download_gives_up_when_the_object_changes_again() {
    put(content);
    slowly();
    onBegin.add(() -> put(noise(content.length + 5)));
    onBegin.add(() -> put(noise(content.length + 6)));

    ParException e = refused();

    assertThat(e.kind()).isEqualTo(ParException.Kind.UNAVAILABLE);
    assertThat(e).hasMessageContaining("the object changed while it was downloaded");
  }

  @Test
  void a_silent_connection_is_dropped_and_its_part_fetched_by_another() throws Exception {
    put(content);
    s3.onGet(KEY).inject(Fault.stallAt(1000));
    FutureTask<Download.Downloaded> working = start(this::download);
    awaitBytes(content.length - part() + 1000);

    clock.addAndGet(Duration.ofSeconds(10).toNanos());

    Download.Downloaded result = working.get(30, TimeUnit.SECONDS);
    assertSaved(content);
    assertThat(result.attempts()).isEqualTo(2);
    assertThat(events)
        .filteredOn(e -> e instanceof ParEvent.Retried)
        .singleElement()
        .satisfies(
            e ->
                assertThat(((ParEvent.Retried) e).reason())
                    .contains("a connection brought ")
                    .contains(" bytes in 10 s, less than 10240."));
  }

  /** 12 KiB in the window of 10 s; the download checks the rate after every piece. */
  @Test
  void a_drip_above_the_minimum_rate_is_not_dropped() throws Exception {
    int drop = 6 << 10;
    Duration interval = Duration.ofSeconds(5);
    byte[] dripped = noise(8 * drop);
    put(dripped);
    var looks = new AtomicLong();
    nanoClock =
        () -> {
          looks.incrementAndGet();
          return clock.get();
        };
    s3.clock().freeze();
    s3.onGet(KEY).inject(Fault.drip(drop, interval));
    var arriving = new CompletableFuture<ArrivingFile>();
    FutureTask<Download.Downloaded> working =
        start(() -> run(Optional.empty(), Optional.of(arriving::complete)));
    ArrivingFile file = arriving.get(30, TimeUnit.SECONDS);

    for (long here = drop; here < dripped.length; here += drop) {
      await(file::bytesPresent, here);
      clock.addAndGet(interval.toNanos());
      // One check may have begun earlier.
      await(looks::get, looks.get() + 4);
      s3.clock().awaitWaiters(1);
      s3.clock().advance(interval);
    }

    Download.Downloaded result = working.get(30, TimeUnit.SECONDS);
    assertSaved(dripped);
    assertThat(result.attempts()).isEqualTo(1);
    assertThat(s3.requests()).hasSize(1);
  }

  @Test
  void bodies_that_always_break_cost_one_request_for_each_attempt_and_no_byte_twice() {
    put(content);
    connections = 1;
    s3.onGet(KEY).always().inject(Fault.truncateAt(LEFT));

    ParException e = refused();

    assertThat(e)
        .hasMessageContaining(
            "ended after " + 5 * LEFT + " of " + content.length + " bytes. Gave up after 5");
    assertThat(ranges())
        .containsExactly("", "bytes=1000-", "bytes=2000-", "bytes=3000-", "bytes=4000-");
  }

  @Test
  void a_body_that_does_not_arrive_in_time_fails_at_the_deadline_and_says_so() {
    put(content);
    connections = 1;
    deadline = Duration.ofMillis(500);
    s3.onGet(KEY).inject(Fault.stallAt(LEFT));

    ParException e = refused();

    assertThat(e.kind()).isEqualTo(ParException.Kind.UNAVAILABLE);
    assertThat(e)
        .hasMessageContaining("it did not arrive in time, only ")
        .hasMessageContaining("Gave up after 1 attempt: all attempts together may take 500 ms.");
    assertThat(s3.requests()).hasSize(1);
  }

  private static void await(LongSupplier what, long least) throws InterruptedException {
    while (what.getAsLong() < least) {
      Thread.sleep(1);
    }
  }
}
