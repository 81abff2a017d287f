package global.pixell.par.internal.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.ParException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FileMutexTest {

  private static final Optional<FileMutex.Locker> FILES = Optional.of(FileChannel::tryLock);
  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir Path directory;

  @Test
  void one_thread_at_a_time_holds_it_and_the_error_names_the_thread() throws Exception {
    Path file = directory.resolve("x.lock");
    try (FileMutex held = lock(file, LONG, FILES)) {
      assertThat(held).isNotNull();
      var waiting =
          new FutureTask<>(
              () -> {
                try (FileMutex second = lock(file, Duration.ZERO, FILES)) {
                  return second.equals(held);
                }
              });
      new Thread(waiting).start();

      assertThatThrownBy(waiting::get)
          .hasRootCauseInstanceOf(ParException.class)
          .hasMessageContaining(
              "held by thread '" + Thread.currentThread().getName() + "' of this process");
    }
    assertThat(file).exists();
  }

  @Test
  void another_process_that_holds_it_is_named_with_host_and_time() throws Exception {
    Path file = directory.resolve("x.lock");
    String note =
        new String(
            new ProcessId("0".repeat(12), 4711, 1, "00000000").toRecord(Instant.EPOCH).bytes(),
            java.nio.charset.StandardCharsets.UTF_8);
    Process other =
        new ProcessBuilder(
                "python3",
                "-c",
                """
                import fcntl, sys
                f = open(sys.argv[1], 'w')
                fcntl.lockf(f, fcntl.LOCK_EX)
                f.write(sys.argv[2])
                f.flush()
                print('held', flush=True)
                sys.stdin.read()
                """,
                file.toString(),
                note)
            .start();
    try (var said = other.inputReader()) {
      assertThat(said.readLine()).isEqualTo("held");

      ParException e =
          catchThrowableOfType(ParException.class, () -> lock(file, Duration.ofMillis(1), FILES));

      assertThat(e.kind()).isEqualTo(ParException.Kind.DISK);
      assertThat(e)
          .hasMessageContaining(
              "held by process 4711 on "
                  + ProcessId.host()
                  + " since 1970-01-01T00:00:00Z for over 0 s");
    } finally {
      other.destroyForcibly().waitFor();
    }
    lock(file, LONG, FILES).close();
  }

  @Test
  void where_files_cannot_be_locked_the_work_is_done_unlocked() throws Exception {
    FileMutex.Locker broken =
        channel -> {
          throw new IOException("No locks available");
        };

    lock(directory.resolve("x.lock"), LONG, Optional.of(broken)).close();
  }

  @Test
  void where_no_lock_file_can_be_made_the_work_is_done_unlocked() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));

    lock(file.resolve("x.lock"), LONG, FILES).close();
  }

  @Test
  void without_file_locks_threads_still_wait_and_no_file_is_made() throws Exception {
    Path file = directory.resolve("x.lock");
    var inside = new AtomicInteger();
    var threads = new ArrayList<Thread>();
    var collisions = new AtomicInteger();
    for (int i = 0; i < 8; i++) {
      threads.add(
          new Thread(
              () -> {
                for (int round = 0; round < 100; round++) {
                  try (FileMutex held = lock(file, LONG, Optional.empty())) {
                    collisions.addAndGet(held != null && inside.incrementAndGet() > 1 ? 1 : 0);
                    inside.decrementAndGet();
                  } catch (InterruptedException e) {
                    throw new AssertionError(e);
                  }
                }
              }));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }

    assertThat(collisions).hasValue(0);
    assertThat(file).doesNotExist();
  }

  @Test
  void only_locks_in_use_are_remembered() throws Exception {
    int before = FileMutex.remembered();
    for (int i = 0; i < 1000; i++) {
      lock(directory.resolve(i + ".lock"), LONG, FILES).close();
    }

    assertThat(FileMutex.remembered()).isEqualTo(before);
  }

  @Test
  void a_close_ends_the_wait_for_a_thread_and_for_a_process() throws Exception {
    Path file = directory.resolve("x.lock");
    FileMutex.Locker othersHaveIt = channel -> null;
    try (FileMutex held = lock(file, LONG, FILES)) {
      assertThat(held).isNotNull();
      assertEndsByClose(file, FILES);
    }
    assertEndsByClose(file, Optional.of(othersHaveIt));
    lock(file, LONG, FILES).close();
  }

  private void assertEndsByClose(Path file, Optional<FileMutex.Locker> locker) throws Exception {
    var closed = new CountDownLatch(1);
    var waiting =
        new FutureTask<>(
            () ->
                catchThrowableOfType(
                    ParException.class,
                    () -> FileMutex.lock(file, Duration.ofHours(1), locker, closed).close()));
    var thread = new Thread(waiting);
    thread.start();
    while (thread.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    closed.countDown();

    assertThat(waiting.get().kind()).isEqualTo(ParException.Kind.CANCELLED);
    assertThat(thread.isInterrupted()).isFalse();
  }

  private static FileMutex lock(Path file, Duration timeout, Optional<FileMutex.Locker> locker)
      throws InterruptedException {
    return FileMutex.lock(file, timeout, locker, new CountDownLatch(1));
  }

  @Test
  void an_interrupt_ends_the_wait() throws Exception {
    Path file = directory.resolve("x.lock");
    var ended = new CompletableFuture<Throwable>();
    try (FileMutex held = lock(file, LONG, FILES)) {
      assertThat(held).isNotNull();
      var started = new CountDownLatch(1);
      var waiting =
          new Thread(
              () -> {
                started.countDown();
                try {
                  lock(file, LONG, FILES).close();
                } catch (InterruptedException e) {
                  ended.complete(e);
                }
              });
      waiting.start();
      started.await();
      waiting.interrupt();

      assertThat(ended.join()).isInstanceOf(InterruptedException.class);
      waiting.join();
    }
    lock(file, LONG, FILES).close();
  }
}
