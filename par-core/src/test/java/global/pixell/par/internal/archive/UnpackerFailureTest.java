package global.pixell.par.internal.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.io.ArchiveBytes;
import java.io.EOFException;
import java.io.File;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Stops, failing sources and failing disks: each leads to the right kind of error, and no worker
 * remains.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class UnpackerFailureTest {

  private final Path staging;

  UnpackerFailureTest(@TempDir Path staging) {
    this.staging = staging;
  }

  /** Reads like its archive, but calls the test before each read. */
  private record Watched(ArchiveBytes archive, Step before) implements ArchiveBytes {
    interface Step {
      void at(long position, int length) throws IOException;
    }

    @Override
    public long size() {
      return archive.size();
    }

    @Override
    public void readFully(long position, ByteBuffer target) throws IOException {
      before.at(position, target.remaining());
      archive.readFully(position, target);
    }
  }

  /**
   * Eight files of 200 KB: each worker gets more than one run, and the first local header is at 0.
   */
  private static TestZip eightFiles() {
    TestZip zip = TestZip.of();
    for (int i = 0; i < 8; i++) {
      byte[] noise = new byte[200_000];
      new Random(i).nextBytes(noise);
      zip.file(TestZip.utf8("noise" + i), noise, e -> {});
    }
    return zip;
  }

  private static void waitForInterrupt() throws IOException {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped");
    }
  }

  private static long workers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(t -> t.getName().startsWith("par-unpack-"))
        .count();
  }

  private ParException failure(ArchiveBytes archive, int workers) {
    return catchThrowableOfType(
        ParException.class,
        () -> TestUnpack.unpack(archive, staging, UnpackLimits.DEFAULT, workers, () -> false));
  }

  @Test
  void anInterruptOfTheCallerStopsWorkersThatWaitForBytes() throws InterruptedException {
    CountDownLatch waiting = new CountDownLatch(2);
    ZipDirectory directory = ZipDirectory.read(eightFiles().archive(), UnpackLimits.DEFAULT);
    ArchiveBytes stuck =
        new Watched(
            directory.archive(),
            (position, length) -> {
              if (length > 10_000) {
                waiting.countDown();
                waitForInterrupt();
              }
            });
    BlockingQueue<ParException> thrown = new ArrayBlockingQueue<>(1);
    AtomicBoolean stillInterrupted = new AtomicBoolean();
    Thread caller =
        new Thread(
            () -> {
              thrown.add(failure(stuck, 2));
              stillInterrupted.set(Thread.currentThread().isInterrupted());
            });
    caller.start();
    waiting.await();

    caller.interrupt();
    caller.join();

    assertThat(thrown.take().kind()).isEqualTo(Kind.CANCELLED);
    assertThat(stillInterrupted).isTrue();
    assertThat(workers()).isZero();
  }

  @Test
  void theCallersSwitchStopsWorkersThatWaitForBytes() {
    AtomicBoolean cancelled = new AtomicBoolean();
    ArchiveBytes stuck =
        new Watched(
            eightFiles().archive(),
            (position, length) -> {
              if (length > 10_000) {
                cancelled.set(true);
                waitForInterrupt();
              }
            });

    ParException thrown =
        catchThrowableOfType(
            ParException.class,
            () -> TestUnpack.unpack(stuck, staging, UnpackLimits.DEFAULT, 2, cancelled::get));

    assertThat(thrown.kind()).isEqualTo(Kind.CANCELLED);
    assertThat(workers()).isZero();
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void theSwitchStopsInTheMiddleOfALargeFile() {
    AtomicInteger asked = new AtomicInteger();

    ParException thrown =
        catchThrowableOfType(
            ParException.class,
            () ->
                TestUnpack.unpack(
                    TestZip.of()
                        .file(TestZip.utf8("big"), new byte[8 << 20], e -> e.stored())
                        .archive(),
                    staging,
                    UnpackLimits.DEFAULT,
                    1,
                    () -> asked.incrementAndGet() > 5));

    assertThat(thrown.kind()).isEqualTo(Kind.CANCELLED);
    assertThat(staging.resolve("big").toFile().length()).isBetween(1L, (8L << 20) - 1);
  }

  @Test
  void anInterruptedCallerUnpacksNothing() {
    Thread.currentThread().interrupt();

    ParException thrown = failure(eightFiles().archive(), 1);

    assertThat(Thread.interrupted()).as("the flag stays").isTrue();
    assertThat(thrown.kind()).isEqualTo(Kind.CANCELLED);
    assertThat(staging).isEmptyDirectory();
  }

  @Test
  void aBadEntryWakesWorkersThatWaitForOthers() {
    byte[] archive = eightFiles().bytes();
    archive[1000] ^= 1;
    CountDownLatch otherWaits = new CountDownLatch(1);
    ArchiveBytes stuck =
        new Watched(
            TestZip.archive(archive),
            (position, length) -> {
              if (length > 10_000 && position > 0) {
                otherWaits.countDown();
                waitForInterrupt();
              } else if (position == 0) {
                awaitQuietly(otherWaits);
              }
            });

    ParException thrown = failure(stuck, 2);

    assertThat(thrown.kind()).isEqualTo(Kind.BAD_PACKAGE);
    assertThat(thrown).hasMessageContaining("\"noise0\"");
    assertThat(workers()).isZero();
  }

  private static void awaitQuietly(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Test
  void aFailureOfTheSourceThatHasItsKindReachesTheCallerAsItIs() {
    ParException lost = new ParException(Kind.UNAVAILABLE, "S3 is away.", "Wait.");
    ArchiveBytes thrownAsItIs =
        failing(
            () -> {
              throw lost;
            });
    ArchiveBytes wrapped =
        failing(
            () -> {
              throw new IOException(lost);
            });

    assertThat(failure(thrownAsItIs, 2)).isSameAs(lost);
    emptyStaging();
    assertThat(failure(wrapped, 2)).isSameAs(lost);
  }

  @Test
  void aSourceThatCannotBeReadIsADiskFailure() {
    ParException thrown =
        failure(
            failing(
                () -> {
                  throw new IOException("Input/output error");
                }),
            2);

    assertThat(thrown.kind()).isEqualTo(Kind.DISK);
    assertThat(thrown).hasMessageContaining("Input/output error");
  }

  @Test
  void aSourceThatEndsEarlyIsABadPackage() {
    ParException thrown =
        failure(
            failing(
                () -> {
                  throw new EOFException();
                }),
            2);

    assertThat(thrown.kind()).isEqualTo(Kind.BAD_PACKAGE);
    assertThat(thrown).hasMessageContaining("it ends early");
  }

  private interface Fault {
    void now() throws IOException;
  }

  private static ArchiveBytes failing(Fault fault) {
    return new Watched(
        eightFiles().archive(),
        (position, length) -> {
          if (position == 0) {
            fault.now();
          }
        });
  }

  private void emptyStaging() {
    for (File file : Objects.requireNonNull(staging.toFile().listFiles())) {
      assertThat(file.delete()).isTrue();
    }
  }

  @Test
  void aFolderThatIsNotEmptyIsNotWrittenTo() throws IOException {
    Files.writeString(staging.resolve("agent.yaml"), "mine");

    ParException thrown = failure(TestZip.of().file("agent.yaml", "theirs").archive(), 1);

    assertThat(thrown.kind()).isEqualTo(Kind.DISK);
    assertThat(thrown).hasMessageContaining("is not empty");
    assertThat(staging.resolve("agent.yaml")).hasContent("mine");
  }

  @Test
  void aLinkIsNotAFolderToUnpackInto() throws IOException {
    Path real = Files.createDirectory(staging.resolve("real"));
    Path link = Files.createSymbolicLink(staging.resolve("link"), real);

    ParException thrown =
        catchThrowableOfType(
            ParException.class,
            () ->
                TestUnpack.unpack(
                    TestZip.of().file("a", "x").archive(), link, UnpackLimits.DEFAULT));

    assertThat(thrown.kind()).isEqualTo(Kind.DISK);
    assertThat(real).isEmptyDirectory();
  }

  @Test
  void aFileThatAppearsUnderneathIsNotFollowedOrOverwritten() throws IOException {
    Path victim = Files.writeString(Files.createTempFile("victim", ".txt"), "untouched");
    ArchiveBytes planting =
        new Watched(
            TestZip.of().file("a", "attack").archive(),
            (position, length) -> {
              if (position == 0 && !Files.exists(staging.resolve("a"))) {
                Files.createSymbolicLink(staging.resolve("a"), victim);
              }
            });

    ParException thrown = failure(planting, 1);

    assertThat(thrown.kind()).isEqualTo(Kind.DISK);
    assertThat(victim).hasContent("untouched");
    Files.delete(victim);
  }

  @Test
  void a_disk_that_takes_no_more_is_named_with_its_numbers() {
    ZipDirectory directory = ZipDirectory.read(eightFiles().archive(), UnpackLimits.DEFAULT);
    AtomicInteger opened = new AtomicInteger();
    TreeWriter.Opener filling =
        (path, options, attributes) ->
            opened.incrementAndGet() <= 3
                ? FileChannel.open(path, options, attributes)
                : full(FileChannel.open(path, options, attributes));
    TreeWriter writer = new TreeWriter(staging, directory.announced().bytes(), 0777, filling);

    ParException thrown =
        catchThrowableOfType(
            ParException.class, () -> Unpacker.unpack(directory, writer, 1, () -> false));

    assertThat(thrown.kind()).isEqualTo(Kind.DISK);
    assertThat(thrown)
        .hasMessageContaining("writing entry \"noise3\" (200000 bytes) failed after")
        .hasMessageContaining("600000 of 1600000 bytes were written")
        .hasMessageContaining("the disk takes no more although");
  }

  private static WritableByteChannel full(WritableByteChannel real) {
    return new WritableByteChannel() {
      @Override
      public int write(ByteBuffer source) throws IOException {
        throw new IOException("No space left on device");
      }

      @Override
      public boolean isOpen() {
        return real.isOpen();
      }

      @Override
      public void close() throws IOException {
        real.close();
      }
    };
  }

  @Test
  void theDirectoryIsReadFirstAndThenTheEntriesInTheirOrder() {
    List<Long> positions = Collections.synchronizedList(new ArrayList<>());
    byte[] bytes = eightFiles().bytes();
    ArchiveBytes watched =
        new Watched(TestZip.archive(bytes), (position, length) -> positions.add(position));

    TestUnpack.unpack(watched, staging, UnpackLimits.DEFAULT, 1, () -> false);

    int firstEntry = positions.indexOf(0L);
    assertThat(positions.subList(0, firstEntry)).allMatch(p -> p > 1_600_000);
    assertThat(positions.subList(firstEntry, positions.size())).isSorted().hasSizeBetween(8, 17);
  }

  @Test
  void noMoreWorkersThanAskedForReadAtOnce() {
    AtomicInteger reading = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch three = new CountDownLatch(3);
    ArchiveBytes watched =
        new Watched(
            eightFiles().archive(),
            (position, length) -> {
              if (length > 10_000) {
                most.accumulateAndGet(reading.incrementAndGet(), Math::max);
                three.countDown();
                awaitQuietly(three);
                reading.decrementAndGet();
              }
            });

    TestUnpack.unpack(watched, staging, UnpackLimits.DEFAULT, 3, () -> false);

    assertThat(most).hasValueBetween(2, 3);
    assertThat(workers()).isZero();
  }
}
