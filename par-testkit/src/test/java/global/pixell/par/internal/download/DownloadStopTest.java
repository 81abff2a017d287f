package global.pixell.par.internal.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.ParException;
import global.pixell.par.internal.remote.FetchFailure;
import global.pixell.par.internal.remote.ObjectSource;
import global.pixell.par.testkit.Fault;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Downloads that end early, or that leave nothing running when they end. */
class DownloadStopTest extends DownloadTestCase {

  @Test
  void an_object_of_one_byte_more_than_the_limit_is_refused_before_its_body() {
    put(content);
    maxBytes = content.length - 1L;
    s3.onGet(KEY).inject(Fault.bandwidth(PART));

    ParException e = refused();

    assertThat(e.kind()).isEqualTo(ParException.Kind.BAD_PACKAGE);
    assertThat(e).hasMessageContaining(content.length + " bytes or more, over the limit of ");
    assertThat(s3.requests()).singleElement().matches(r -> r.bytes() < content.length / 2);
  }

  @Test
  void a_cancelled_download_aborts_the_answer_that_it_does_not_read() {
    put(content);
    var aborted = new AtomicInteger();
    through = source -> new Watched(source, aborted);

    ParException e =
        catchThrowableOfType(
            ParException.class,
            () ->
                run(
                    Optional.empty(),
                    Optional.of(file -> Objects.requireNonNull(running).cancel())));

    assertThat(e.kind()).isEqualTo(ParException.Kind.CANCELLED);
    assertThat(aborted).hasValue(1);
  }

  @Test
  void a_cancel_ends_a_download_whose_connection_is_silent() throws Exception {
    put(content);
    s3.onGet(KEY).inject(Fault.stallAt(1000));
    var download =
        new Download(source(), settings(), temporary(), partials(), events::add, (pin, here) -> {});
    var working =
        new FutureTask<>(
            () ->
                catchThrowableOfType(
                    ParException.class,
                    () -> download.run(Optional.empty(), Optional.empty(), retry())));
    new Thread(working).start();
    awaitBytes(content.length - part() + 1000);

    download.cancel();

    assertThat(working.get(5, TimeUnit.SECONDS).kind()).isEqualTo(ParException.Kind.CANCELLED);
    download.close();
    s3.close();
    awaitNoThreads();
  }

  @Test
  void a_cancel_with_parts_still_waiting_starts_no_further_connection() throws Exception {
    put(content);
    s3.onGet(KEY).always().inject(Fault.stallAt(LEFT));
    FutureTask<ParException> working = start(this::refused);
    awaitBytes((long) connections * LEFT);

    Objects.requireNonNull(running).cancel();

    assertThat(working.get(5, TimeUnit.SECONDS).kind()).isEqualTo(ParException.Kind.CANCELLED);
    s3.close();
    awaitNoThreads();
    assertThat(s3.requests()).hasSize(connections);
  }

  @Test
  void an_object_that_changes_while_parts_wait_leaves_no_thread() throws Exception {
    put(content);
    slowly();
    connections = 2;
    onBegin.add(() -> put(noise(content.length + 5)));

    download();

    assertSaved(noise(content.length + 5));
    awaitNoThreads();
  }

  @Test
  void no_thread_remains_after_a_download() throws Exception {
    put(content);

    download();

    awaitNoThreads();
  }

  /** Counts the answers that the download aborted. */
  private static final class Watched extends ForwardingSource {
    private final AtomicInteger aborted;

    Watched(ObjectSource source, AtomicInteger aborted) {
      super(source);
      this.aborted = aborted;
    }

    @Override
    public Response get(RangeRequest request) throws FetchFailure {
      Response response = super.get(request);
      return changed(
          response,
          response.eTag(),
          () -> {
            aborted.incrementAndGet();
            response.abort().run();
          });
    }
  }
}
