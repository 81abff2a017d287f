package global.pixell.par.internal.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.Digest;
import global.pixell.par.ParException;
import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.internal.io.ProcessId;
import global.pixell.par.internal.io.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LeasesTest {

  private static final Digest DIGEST = Sha256.of(new byte[] {1});

  @TempDir Path root;
  private CacheLayout layout;
  private Instant now = Instant.now();
  private final InstantSource clock = () -> now;

  @BeforeEach
  void directories() throws IOException {
    layout = new CacheLayout(root);
    Files.createDirectories(layout.leases());
    Files.createDirectories(layout.temporaryFiles());
  }

  @Test
  void what_is_leased_is_not_removed_until_it_is_given_back() throws Exception {
    var removed = new AtomicBoolean();
    var evictor = new Leases(layout, clock);
    try (var user = new Leases(layout, clock)) {
      user.take(DIGEST);
      user.take(DIGEST);

      assertThat(evictor.evict(DIGEST, gone -> removed.set(true))).isFalse();
      assertThat(evictor.users(DIGEST)).hasSize(1);
    }
    assertThat(removed).isFalse();
    assertThat(evictor.evict(DIGEST, gone -> removed.set(true))).isTrue();
    assertThat(removed).isTrue();
    assertThat(layout.leases()).isEmptyDirectory();
  }

  @Test
  void a_lease_of_a_dead_process_of_this_machine_frees_itself_at_once() throws Exception {
    Process dead = new ProcessBuilder("true").start();
    long pid = dead.pid();
    dead.waitFor();
    Files.createFile(lease(new ProcessId(ProcessId.current().machine(), pid, 1, "0a0b0c0d")));
    // The id of a live process that is not the one that took the lease.
    Files.createFile(
        lease(new ProcessId(ProcessId.current().machine(), 1, 987_654_321, "0a0b0c0d")));
    // This container's process before a restart: the same id, another JVM.
    Files.createFile(
        lease(
            new ProcessId(
                ProcessId.current().machine(), ProcessId.current().pid(), 1, "0a0b0c0d")));

    assertThat(new Leases(layout, clock).users(DIGEST)).isEmpty();
    assertThat(layout.leases()).isEmptyDirectory();
  }

  @Test
  void a_lease_for_another_process_lasts_until_that_process_ends() throws Exception {
    var evictor = new Leases(layout, clock);
    Process user = new ProcessBuilder("sleep", "600").start();
    try {
      try (var leases = new Leases(layout, clock)) {
        leases.take(DIGEST);
        leases.takeFor(ProcessId.ofPid(user.pid()), DIGEST);
      }

      assertThat(evictor.evict(DIGEST, gone -> {})).isFalse();
      assertThat(Leases.user(evictor.users(DIGEST).get(0)).pid()).hasValue(user.pid());
    } finally {
      user.destroyForcibly().waitFor();
    }

    assertThat(evictor.evict(DIGEST, gone -> {})).isTrue();
    assertThat(layout.leases()).isEmptyDirectory();
  }

  @Test
  void a_lease_of_another_machine_lives_by_its_heartbeat() throws Exception {
    Path lease =
        Files.createFile(
            lease(new ProcessId("0123456789ab", ProcessId.current().pid(), 1, "0a0b0c0d")));
    Files.setLastModifiedTime(lease, FileTime.from(now.minus(Duration.ofMinutes(9))));
    var leases = new Leases(layout, clock);
    assertThat(leases.users(DIGEST)).hasSize(1);

    now = now.plus(Duration.ofMinutes(2));

    assertThat(leases.users(DIGEST)).isEmpty();
  }

  @Test
  void a_heartbeat_renews_what_this_process_has() throws Exception {
    Path temporary = Files.createFile(layout.temporary());
    try (var leases = new Leases(layout, clock)) {
      leases.take(DIGEST);
      now = now.plus(Duration.ofHours(1));

      leases.beat();

      assertThat(Files.getLastModifiedTime(temporary).toInstant()).isEqualTo(now);
      assertThat(Files.getLastModifiedTime(leases.users(DIGEST).get(0)).toInstant()).isEqualTo(now);
    }
  }

  @Test
  void a_user_waits_for_an_evictor_that_began_before() throws Exception {
    var goOn = new CountDownLatch(1);
    var evictor = evictorThatWaits(goOn, gone -> {});
    var taken = new AtomicBoolean();
    var user =
        new Thread(
            () -> {
              try (var leases = new Leases(layout, clock)) {
                leases.take(DIGEST);
                taken.set(true);
              } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    user.start();
    while (user.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    assertThat(taken).isFalse();
    goOn.countDown();
    user.join();

    assertThat(taken).isTrue();
    assertThat(evictor.get()).isTrue();
  }

  /** Starts an eviction in another thread, and returns once it waits inside its removal. */
  private FutureTask<Boolean> evictorThatWaits(CountDownLatch goOn, Leases.Removal removal)
      throws InterruptedException {
    var evicting = new CountDownLatch(1);
    var evictor =
        new FutureTask<>(
            () ->
                new Leases(layout, clock)
                    .evict(
                        DIGEST,
                        gone -> {
                          evicting.countDown();
                          awaitQuietly(goOn);
                          removal.moveInto(gone);
                        }));
    new Thread(evictor).start();
    evicting.await();
    return evictor;
  }

  private static void awaitQuietly(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Test
  void an_evictor_that_stopped_for_too_long_can_no_longer_remove_what_is_in_use() throws Exception {
    Path thing = Files.createDirectory(root.resolve("thing"));
    var goOn = new CountDownLatch(1);
    var evictor = evictorThatWaits(goOn, gone -> AtomicFiles.rename(thing, gone.resolve("thing")));

    try (var user = new Leases(layout, clock, Duration.ZERO)) {
      user.take(DIGEST);
      goOn.countDown();

      assertThat(evictor.get()).isFalse();
      assertThat(thing).exists();
    }
    assertThat(layout.leases()).isEmptyDirectory();
    assertThat(layout.temporaryFiles()).isEmptyDirectory();
  }

  @Test
  void a_close_ends_the_wait_for_an_evictor() throws Exception {
    Files.createDirectory(layout.eviction(DIGEST));
    var user = new Leases(layout, clock);
    var waiting =
        new FutureTask<>(() -> catchThrowableOfType(ParException.class, () -> user.take(DIGEST)));
    var thread = new Thread(waiting);
    thread.start();
    while (thread.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    user.close();

    assertThat(waiting.get().kind()).isEqualTo(ParException.Kind.CANCELLED);
    assertThat(new Leases(layout, clock).users(DIGEST)).isEmpty();
  }

  @Test
  void what_is_used_twice_and_given_back_once_is_still_in_use() throws Exception {
    try (var leases = new Leases(layout, clock)) {
      leases.take(DIGEST);
      leases.take(DIGEST);
      leases.release(DIGEST);
      assertThat(leases.users(DIGEST)).hasSize(1);

      leases.release(DIGEST);
      assertThat(leases.users(DIGEST)).isEmpty();
    }
  }

  @Test
  void a_lease_that_was_swept_while_its_process_was_stopped_is_noted_anew() throws Exception {
    try (var leases = new Leases(layout, clock)) {
      leases.take(DIGEST);
      Files.delete(leases.users(DIGEST).get(0));

      leases.beat();

      assertThat(leases.users(DIGEST)).hasSize(1);
    }
    assertThat(layout.leases()).isEmptyDirectory();
  }

  @Test
  void what_cannot_be_noted_is_used_all_the_same_and_noted_when_it_can() throws Exception {
    Files.delete(layout.leases());
    try (var leases = new Leases(layout, clock)) {
      assertThat(leases.take(DIGEST)).containsInstanceOf(NoSuchFileException.class);
      Files.createDirectory(layout.leases());

      leases.beat();

      assertThat(leases.users(DIGEST)).hasSize(1);
    }
  }

  /** Users and evictors run at once, hundreds of times. No user ever sees its package disappear. */
  @Test
  void nothing_vanishes_from_under_a_user() throws Exception {
    Path thing = root.resolve("thing");
    var stop = new AtomicBoolean();
    var evictions = new CompletableFuture<Integer>();
    var evictor =
        new Thread(
            () -> {
              int done = 0;
              var leases = new Leases(layout, clock);
              try {
                while (!stop.get()) {
                  done +=
                      leases.evict(DIGEST, gone -> AtomicFiles.rename(thing, gone.resolve("thing")))
                          ? 1
                          : 0;
                }
                evictions.complete(done);
              } catch (IOException e) {
                evictions.completeExceptionally(e);
              }
            });
    evictor.start();
    int found = 0;
    for (int round = 0; round < 500; round++) {
      try (var leases = new Leases(layout, clock)) {
        leases.take(DIGEST);
        if (Files.exists(thing)) {
          found++;
        } else {
          Files.createFile(thing);
        }
        assertThat(thing).as("round " + round).exists();
        Thread.onSpinWait();
        assertThat(thing).as("round " + round).exists();
      }
    }
    stop.set(true);

    assertThat(evictions.join()).isPositive();
    assertThat(found).isBetween(0, 500);
    assertThat(layout.leases()).isEmptyDirectory();
  }

  private Path lease(ProcessId owner) {
    return layout.leases().resolve(DIGEST.hex() + "." + owner + ".01234567");
  }
}
