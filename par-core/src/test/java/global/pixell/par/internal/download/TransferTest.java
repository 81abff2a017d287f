package global.pixell.par.internal.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.download.partial.ArrivingFile;
import global.pixell.par.internal.remote.ContentPin;
import global.pixell.par.internal.remote.FetchFailure;
import global.pixell.par.internal.remote.ObjectSource;
import global.pixell.par.internal.remote.ObjectSource.Response;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A transfer to a disk that is slow or fails. */
@Timeout(60)
class TransferTest {

  private static final int SIZE = 300_000;

  @TempDir Path directory;
  private final byte[] content = new byte[SIZE];
  private final AtomicLong clock = new AtomicLong(Duration.ofDays(1).toNanos());
  private final AtomicInteger requests = new AtomicInteger();
  private SlowChannel disk;
  private ArrivingFile file;
  private Transfer transfer;

  @BeforeEach
  void open() throws IOException {
    new Random(1).nextBytes(content);
    Path path = directory.resolve("package");
    disk =
        new SlowChannel(
            FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    file = new ArrivingFile(path, disk, FileChannel.open(path, StandardOpenOption.READ));
    file.setSize(SIZE);
    transfer = new Transfer(new Counted(), settings(), pin(), file);
  }

  @AfterEach
  void close() throws IOException {
    disk.goOn(null);
    transfer.stop();
    file.endWriting();
    file.close();
  }

  @Test
  void a_connection_that_waits_for_the_disk_is_not_taken_for_a_silent_one() throws Exception {
    begin();

    transfer.await(new LongWait(null));

    assertThat(file.isComplete()).isTrue();
    assertThat(requests).hasValue(0);
  }

  @Test
  void a_disk_that_fails_after_a_long_wait_is_a_failure_of_the_disk() {
    begin();

    ParException e =
        catchThrowableOfType(
            ParException.class,
            () -> transfer.await(new LongWait(new IOException("No space left on device"))));

    assertThat(e.kind()).isEqualTo(Kind.DISK);
    assertThat(requests).hasValue(0);
  }

  @Test
  void bytes_that_nobody_is_at_work_on_are_a_failed_attempt() throws Exception {
    // This simulates a connection that the download gave up while it was writing.
    var other =
        new FutureTask<>(
            () -> {
              file.write(0, ByteBuffer.wrap(content, 0, 100));
              return true;
            });
    new Thread(other).start();
    disk.writing.await();
    begin();

    FetchFailure failure = catchThrowableOfType(FetchFailure.class, () -> transfer.await(() -> {}));

    assertThat(failure.isRetryable()).isTrue();
    assertThat(failure).hasMessageContaining("ended after " + (SIZE - 100) + " of " + SIZE);
    assertThat(requests).hasValue(0);
    disk.goOn(null);
    assertThat(other.get()).isTrue();
    transfer.resume();
    transfer.await(() -> {});
    assertThat(file.isComplete()).isTrue();
  }

  private void begin() {
    transfer.start(
        new Response(
            false,
            false,
            0,
            OptionalLong.of(SIZE),
            Optional.of("e"),
            Optional.empty(),
            Map.of(),
            new ByteArrayInputStream(content),
            () -> {}),
        Objects.requireNonNull(transfer.takeAt(0)));
  }

  private static ContentPin pin() {
    return new ContentPin(OptionalLong.of(SIZE), Optional.of("e"), Optional.empty(), Map.of());
  }

  private DownloadSettings settings() {
    return new DownloadSettings(
        1L << 30,
        1,
        DownloadSettings.PART_BYTES,
        DownloadSettings.TAIL_BYTES,
        DownloadSettings.STALL_MIN_BYTES,
        DownloadSettings.STALL_WINDOW,
        DownloadSettings.JOURNAL_INTERVAL,
        DownloadSettings.ALWAYS_PARALLEL,
        false,
        clock::get);
  }

  /** Three windows of the stall rule pass while the disk delays a write. */
  private final class LongWait implements Transfer.Watch {
    private final @Nullable IOException end;
    private int windows;

    LongWait(@Nullable IOException end) {
      this.end = end;
    }

    @Override
    public void check() {
      try {
        disk.writing.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      if (windows++ < 3) {
        clock.addAndGet(DownloadSettings.STALL_WINDOW.toNanos());
      } else {
        disk.goOn(end);
      }
    }
  }

  private final class Counted implements ObjectSource {
    @Override
    public String address() {
      return "s3://b/k";
    }

    @Override
    public Response get(RangeRequest request) throws FetchFailure {
      requests.incrementAndGet();
      throw broken(new IOException("there is no server"));
    }

    @Override
    public FetchFailure broken(Exception cause) {
      return FetchFailure.transientFailure(
          new ParException(Kind.UNAVAILABLE, "Broken.", "Mend it.", cause));
    }

    @Override
    public void abort() {}
  }

  /** Delays its first write until the test says how it ends. */
  private static final class SlowChannel extends FileChannel {
    final CountDownLatch writing = new CountDownLatch(1);
    private final AtomicBoolean waited = new AtomicBoolean();
    private final CountDownLatch told = new CountDownLatch(1);
    private final FileChannel file;
    private volatile @Nullable IOException failure;

    SlowChannel(FileChannel file) {
      this.file = file;
    }

    /** Ends the write, with this exception or successfully. */
    void goOn(@Nullable IOException how) {
      failure = how;
      told.countDown();
    }

    @Override
    public int write(ByteBuffer bytes, long position) throws IOException {
      if (!waited.getAndSet(true)) {
        writing.countDown();
        try {
          told.await();
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
        if (failure != null) {
          throw failure;
        }
      }
      return file.write(bytes, position);
    }

    @Override
    public void force(boolean metaData) throws IOException {
      file.force(metaData);
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    protected void implCloseChannel() throws IOException {
      file.close();
    }

    // A transfer calls no other method of the channel.

    @Override
    public int read(ByteBuffer target) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int read(ByteBuffer target, long position) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int write(ByteBuffer bytes) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long write(ByteBuffer[] bytes, int offset, int length) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long position() {
      throw new UnsupportedOperationException();
    }

    @Override
    public FileChannel position(long position) {
      throw new UnsupportedOperationException();
    }

    @Override
    public FileChannel truncate(long size) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) {
      throw new UnsupportedOperationException();
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) {
      throw new UnsupportedOperationException();
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) {
      throw new UnsupportedOperationException();
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) {
      throw new UnsupportedOperationException();
    }
  }
}
