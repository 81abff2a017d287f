package global.pixell.par.internal.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import global.pixell.par.Digest;
import global.pixell.par.PackageRef;
import global.pixell.par.ParConfig;
import global.pixell.par.ParEvent;
import global.pixell.par.ParException;
import global.pixell.par.internal.download.partial.ArrivingFile;
import global.pixell.par.internal.download.partial.ByteRange;
import global.pixell.par.internal.download.partial.JournalFormat;
import global.pixell.par.internal.download.partial.PartialDownload;
import global.pixell.par.internal.download.partial.PartialDownloads;
import global.pixell.par.internal.io.ArchiveBytes;
import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.internal.io.Sha256;
import global.pixell.par.internal.remote.ContentPin;
import global.pixell.par.internal.remote.FetchFailure;
import global.pixell.par.internal.remote.ObjectSource;
import global.pixell.par.internal.remote.s3.S3Fetcher;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Fault;
import global.pixell.par.testkit.RecordedRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The download against the fake S3, in parts small enough for a test. */
@Timeout(60)
class DownloadTest {

  private static final String BUCKET = ParConfig.DEFAULT_BUCKET;
  private static final String KEY = "large.apkg";
  private static final int PART = 256 << 10;
  private static final int TAIL = 32 << 10;

  /**
   * The bytes that each connection receives before a test stops the download of an earlier process.
   */
  private static final int LEFT = 1000;

  @TempDir Path directory;
  private final FakeS3 s3 = FakeS3.start();
  // Not zero, because no real clock begins at zero.
  private final AtomicLong clock = new AtomicLong(Duration.ofDays(1).toNanos());
  private final List<ParEvent.Detail> events = new ArrayList<>();
  private final ArrayDeque<Runnable> whenBegun = new ArrayDeque<>();
  private final byte[] content = noise(8 * PART + 100_001);

  private S3Fetcher fetcher = fetcher();
  private int connections = 4;
  private boolean hedge;
  private long alone = DownloadSettings.ALWAYS_PARALLEL;
  private int attempts = 5;
  private long maxBytes = 1L << 30;
  private Duration deadline = Duration.ofMinutes(1);
  private UnaryOperator<ObjectSource> through = UnaryOperator.identity();
  private LongSupplier ticking = clock::get;
  private volatile @Nullable Download running;

  /** However a download ended, none of its threads may still run. */
  @AfterEach
  @Timeout(30)
  void close() throws InterruptedException {
    fetcher.close();
    s3.close();
    awaitNoThreads();
  }

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
    alone = 0;
    put(content);

    Download.Downloaded result = download();

    assertThat(s3.requests()).hasSize(1);
    assertThat(result.wireBytes()).isEqualTo(content.length);
    assertSaved(content);
  }

  @Test
  void a_first_connection_that_is_not_quick_enough_gets_company() throws IOException {
    alone = DownloadSettings.ALWAYS_PARALLEL - 1;
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
  void the_checksum_of_the_whole_object_is_evidence_though_it_came_in_parts() {
    put(content);

    assertThat(download().verifiedBy()).isEqualTo("length+crc64nvme");
  }

  @Test
  void a_part_that_breaks_is_gone_on_with_from_its_last_byte() throws IOException {
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
  void an_object_that_changes_between_parts_is_begun_anew() throws IOException {
    byte[] other = noise(content.length + 5);
    put(content);
    slowly();
    whenBegun.add(() -> put(other));

    Download.Downloaded result = download();

    assertSaved(other);
    assertThat(result.digest()).isEqualTo(Sha256.of(other));
    assertThat(s3.requests()).extracting(RecordedRequest::status).contains(412);
  }

  @Test
  void an_object_that_changes_again_is_given_up() {
    put(content);
    slowly();
    whenBegun.add(() -> put(noise(content.length + 5)));
    whenBegun.add(() -> put(noise(content.length + 6)));

    ParException e = refused();

    assertThat(e.kind()).isEqualTo(ParException.Kind.UNAVAILABLE);
    assertThat(e).hasMessageContaining("the object changed while it was downloaded");
  }

  @Test
  void a_wrong_digest_is_corrupt_after_one_download_and_says_both() {
    put(content);
    Digest expected = Sha256.of(noise(1));

    ParException e =
        catchThrowableOfType(
            ParException.class, () -> run(Optional.of(expected), Optional.empty()));

    assertThat(e.kind()).isEqualTo(ParException.Kind.CORRUPT);
    assertThat(e)
        .hasMessageContaining(expected.hex())
        .hasMessageContaining(Sha256.of(content).hex());
    assertThat(s3.requests()).hasSizeLessThanOrEqualTo(14);
  }

  @Test
  void a_given_digest_is_compared_instead_of_the_checksums_that_it_would_prove() {
    put(content);

    Download.Result result = run(Optional.of(Sha256.of(content)), Optional.empty());

    assertThat(result)
        .isInstanceOfSatisfying(
            Download.Downloaded.class,
            done -> assertThat(done.verifiedBy()).isEqualTo("length+sha256"));
  }

  @Test
  void a_byte_flipped_on_the_way_is_not_blamed_on_the_digest() {
    put(noise(PART));
    s3.onGet(KEY).inject(Fault.flipByteAt(10));
    Digest expected = Sha256.of(noise(PART));

    ParException e =
        catchThrowableOfType(
            ParException.class, () -> run(Optional.of(expected), Optional.empty()));

    assertThat(e.kind()).isEqualTo(ParException.Kind.CORRUPT);
    assertThat(e).hasMessageContaining("has the crc64nvme ").hasMessageContaining(", S3 says ");
  }

  @Test
  void a_flipped_byte_in_any_part_is_found_by_the_checksum() {
    put(content);
    s3.onGet(KEY).inject(Fault.truncateAt(1000));
    s3.onGet(KEY).times(4).inject(Fault.flipByteAt(10));

    ParException e = refused();

    assertThat(e.kind()).isEqualTo(ParException.Kind.CORRUPT);
    assertThat(e).hasMessageContaining("has the crc64nvme ").hasMessageContaining(", S3 says ");
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
  void a_drip_above_the_least_rate_lives() throws Exception {
    int drop = 6 << 10;
    Duration interval = Duration.ofSeconds(5);
    byte[] dripped = noise(8 * drop);
    put(dripped);
    var looks = new AtomicLong();
    ticking =
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

  private static void await(LongSupplier what, long least) throws InterruptedException {
    while (what.getAsLong() < least) {
      Thread.sleep(1);
    }
  }

  @Test
  void who_waits_for_a_byte_gets_its_part_first() throws Exception {
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
  void a_late_part_is_asked_for_twice_and_the_first_answer_wins() throws IOException {
    put(content);
    hedge = true;
    ticking = System::nanoTime;
    s3.onGet(KEY).inject(Fault.stallAt(PART / 2));

    Download.Downloaded result = download();

    assertSaved(content);
    assertThat(result.attempts()).isEqualTo(1);
    // The first answer has no range; another request fetches its remaining bytes.
    assertThat(ranges()).contains("bytes=" + PART / 2 + "-" + (part() - 1));
  }

  @Test
  void a_server_without_ranges_sends_it_in_one_stream() throws IOException {
    put(content);
    through = WithoutRanges::new;

    download();

    assertSaved(content);
    assertThat(ranges()).allMatch(String::isEmpty);
  }

  @Test
  void what_an_earlier_process_left_is_not_fetched_again() throws Exception {
    put(content);
    leave();
    int before = s3.requests().size();

    Download.Downloaded result = download();

    assertSaved(content);
    assertThat(s3.requests().stream().skip(before).mapToLong(RecordedRequest::bytes).sum())
        .isEqualTo(content.length - (long) connections * LEFT);
    assertThat(result.verifiedBy()).isEqualTo("length+crc64nvme");
    assertThat(partials().directory()).isEmptyDirectory();
  }

  @Test
  void what_was_left_of_an_object_that_changed_since_is_thrown_away() throws Exception {
    put(content);
    leave();
    byte[] other = noise(content.length + 1);
    put(other);

    Download.Downloaded result = download();

    assertSaved(other);
    assertThat(result.attempts()).isEqualTo(1);
  }

  @Test
  void what_was_left_and_is_wrong_costs_one_more_download_and_no_failure() throws Exception {
    put(content);
    leave();
    spoilWhatWasLeft();

    download();

    assertSaved(content);
    assertThat(events)
        .filteredOn(e -> e instanceof ParEvent.Warned)
        .singleElement()
        .asString()
        .contains("An earlier process downloaded a part of it.");
  }

  @Test
  void the_attempts_are_those_of_a_wrong_beginning_too() throws Exception {
    connections = 1;
    put(content);
    leave();
    spoilWhatWasLeft();
    attempts = 2;
    s3.onGet(KEY).inject(Fault.truncateAt(2000));
    s3.onGet(KEY).after(1).inject(Fault.truncateAt(2000));

    assertThat(refused()).hasMessageContaining("Gave up after 2 attempts");
  }

  /**
   * When file locks are not shared between hosts, another host takes a download that seems
   * abandoned.
   */
  @Test
  void what_another_host_took_is_downloaded_into_a_file_of_its_own() throws Exception {
    put(content);
    Path taken = directory.resolve("taken");

    Download.Downloaded result =
        run(
            Optional.empty(),
            Optional.of(
                file -> {
                  if (!Files.exists(taken)) {
                    Files.move(AtomicFiles.parentOf(file.file()), taken);
                  }
                }));

    assertSaved(content);
    assertThat(result.attempts()).isEqualTo(2);
    assertThat(taken).isNotEmptyDirectory();
  }

  @Test
  void a_limit_that_is_reached_exactly_is_kept() throws IOException {
    put(content);
    maxBytes = content.length;

    download();

    assertSaved(content);
  }

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
  void a_resume_that_is_refused_leaves_no_file_open() throws Exception {
    put(content);
    leave();
    maxBytes = content.length - 1L;

    assertThat(refused().kind()).isEqualTo(ParException.Kind.BAD_PACKAGE);

    s3.close();
    awaitNoThreads();
    assertThat(openFiles()).isEmpty();
  }

  /** The files below the test's folder that this process has open, if the system reports them. */
  private List<Path> openFiles() throws IOException {
    Path all = Path.of("/proc/self/fd");
    assumeTrue(Files.isDirectory(all), "the system does not tell what is open");
    var open = new ArrayList<Path>();
    try (var links = Files.newDirectoryStream(all)) {
      for (Path link : links) {
        try {
          open.add(Files.readSymbolicLink(link));
        } catch (NoSuchFileException e) {
          // The file was closed meanwhile.
        }
      }
    }
    open.removeIf(file -> !file.startsWith(directory));
    return open;
  }

  @Test
  void an_answer_that_nobody_will_read_is_given_up() {
    put(content);
    var givenUp = new AtomicInteger();
    through = source -> new Watched(source, givenUp);

    ParException e =
        catchThrowableOfType(
            ParException.class,
            () ->
                run(
                    Optional.empty(),
                    Optional.of(file -> Objects.requireNonNull(running).cancel())));

    assertThat(e.kind()).isEqualTo(ParException.Kind.CANCELLED);
    assertThat(givenUp).hasValue(1);
  }

  @Test
  void bodies_that_always_break_cost_one_request_an_attempt_and_no_byte_twice() {
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
  void a_body_that_is_not_here_in_time_ends_at_the_deadline_and_says_so() {
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

  /**
   * Stops a download after every connection has delivered bytes and the journal has recorded all of
   * them, so that no bytes are in transit.
   */
  private void leave() throws Exception {
    s3.onGet(KEY).always().inject(Fault.stallAt(LEFT));
    FutureTask<ParException> working = start(this::refused);
    while (noted() < (long) connections * LEFT) {
      Thread.sleep(5);
    }
    Objects.requireNonNull(running).cancel();
    assertThat(working.get(30, TimeUnit.SECONDS).kind()).isEqualTo(ParException.Kind.CANCELLED);
    s3.resetFaults();
    events.clear();
  }

  private void spoilWhatWasLeft() throws IOException {
    for (Path folder : AtomicFiles.list(partials().directory(), "*")) {
      try (var bytes = FileChannel.open(PartialDownload.data(folder), StandardOpenOption.WRITE)) {
        bytes.write(ByteBuffer.wrap(new byte[100]), 0);
      }
    }
  }

  private long noted() throws IOException {
    for (Path folder : AtomicFiles.list(partials().directory(), "*")) {
      Path journal = PartialDownload.journal(folder);
      String notes = Files.exists(journal) ? Files.readString(journal) : "";
      return JournalFormat.read(notes, source().address()).stream()
          .flatMap(held -> held.present().stream())
          .mapToLong(ByteRange::length)
          .sum();
    }
    return 0;
  }

  @Test
  void a_cancel_ends_it_though_a_connection_is_silent_and_leaves_no_thread_but_that()
      throws Exception {
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
  void an_object_that_changes_with_parts_still_waiting_leaves_nothing_at_work() throws Exception {
    put(content);
    slowly();
    connections = 2;
    whenBegun.add(() -> put(noise(content.length + 5)));

    download();

    assertSaved(noise(content.length + 5));
    awaitNoThreads();
  }

  @Test
  void nothing_is_left_at_work_after_a_download() throws Exception {
    put(content);

    download();

    awaitNoThreads();
  }

  private static void awaitNoThreads() throws InterruptedException {
    for (List<Thread> left = threads(); !left.isEmpty(); left = threads()) {
      for (Thread thread : left) {
        thread.join();
      }
    }
  }

  private static List<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("par-download"))
        .toList();
  }

  private void awaitBytes(long bytes) throws InterruptedException {
    while (s3.requests().stream().mapToLong(RecordedRequest::bytes).sum() < bytes) {
      Thread.sleep(1);
    }
  }

  private static <T> FutureTask<T> start(Callable<T> work) {
    var working = new FutureTask<>(work);
    var thread = new Thread(working);
    thread.setDaemon(true);
    thread.start();
    return working;
  }

  private ParException refused() {
    return catchThrowableOfType(ParException.class, this::download);
  }

  private Download.Downloaded download() {
    return run(Optional.empty(), Optional.empty());
  }

  private interface Arrival {
    void of(ArrivingFile file) throws IOException;
  }

  private Download.Downloaded run(Optional<Digest> expected, Optional<Arrival> arrival) {
    var listener =
        new Download.Listener() {
          @Override
          public void begins(ContentPin content, long here) {
            if (!whenBegun.isEmpty()) {
              whenBegun.remove().run();
            }
          }

          @Override
          public void arriving(ArrivingFile file) throws IOException {
            if (arrival.isPresent()) {
              arrival.get().of(file);
            }
          }
        };
    try (var download =
        new Download(source(), settings(), temporary(), partials(), events::add, listener)) {
      running = download;
      Download.Downloaded result =
          (Download.Downloaded) download.run(Optional.empty(), expected, retry());
      Files.copy(result.file(), directory.resolve("saved"), StandardCopyOption.REPLACE_EXISTING);
      return result;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** The size of a part of the content, which depends on the number of connections. */
  private long part() {
    return settings().partBytes(content.length);
  }

  private DownloadSettings settings() {
    return new DownloadSettings(
        maxBytes,
        connections,
        PART,
        TAIL,
        DownloadSettings.STALL_MIN_BYTES,
        DownloadSettings.STALL_WINDOW,
        Duration.ofMillis(20),
        alone,
        hedge,
        ticking);
  }

  private FetchRetry retry() {
    return new FetchRetry(
        attempts, FetchRetry.PATIENCE, deadline, System::nanoTime, new Random(1), delay -> {});
  }

  private ObjectSource source() {
    return through.apply(fetcher.object(new PackageRef.S3Object(BUCKET, KEY, Optional.empty())));
  }

  private S3Fetcher fetcher() {
    return new S3Fetcher(ParConfig.fromEnvironment(s3.environment()));
  }

  private Path temporary() {
    return directory.resolve("temporary");
  }

  private PartialDownloads partials() {
    return PartialDownloads.in(directory.resolve("partial"), true);
  }

  /** Compares digests, so that a failed assertion does not print megabytes. */
  private void assertSaved(byte[] expected) throws IOException {
    assertThat(Digest.of(directory.resolve("saved"))).isEqualTo(Sha256.of(expected));
  }

  private List<String> ranges() {
    return s3.requests().stream().map(RecordedRequest::range).toList();
  }

  private void put(byte[] bytes) {
    s3.put(BUCKET, KEY, bytes);
  }

  /**
   * Slows the server, so that the first connection still reads its first part when the others
   * start.
   */
  private void slowly() {
    s3.bandwidth(8 * PART);
  }

  private static byte[] noise(int bytes) {
    byte[] noise = new byte[bytes];
    new Random(bytes).nextBytes(noise);
    return noise;
  }

  /** Counts the answers that the download gave up. */
  private record Watched(ObjectSource source, AtomicInteger givenUp) implements ObjectSource {
    @Override
    public String address() {
      return source.address();
    }

    @Override
    public Response get(RangeRequest ask) throws FetchFailure {
      Response answer = source.get(ask);
      return new Response(
          answer.unchanged(),
          answer.partial(),
          answer.start(),
          answer.total(),
          answer.eTag(),
          answer.versionId(),
          answer.checksums(),
          answer.body(),
          () -> {
            givenUp.incrementAndGet();
            answer.abort().run();
          });
    }

    @Override
    public FetchFailure broken(Exception cause) {
      return source.broken(cause);
    }

    @Override
    public void abort() {
      source.abort();
    }
  }

  /** Behaves like a plain web server, which ignores ranges and sends the whole object. */
  private record WithoutRanges(ObjectSource source) implements ObjectSource {
    @Override
    public String address() {
      return source.address();
    }

    @Override
    public Response get(RangeRequest ask) throws FetchFailure {
      return source.get(RangeRequest.whole(Optional.empty()));
    }

    @Override
    public FetchFailure broken(Exception cause) {
      return source.broken(cause);
    }

    @Override
    public void abort() {
      source.abort();
    }
  }
}
