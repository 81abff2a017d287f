package global.pixell.par.internal.archive;

import global.pixell.par.ParException;
import global.pixell.par.internal.io.ArchiveBytes;
import global.pixell.par.internal.io.DaemonThreads;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Unpacks an archive into a tree of files, several entries at a time.
 *
 * <p>Workers take the entries in the order of the archive, so that an archive that is still
 * arriving can be unpacked behind its download. Memory is the directory and two buffers for each
 * worker. When a method returns or throws, no worker is running.
 *
 * <p>The methods throw {@link ParException} only: {@code BAD_PACKAGE} for a refused archive, {@code
 * DISK} for one that cannot be read or written, {@code CANCELLED} after an interrupt of the calling
 * thread (whose interrupt flag stays set) or when {@code cancelled} returns true, and any {@code
 * ParException} of {@link ArchiveBytes}.
 */
public final class Unpacker {

  /** With more workers the file system is the bottleneck, not inflating. */
  private static final int MAX_WORKERS = 8;

  /** How often a waiting caller checks whether it is cancelled. */
  private static final long POLL_MILLIS = 50;

  private final ZipDirectory directory;
  private final @Nullable TreeWriter writer;
  private final BooleanSupplier cancelled;
  private final int[] batches;
  private final AtomicInteger nextBatch = new AtomicInteger();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  private Unpacker(ZipDirectory directory, @Nullable TreeWriter writer, BooleanSupplier cancelled) {
    this.directory = directory;
    this.writer = writer;
    this.cancelled = cancelled;
    this.batches = batches(directory);
  }

  /** One for each core, at least 2 so that one can read while the other writes, at most 8. */
  public static int defaultWorkers() {
    return Math.min(MAX_WORKERS, Math.max(2, Runtime.getRuntime().availableProcessors()));
  }

  /**
   * Writes every entry below the writer's folder. After a failure the folder contains a part of the
   * tree, and nothing was written outside of it; the caller removes it.
   *
   * @param workers the largest number of threads, at least 1. A small archive is unpacked by the
   *     calling thread alone; then only an interrupt wakes it while it waits for bytes
   * @param cancelled asked often, from several threads
   */
  public static UnpackSummary unpack(
      ZipDirectory directory, TreeWriter writer, int workers, BooleanSupplier cancelled) {
    writer.createDirectories(directory.tree());
    UnpackSummary tree = new Unpacker(directory, writer, cancelled).run(workers);
    writer.applyDirectoryModes();
    return tree;
  }

  /** The same verdict as {@link #unpack} from the same bytes, but writes nothing. */
  public static UnpackSummary check(
      ZipDirectory directory, int workers, BooleanSupplier cancelled) {
    return new Unpacker(directory, null, cancelled).run(workers);
  }

  private UnpackSummary run(int workers) {
    if (workers < 1) {
      throw new IllegalArgumentException("at least one worker is needed: " + workers);
    }
    int useful = Math.min(workers, batches.length);
    if (useful <= 1) {
      work();
    } else {
      workTogether(useful);
    }
    Throwable first = failure.get();
    if (first instanceof Error error) {
      throw error;
    }
    if (first instanceof ParException known) {
      throw known;
    }
    if (first != null) {
      throw new ParException(
          ParException.Kind.INTERNAL,
          "Unpacking failed for an unexpected reason: " + first,
          "Report this with the package.",
          first);
    }
    return directory.announced();
  }

  private void workTogether(int workers) {
    CountDownLatch done = new CountDownLatch(workers);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < workers; i++) {
      threads.add(
          DaemonThreads.create(
              "par-unpack",
              () -> {
                try {
                  work();
                } finally {
                  done.countDown();
                }
              }));
    }
    boolean interrupted = false;
    try {
      threads.forEach(Thread::start);
      while (!done.await(POLL_MILLIS, TimeUnit.MILLISECONDS) && failure.get() == null) {
        if (cancelled.getAsBoolean()) {
          fail(ArchiveErrors.cancelled());
        }
      }
    } catch (InterruptedException e) {
      interrupted = true;
      fail(ArchiveErrors.cancelled());
    } catch (RuntimeException | Error e) {
      fail(e);
    }
    // Workers must not wait any longer for bytes of a download that is no longer needed.
    if (failure.get() != null) {
      threads.forEach(Thread::interrupt);
    }
    for (Thread thread : threads) {
      interrupted |= joined(thread);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for the end of a thread; whether an interrupt came meanwhile. */
  public static boolean joined(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        return interrupted;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
  }

  private void fail(Throwable e) {
    failure.compareAndSet(null, e);
  }

  private void work() {
    try (EntryReader reader = new EntryReader(directory)) {
      for (int batch = nextBatch.getAndIncrement();
          batch < batches.length;
          batch = nextBatch.getAndIncrement()) {
        int last = batches[batch];
        reader.readAheadTo(directory.endOf(last));
        for (int i = batch == 0 ? 0 : batches[batch - 1] + 1; i <= last; i++) {
          if (!mayGoOn()) {
            return;
          }
          unpackEntry(reader, i);
        }
      }
    } catch (RuntimeException | Error e) {
      fail(e);
    }
  }

  private void unpackEntry(EntryReader reader, int index) {
    ZipMember member = directory.members().get(index);
    TreeWriter target = member.directory() || member.skipped() ? null : writer;
    if (reader.fitsWhole(index)) {
      ByteBuffer content = reader.whole(index);
      if (target != null) {
        target.write(member, content);
      }
    } else if (target == null) {
      reader.stream(index, content -> goOnOrThrow());
    } else {
      try (TreeWriter.Output output = target.create(member)) {
        reader.stream(
            index,
            content -> {
              goOnOrThrow();
              output.write(content);
            });
      }
    }
  }

  private boolean mayGoOn() {
    if (Thread.currentThread().isInterrupted() || cancelled.getAsBoolean()) {
      fail(ArchiveErrors.cancelled());
    }
    return failure.get() == null;
  }

  private void goOnOrThrow() {
    if (!mayGoOn()) {
      throw ArchiveErrors.cancelled();
    }
  }

  /**
   * The last indices of runs of entries that one read can fetch; a large entry is a run of its own.
   */
  private static int[] batches(ZipDirectory directory) {
    int count = directory.members().size();
    int[] lasts = new int[count];
    int batches = 0;
    long start = 0;
    for (int i = 0; i < count; i++) {
      boolean first = start == directory.members().get(i).offset();
      if (!first && directory.endOf(i) - start > EntryReader.BUFFER) {
        lasts[batches++] = i - 1;
        start = directory.members().get(i).offset();
      }
    }
    if (count > 0) {
      lasts[batches++] = count - 1;
    }
    return Arrays.copyOf(lasts, batches);
  }
}
