package global.pixell.par.internal.download;

import global.pixell.par.Digest;
import global.pixell.par.ParEvent;
import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.download.checksum.ObjectChecksums;
import global.pixell.par.internal.download.partial.ArrivingFile;
import global.pixell.par.internal.download.partial.ByteRangeSet.Range;
import global.pixell.par.internal.download.partial.JournalWriter;
import global.pixell.par.internal.download.partial.PartialDownload;
import global.pixell.par.internal.download.partial.PartialDownloads;
import global.pixell.par.internal.io.DaemonThreads;
import global.pixell.par.internal.io.DiskErrors;
import global.pixell.par.internal.io.Sha256;
import global.pixell.par.internal.remote.ContentPin;
import global.pixell.par.internal.remote.FetchFailure;
import global.pixell.par.internal.remote.ObjectSource;
import global.pixell.par.internal.remote.ObjectSource.RangeRequest;
import global.pixell.par.internal.remote.ObjectSource.Response;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One object into one file: over one connection or several, hashed while it arrives, gone on with
 * where a connection or a process died, begun anew once when the object changes.
 *
 * <p>The first request asks for the whole object. Its answer tells the size, pins the content and
 * carries S3's checksum, which no part would; a small object is all in it. A large one's answer is
 * read as the first part, and further connections bring the others.
 *
 * <p>What is retried, how often and when is {@link FetchRetry}'s to say, over all parts together:
 * an attempt ends with the first connection that fails, the others work on during the wait, and
 * what fails meanwhile belongs to the same attempt.
 *
 * <p>For one thread, but for {@link #cancel()}.
 */
public final class Download implements AutoCloseable {

  /** Told of the content; each once, and again each when the download begins anew. */
  public interface Listener {

    /**
     * What will come, before its first byte is kept; may refuse.
     *
     * @param here how many bytes of it an earlier process left on the disk
     */
    void begins(ContentPin content, long here);

    /** From here on its bytes can be read. Only told where the size is known. */
    default void arriving(ArrivingFile file) throws IOException {}
  }

  /**
   * What has arrived, all of it, proved.
   *
   * @param unchanged whether the object is the one that is held already; then nothing arrived
   * @param file where the bytes are, synced; gone after {@link Download#close} unless moved
   * @param evidence what the bytes were compared with, as {@link ParEvent.Verified} tells it
   * @param attempts how many attempts it took
   * @param wireBytes the body bytes that were received, also those in vain
   */
  public record Result(
      boolean unchanged,
      Path file,
      long bytes,
      Digest digest,
      String evidence,
      Optional<String> eTag,
      Optional<String> versionId,
      int attempts,
      long wireBytes,
      Duration duration) {}

  private final ObjectSource source;
  private final DownloadSettings settings;
  private final Path temporary;
  private final PartialDownloads partials;
  private final Consumer<ParEvent.Detail> events;
  private final Listener listener;
  private final Progress progress;

  private Optional<PartialDownload> partial = Optional.empty();
  private volatile @Nullable Content content;
  private String evidence = "";
  private int attempts;
  private int restarts;
  private long wireBytesBefore;
  private boolean lost;
  private boolean finished;
  private volatile boolean cancelled;
  private volatile boolean late;
  private volatile boolean closed;

  /**
   * @param temporary where the download ends, which does not exist; a large one begins in a partial
   *     download
   * @param partials where partial downloads lie
   */
  public Download(
      ObjectSource source,
      DownloadSettings settings,
      Path temporary,
      PartialDownloads partials,
      Consumer<ParEvent.Detail> events,
      Listener listener) {
    this.source = source;
    this.settings = settings;
    this.temporary = temporary;
    this.partials = partials;
    this.events = events;
    this.listener = listener;
    this.progress = new Progress(source.address(), settings.nanoClock(), events);
  }

  /** Ends the download from another thread, at once. */
  public void cancel() {
    cancelled = true;
    interruptWaits();
  }

  private void interruptWaits() {
    source.abort();
    Content working = content;
    if (working != null) {
      working.transfer.wake();
      working.file.fail(stopped());
    }
  }

  /**
   * Downloads and proves.
   *
   * @param held the entity tag of the content at hand, for a conditional request
   * @param expected what the bytes must hash to
   */
  public Result run(Optional<String> held, Optional<Digest> expected, FetchRetry retry) {
    partial = partials.left(source.address());
    boolean unchanged = attempts(held, expected, retry);
    finished = true;
    Content arrived = content;
    return unchanged || arrived == null
        ? result(true, 0, Sha256.of(new byte[0]), held, Optional.empty())
        : result(
            false,
            arrived.file.size(),
            arrived.digest(),
            arrived.pin.eTag(),
            arrived.pin.versionId());
  }

  private Result result(
      boolean unchanged,
      long bytes,
      Digest digest,
      Optional<String> eTag,
      Optional<String> versionId) {
    Content arrived = content;
    long wire = wireBytesBefore + (arrived == null ? 0 : arrived.transfer.wireBytes());
    return new Result(
        unchanged,
        file(),
        bytes,
        digest,
        evidence,
        eTag,
        versionId,
        attempts,
        wire,
        progress.elapsed());
  }

  private Path file() {
    return partial.map(PartialDownload::data).orElse(temporary);
  }

  /** Whether the object is the one that is held already. */
  private boolean attempts(Optional<String> held, Optional<Digest> expected, FetchRetry retry) {
    return retry.run(
        new FetchRetry.Attempt<Boolean>() {
          @Override
          public Boolean run(int number) throws FetchFailure {
            return attempt(held, expected);
          }

          @Override
          public long progress() {
            Content working = content;
            return working == null ? 0 : working.file.bytesHere();
          }

          @Override
          public void abort() {
            late = true;
            interruptWaits();
          }
        },
        (number, delay, failure) ->
            events.accept(new ParEvent.Retried(number, delay, failure.error().getMessage())));
  }

  private boolean attempt(Optional<String> held, Optional<Digest> expected) throws FetchFailure {
    attempts++;
    try {
      do {
        throwIfStopped();
        Content begun = content;
        if (begun != null) {
          begun.transfer.goOn();
        } else if (!begin(held)) {
          return true;
        }
        finish(content);
      } while (!isProved(expected));
      return false;
    } catch (FetchFailure failure) {
      throwIfCancelled();
      if (failure.isObjectChanged()) {
        throw restart(failure);
      }
      Content broken = content;
      if (broken != null && !broken.pin.supportsRanges()) {
        // Nothing would show that the rest is of the same content.
        dropContent();
      }
      throw failure;
    } catch (InterruptedException | ClosedByInterruptException e) {
      Thread.currentThread().interrupt();
      throw stopped();
    } catch (NoSuchFileException e) {
      throwIfStopped();
      throw partialIsLost(e);
    } catch (IOException e) {
      throwIfStopped();
      throw unwritable(e);
    }
  }

  /** Once, a changed object is begun anew; what is here of the old one is worth nothing. */
  private FetchFailure restart(FetchFailure failure) {
    dropContent();
    return restarts++ == 0 ? FetchFailure.transientFailure(failure.error()) : failure;
  }

  /** Somebody took it for abandoned, as where locks end at the host; what it held is theirs now. */
  private FetchFailure partialIsLost(NoSuchFileException e) {
    ParException error = unwritable(e);
    if (partial.isEmpty()) {
      throw error;
    }
    dropContent();
    lost = true;
    return FetchFailure.transientFailure(error);
  }

  private ParException unwritable(IOException e) {
    Content working = content;
    return working == null
        ? DiskErrors.of("write the download to " + file(), file(), e)
        : working.file.unwritable(e);
  }

  // The beginning.

  /** Whether there is anything to download. */
  private boolean begin(Optional<String> held) throws FetchFailure, IOException {
    Optional<PartialDownload.Held> left = partial.flatMap(PartialDownload::held);
    if (left.isPresent() && beginWith(left.get())) {
      return true;
    }
    Response answer = source.get(RangeRequest.whole(held));
    if (answer.unchanged()) {
      return false;
    }
    begin(answer);
    return true;
  }

  private void begin(Response answer) throws FetchFailure, IOException {
    boolean taken = false;
    try {
      ContentPin pin = ContentPin.of(answer);
      refuse(pin, 0);
      Content fresh = new Content(pin, create(pin), List.of());
      content(fresh);
      Range first = fresh.transfer.firstPart(0);
      taken = true;
      if (first == null) {
        answer.body().close();
      } else {
        fresh.transfer.begin(answer, first);
      }
    } finally {
      if (!taken) {
        // Reading a refused body to its end would take as long as the download.
        answer.abort().run();
      }
    }
  }

  /** Goes on with what an earlier process left, as long as the object is still the same. */
  private boolean beginWith(PartialDownload.Held left) throws FetchFailure, IOException {
    ContentPin pin = left.pin();
    ArrivingFile file = ArrivingFile.resume(file(), pin.total().orElseThrow(), left.present());
    var resumed = new Content(pin, file, left.present());
    Range first = resumed.transfer.firstPart();
    Response answer = null;
    boolean begun = false;
    try {
      answer =
          first == null
              ? source.get(RangeRequest.whole(pin.eTag()))
              : source.get(RangeRequest.part(first.from(), first.to(), pin.eTag()));
      if (first == null ? answer.unchanged() : answer.partial() && pin.matches(answer)) {
        refuse(pin, file.bytesHere());
        begun = true;
        content(resumed);
        if (first != null) {
          resumed.transfer.begin(answer, first);
        }
        answer = null;
        return true;
      }
    } catch (FetchFailure failure) {
      if (!failure.isObjectChanged()) {
        throw failure;
      }
    } finally {
      if (answer != null) {
        answer.abort().run();
      }
      if (!begun) {
        resumed.end();
      }
    }
    forget();
    return false;
  }

  private void refuse(ContentPin pin, long here) {
    long size = pin.total().orElse(0);
    if (size > settings.maxBytes()) {
      throw TransferErrors.oversize(source, size, settings.maxBytes());
    }
    listener.begins(pin, here);
  }

  private void content(Content begun) throws FetchFailure, IOException {
    content = begun;
    progress.begins(begun.pin.total(), begun.bytesFromBefore);
    if (begun.file.sizeIsKnown()) {
      listener.arriving(begun.file);
    }
    // A cancel that came before it could be seen.
    throwIfStopped();
    begun.start();
  }

  /** A large object goes where a later process can find it, a small one is sooner fetched again. */
  private ArrivingFile create(ContentPin pin) throws IOException {
    // Not begun again: who took it from us may be at work there.
    forget();
    if (!lost && pin.supportsRanges() && pin.total().orElse(0) > settings.partBytes()) {
      partial = partials.begin(source.address());
    }
    if (partial.isPresent()) {
      partial.get().begin(pin);
    }
    ArrivingFile file = ArrivingFile.create(file());
    pin.total().ifPresent(file::sizeIs);
    return file;
  }

  private void forget() {
    partial.ifPresent(PartialDownload::discard);
    partial = Optional.empty();
  }

  // The end.

  private void finish(@Nullable Content working)
      throws FetchFailure, IOException, InterruptedException {
    if (working == null) {
      throw new IllegalStateException("nothing was begun");
    }
    working.transfer.await(
        () -> {
          throwIfStopped();
          progress.tick(working.file.bytesHere());
        });
    working.transfer.stop();
    // While the disk takes the last bytes, the hash catches up with them.
    working.file.force();
    try {
      working.hash.digest().get();
    } catch (ExecutionException e) {
      throwIfStopped();
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      throw new IllegalStateException("the hash ended by " + e.getCause(), e);
    }
    if (partial.isPresent()) {
      working.endNotes();
      partial.get().moveTo(temporary);
      partial = Optional.empty();
    }
  }

  /**
   * What an earlier process left is under suspicion first, and fetched once more with the rest;
   * without it there is no excuse.
   */
  private boolean isProved(Optional<Digest> expected) {
    Content arrived = Objects.requireNonNull(content);
    try {
      evidence =
          new ContentVerifier(source.address(), arrived.pin, expected)
              .of(arrived.digest(), arrived.file.size(), arrived.checksums());
      return true;
    } catch (ParException e) {
      arrived.file.fail(e);
      dropContent();
      if (arrived.bytesFromBefore == 0) {
        throw e;
      }
      events.accept(
          new ParEvent.Warned(
              e.getMessage() + " Part of it was left by an earlier process.",
              "It is fetched anew, as a whole."));
      return false;
    }
  }

  private void dropContent() {
    Content dropped = content;
    content = null;
    if (dropped != null) {
      wireBytesBefore += dropped.transfer.wireBytes();
      dropped.end();
    }
    forget();
  }

  private void throwIfStopped() throws FetchFailure {
    throwIfCancelled();
    if (late) {
      Content working = content;
      throw FetchFailure.transientFailure(
          new ParException(
              Kind.UNAVAILABLE,
              "Reading "
                  + source.address()
                  + " failed: it was not here in time, only "
                  + (working == null ? 0 : working.file.bytesHere())
                  + " bytes of it.",
              "Check the network between the task and S3, or make the package smaller."));
    }
  }

  private void throwIfCancelled() {
    if (cancelled || Thread.currentThread().isInterrupted()) {
      throw stopped();
    }
  }

  private ParException stopped() {
    return new ParException(
        Kind.CANCELLED,
        "The fetch of " + source.address() + " was stopped.",
        "Fetch again to begin anew.");
  }

  /** Ends what is at work. What is here of an unfinished download waits for the next process. */
  @Override
  public void close() {
    closed = true;
    Content last = content;
    if (last != null) {
      last.end();
    }
    if (finished) {
      forget();
    } else {
      partial.ifPresent(PartialDownload::close);
    }
  }

  public boolean isClosed() {
    return closed;
  }

  /** One content on its way, with all that works at it. */
  private final class Content {
    private final ContentPin pin;
    private final ArrivingFile file;
    private final long bytesFromBefore;
    private final Transfer transfer;
    private final ContentHash hash;
    private final Optional<JournalWriter> checkpoints;

    Content(ContentPin pin, ArrivingFile file, List<Range> present) {
      this.pin = pin;
      this.file = file;
      this.bytesFromBefore = present.stream().mapToLong(Range::length).sum();
      this.transfer = new Transfer(source, settings, pin, file);
      this.hash = new ContentHash(file, new ObjectChecksums(pin.checksums()));
      this.checkpoints =
          partial.map(journal -> new JournalWriter(file, journal, settings.journalEvery()));
    }

    void start() {
      DaemonThreads.start("par-download-hash", hash);
      checkpoints.ifPresent(notes -> DaemonThreads.start("par-download-journal", notes));
    }

    Digest digest() {
      return hash.digest().join();
    }

    ObjectChecksums checksums() {
      return hash.checksums();
    }

    void endNotes() {
      checkpoints.ifPresent(JournalWriter::end);
    }

    void end() {
      transfer.stop();
      endNotes();
      file.fail(stopped());
      try {
        file.endWriting();
        file.close();
      } catch (IOException e) {
        // What had to be on the disk was synced before.
      }
    }
  }
}
