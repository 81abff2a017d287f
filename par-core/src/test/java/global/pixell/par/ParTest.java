package global.pixell.par;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.archive.TestZip;
import global.pixell.par.internal.testing.RecordedLog;
import global.pixell.par.internal.testing.ScriptedServer;
import global.pixell.par.internal.testing.ScriptedServer.Answer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.event.Level;

/**
 * The promises of the API. A silent server never answers, and a socket waits 20 s for an answer.
 */
@Timeout(60)
class ParTest {

  private static final Answer SILENCE = Answer.of(-1, "");

  /** Far less than the 20 s of a socket, and far more than a busy machine needs. */
  private static final long PROMPT_SECONDS = 10;

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"s3://packages/a.apkg", "acme/greeter@latest"})
  void an_interrupt_ends_a_fetch_from_a_silent_server(String ref) throws Exception {
    try (var server = new ScriptedServer(SILENCE);
        Par par = builder(server.endpoint()).build()) {
      var failure = new AtomicReference<Throwable>();
      var interrupted = new AtomicReference<Boolean>();
      var thread =
          new Thread(
              () -> {
                try {
                  par.fetch(PackageRef.parse(ref)).close();
                } catch (ParException e) {
                  failure.set(e);
                  interrupted.set(Thread.currentThread().isInterrupted());
                }
              });
      thread.start();
      awaitRequest(server);

      thread.interrupt();
      thread.join(PROMPT_SECONDS * 1000);

      assertThat(thread.isAlive()).isFalse();
      assertThat(failure.get())
          .isInstanceOfSatisfying(
              ParException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CANCELLED));
      assertThat(interrupted.get()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"s3://packages/a.apkg", "acme/greeter@latest"})
  void a_cancelled_future_frees_its_thread_and_leaves_it_without_an_interrupt(String ref)
      throws Exception {
    var executor = Executors.newSingleThreadExecutor();
    try (var server = new ScriptedServer(SILENCE);
        Par par = builder(server.endpoint()).build()) {
      var future = par.fetchAsync(PackageRef.parse(ref), FetchOptions.DEFAULT, executor);
      awaitRequest(server);

      assertThat(future.cancel(true)).isTrue();

      assertThatThrownBy(future::get).isInstanceOf(CancellationException.class);
      assertThat(
              executor
                  .submit(() -> Thread.currentThread().isInterrupted())
                  .get(PROMPT_SECONDS, TimeUnit.SECONDS))
          .isFalse();
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  @SuppressWarnings("try") // Closed early, which is what is tested.
  void closing_ends_a_fetch_from_a_silent_server() throws Exception {
    var executor = Executors.newSingleThreadExecutor();
    try (var server = new ScriptedServer(SILENCE);
        Par par = builder(server.endpoint()).build()) {
      var future =
          par.fetchAsync(PackageRef.parse("s3://packages/a.apkg"), FetchOptions.DEFAULT, executor);
      awaitRequest(server);

      par.close();

      var e =
          catchThrowableOfType(
              ExecutionException.class, () -> future.get(PROMPT_SECONDS, TimeUnit.SECONDS));
      assertThat(e.getCause())
          .isInstanceOfSatisfying(
              ParException.class, cause -> assertThat(cause.kind()).isEqualTo(Kind.CANCELLED));
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  @SuppressWarnings("try") // Closed early, which is what is tested.
  void closing_ends_the_hashing_of_a_cached_archive() throws Exception {
    Digest digest = Digest.parse("0".repeat(64));
    Path blob = sparseBlob(digest);
    var executor = Executors.newSingleThreadExecutor();
    try (Par par = builder(URI.create("http://127.0.0.1:1")).build()) {
      var ref = PackageRef.parse("s3://packages/a.apkg#" + "sha256=" + digest.hex());
      var future = par.fetchAsync(ref, FetchOptions.DEFAULT, executor);
      awaitLease();

      par.close();

      var e =
          catchThrowableOfType(
              ExecutionException.class, () -> future.get(PROMPT_SECONDS, TimeUnit.SECONDS));
      assertThat(e.getCause())
          .isInstanceOfSatisfying(
              ParException.class, cause -> assertThat(cause.kind()).isEqualTo(Kind.CANCELLED));
      assertThat(blob).as("not hashed to its end").exists();
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void the_deadline_of_a_call_ends_the_hashing_of_a_cached_archive() throws Exception {
    Digest digest = Digest.parse("0".repeat(64));
    Path blob = sparseBlob(digest);
    try (Par par = builder(URI.create("http://127.0.0.1:1")).build()) {
      ParException e =
          catchThrowableOfType(
              ParException.class,
              () ->
                  par.fetch(
                      PackageRef.parse("s3://packages/a.apkg#sha256=" + digest.hex()),
                      FetchOptions.DEFAULT.withDeadline(Duration.ofMillis(100))));

      assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE);
      assertThat(e).hasMessageContaining("the deadline of this call");
      assertThat(blob).as("not hashed to its end").exists();
    }
  }

  /** A blob that takes no disk space, but far longer to hash than any wait of these tests. */
  private Path sparseBlob(Digest digest) throws Exception {
    Path blob = directory.resolve("cache/v1/blobs/sha256/" + digest.hex() + ".apkg");
    Files.createDirectories(blob.getParent());
    try (var file = new RandomAccessFile(blob.toFile(), "rw")) {
      file.setLength(1L << 36);
    }
    return blob;
  }

  /** Waits for the lease, which is written before the archive is hashed. */
  private void awaitLease() throws Exception {
    var pause = new CountDownLatch(1);
    Path leases = directory.resolve("cache/v1/leases");
    while (!Files.isDirectory(leases) || isEmpty(leases)) {
      assertThat(pause.await(10, TimeUnit.MILLISECONDS)).isFalse();
    }
  }

  private static boolean isEmpty(Path folder) throws Exception {
    try (Stream<Path> files = Files.list(folder)) {
      return files.findAny().isEmpty();
    }
  }

  @Test
  void an_inspection_gives_the_digest_of_the_file() throws Exception {
    byte[] noise = new byte[1 << 20];
    new Random(1).nextBytes(noise);
    Path file =
        Files.write(
            directory.resolve("a.apkg"),
            TestZip.of()
                .file("agent.yaml", "name: a\nversion: 1\ncommand: [run]\n")
                .file("noise".getBytes(StandardCharsets.UTF_8), noise, entry -> {})
                .bytes());
    try (Par par = builder(URI.create("http://127.0.0.1:1")).build()) {
      PackageInspection seen = par.inspect(file);

      assertThat(seen.digest()).isEqualTo(Digest.of(file));
      assertThat(seen.packageBytes()).isEqualTo(Files.size(file));
      assertThat(seen.manifest().name()).isEqualTo("a");
    }
  }

  @Test
  void the_deadline_of_one_call_ends_that_call() {
    try (var server = new ScriptedServer(SILENCE);
        Par par = builder(server.endpoint()).build()) {
      ParException e =
          catchThrowableOfType(
              ParException.class,
              () ->
                  par.fetch(
                      PackageRef.parse("s3://packages/a.apkg"),
                      FetchOptions.DEFAULT.withDeadline(Duration.ofMillis(200))));

      assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE);
      assertThat(e.transientFailure()).isTrue();
    }
  }

  @Test
  void a_closed_package_may_be_evicted_while_par_lives_on() throws Exception {
    Path file = apkg("greeter", "1.0.0");
    try (Par par = builder(URI.create("http://127.0.0.1:1")).build()) {
      AgentPackage first = par.open(file);
      AgentPackage second = par.open(file);
      Digest digest = first.digest().orElseThrow();

      first.close();
      first.close();
      assertThat(par.evict(digest))
          .get()
          .satisfies(
              result -> {
                assertThat(result.outcome()).isEqualTo(EvictionResult.Outcome.IN_USE);
                assertThat(result.reason()).startsWith("in use by process ");
              });
      assertThat(second.directory()).isDirectory();

      second.close();
      assertThat(par.evict(digest)).get().matches(EvictionResult::evicted);
      assertThat(par.evict(digest)).isEmpty();
      assertThat(second.directory()).doesNotExist();
    }
  }

  @Test
  void a_listener_that_throws_changes_nothing_and_the_others_hear_everything() throws Exception {
    var calls = new AtomicInteger();
    var heard = new ArrayList<ParEvent>();
    try (Par par =
            builder(URI.create("http://127.0.0.1:1"))
                .onEvent(
                    event -> {
                      calls.incrementAndGet();
                      throw new IllegalStateException("listener");
                    })
                .onEvent(heard::add)
                .build();
        AgentPackage agent = par.open(apkg("greeter", "1.0.0"))) {
      assertThat(agent.manifest().name()).isEqualTo("greeter");
    }
    assertThat(heard).isNotEmpty().hasSize(calls.get());
  }

  @Test
  void a_listener_that_throws_is_reported_once() throws Exception {
    var heard = new ArrayList<ParEvent>();
    var thrown = new IllegalStateException("listener");
    try (Par par =
            builder(URI.create("http://127.0.0.1:1"))
                .onEvent(heard::add)
                .onEvent(
                    event -> {
                      throw thrown;
                    })
                .build();
        AgentPackage first = par.open(apkg("one", "1.0.0"));
        AgentPackage second = par.open(apkg("two", "1.0.0"))) {
      assertThat(first.manifest().name() + second.manifest().name()).isEqualTo("onetwo");
    }
    List<RecordedLog.Line> reports =
        heard.stream()
            .map(ParEvent::fetchId)
            .distinct()
            .flatMap(id -> RecordedLog.of(id).stream())
            .filter(line -> line.message().equals("Listener failed"))
            .toList();
    assertThat(reports).singleElement().matches(line -> thrown.equals(line.cause()));
    assertThat(reports.get(0).level()).isEqualTo(Level.WARN);
    assertThat(reports.get(0).pairs()).containsEntry("during", "Unpacked");
  }

  @Test
  void events_are_logged_with_typed_values_and_the_id_and_address_of_their_call() throws Exception {
    byte[] archive = Files.readAllBytes(apkg("greeter", "1.0.0"));
    var heard = new ArrayList<ParEvent>();
    try (var server =
            ScriptedServer.ofBytes(
                Answer.s3(503, "SlowDown", "Slow."),
                Answer.of(
                    200, new String(archive, StandardCharsets.ISO_8859_1), "ETag", "\"e1\""));
        Par par = builder(server.endpoint()).sleeper(wait -> {}).onEvent(heard::add).build();
        AgentPackage agent = par.fetch(PackageRef.parse("s3://packages/a.apkg"))) {
      assertThat(agent.origin().eTag()).contains("e1");
    }
    String id = heard.get(0).fetchId();
    // Leave out progress, which depends on the duration of the download.
    List<RecordedLog.Line> lines =
        RecordedLog.of(id).stream()
            .filter(line -> !line.message().equals("Package downloading"))
            .toList();

    assertThat(lines)
        .extracting(RecordedLog.Line::message)
        .containsExactly(
            "Download retried",
            "Package resolved",
            "Package downloaded",
            "Package verified",
            "Package cached",
            "Package unpacked");
    assertThat(lines)
        .allSatisfy(
            line ->
                assertThat(line.pairs())
                    .containsEntry("fetch_id", id)
                    .containsEntry("address", "s3://packages/a.apkg"));
    assertThat(lines.get(0).level()).isEqualTo(Level.WARN);
    assertThat(lines.get(0).pairs()).containsEntry("attempt", 1);
    assertThat(lines.get(0).pairs().get("delay_ms")).isInstanceOf(Long.class);
    assertThat(lines.get(1).level()).isEqualTo(Level.INFO);
    assertThat(lines.get(1).pairs())
        .containsEntry("bucket", "packages")
        .containsEntry("key", "a.apkg")
        .containsEntry("etag", "e1")
        .containsEntry("bytes", (long) archive.length)
        .doesNotContainKeys("version_id", "sha256");
    assertThat(lines.get(2).pairs())
        .containsEntry("bytes", (long) archive.length)
        .containsEntry("attempts", 2);
    assertThat(lines.get(4).pairs()).containsEntry("hit", false);
    assertThat(lines.get(5).pairs()).containsEntry("entries", 1);
  }

  @Test
  void every_event_has_the_id_and_the_address_of_its_call() throws Exception {
    var heard = new ArrayList<ParEvent>();
    Path one = apkg("one", "1.0.0");
    Path two = apkg("two", "1.0.0");
    try (Par par = builder(URI.create("http://127.0.0.1:1")).onEvent(heard::add).build()) {
      par.open(one).close();
      par.open(two).close();
    }
    assertThat(heard).extracting(ParEvent::address).contains(one.toString(), two.toString());
    assertThat(heard.stream().map(ParEvent::fetchId).distinct()).hasSize(2);
    assertThat(heard.stream().map(e -> e.fetchId() + e.address()).distinct()).hasSize(2);
  }

  @Test
  void the_versions_of_a_name_come_newest_first() {
    String listing =
        """
        <ListBucketResult><Name>packages</Name><IsTruncated>false</IsTruncated>
        %s</ListBucketResult>"""
            .formatted(
                List.of("1.2.0", "1.10.0", "junk", "2.0.0-rc.1").stream()
                    .map(
                        v ->
                            "<CommonPrefixes><Prefix>acme/greeter/"
                                + v
                                + "/</Prefix></CommonPrefixes>")
                    .reduce("", String::concat));
    try (var server =
            new ScriptedServer(Answer.of(200, listing, "Content-Type", "application/xml"));
        Par par = builder(server.endpoint()).build()) {
      assertThat(par.versions(PackageRef.parse("acme/greeter@latest")))
          .containsExactly("2.0.0-rc.1", "1.10.0", "1.2.0");
      assertThatThrownBy(() -> par.versions(PackageRef.parse("s3://packages/a.apkg")))
          .isInstanceOf(ParException.class)
          .hasMessageContaining("no versions to list");
    }
  }

  @ParameterizedTest
  @CsvSource({"s3://packages/a.apkg,403", "acme/greeter@latest,403", "acme/greeter@latest,200"})
  void answers_that_are_not_utf8_print_nothing(String ref, int status) {
    var printed = new ByteArrayOutputStream();
    PrintStream err = System.err;
    try (var server =
            ScriptedServer.ofBytes(
                Answer.of(
                    status, "<Error>\u00ff\u00c3</Error>", "Content-Type", "application/xml"));
        Par par = builder(server.endpoint()).attempts(1, Duration.ofSeconds(30)).build()) {
      System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
      assertThatThrownBy(() -> par.fetch(PackageRef.parse(ref))).isInstanceOf(ParException.class);
    } finally {
      System.setErr(err);
    }
    assertThat(printed.toString(StandardCharsets.UTF_8)).isEmpty();
  }

  @Test
  void credentials_are_asked_for_once_a_request() {
    var asked = new AtomicInteger();
    try (var server = new ScriptedServer(Answer.s3(404, "NoSuchKey", "No."));
        Par par =
            builder(server.endpoint())
                .credentials(
                    () -> new ParConfig.Credentials("KEY" + asked.incrementAndGet(), "secret"))
                .build()) {
      assertThatThrownBy(() -> par.fetch(PackageRef.parse("s3://packages/a.apkg")))
          .isInstanceOf(ParException.class);

      assertThat(server.requests()).isNotEmpty();
      assertThat(server.requests())
          .allSatisfy(r -> assertThat(r.header("Authorization")).contains("Credential=KEY"));
      assertThat(asked.get()).isEqualTo(server.requests().size());
    }
  }

  @Test
  void a_time_that_no_clock_can_count_is_no_error() {
    try (var server = new ScriptedServer(Answer.s3(404, "NoSuchKey", "No."));
        Par par =
            builder(server.endpoint())
                .attempts(1, java.time.temporal.ChronoUnit.FOREVER.getDuration())
                .build()) {
      assertThatThrownBy(() -> par.fetch(PackageRef.parse("s3://packages/a.apkg")))
          .isInstanceOf(ParException.class)
          .hasMessageContaining("a.apkg");
    }
  }

  private static void awaitRequest(ScriptedServer server) throws InterruptedException {
    var pause = new CountDownLatch(1);
    while (server.requests().isEmpty()) {
      assertThat(pause.await(10, TimeUnit.MILLISECONDS)).isFalse();
    }
  }

  private Path apkg(String name, String version) throws Exception {
    return Files.write(
        directory.resolve(name + ".apkg"),
        TestZip.of()
            .file("agent.yaml", "name: " + name + "\nversion: " + version + "\ncommand: [run]\n")
            .bytes());
  }

  private Par.Builder builder(URI endpoint) {
    return Par.builder()
        .cacheDirectory(directory.resolve("cache"))
        .allowBucket("packages")
        .region("us-east-2")
        .endpoint(endpoint)
        .credentials(new ParConfig.Credentials("KEY", "not-a-secret"));
  }
}
