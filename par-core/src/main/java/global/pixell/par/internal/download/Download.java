package global.pixell.par.internal.download;

import global.pixell.par.Digest;
import global.pixell.par.ParEvent;
import global.pixell.par.ParException;
import global.pixell.par.internal.download.partial.ArrivingFile;
import global.pixell.par.internal.download.partial.ByteRange;
import global.pixell.par.internal.download.partial.PartialDownload;
import global.pixell.par.internal.download.partial.PartialDownloads;
import global.pixell.par.internal.io.DiskErrors;
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
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The download of one object into one file: over one connection or several, hashed while it
 * arrives, continued where a connection or a process ended, and started over once when the object
 * changes.
 *
 * <p>The first response states the size and pins the content. A small object is all in it; of a
 * large one it is read as the first part, and more connections bring the other parts. With a digest
 * the first request asks for so many bytes as a small object has. Without one it asks for the whole
 * object, because only that response carries S3's checksum. It has no end at the end of a part, so
 * it is cut off, which wastes what is under way.
 *
 * <p>{@link FetchRetry} decides what is retried, how often and when, for all parts together: an
 * attempt ends with the first connection that fails. The other connections continue during the
 * wait, and failures meanwhile belong to the same attempt.
 *
 * <p>For one thread, except {@link #cancel()}.
 */
public final class Download implements AutoCloseable {

  /** Learns of each content: once, and again when the download starts over. */
  public interface Listener {

    /**
     * A content is known, and none of its bytes is kept yet; may refuse it.
     *
     * @param present how many of its bytes an earlier process left on the disk
     */
    void begins(ContentPin content, long present);

    /** The bytes of the content can be read while they arrive; only where the size is known. */
    default void arriving(ArrivingFile file) throws IOException {}
  }

  /** The outcome. */
  public sealed interface Result {}

  /** The object is still the cached one. */
  public record Unchanged() implements Result {}

  /**
   * The object has arrived completely and was verified.
   *
   * @param file the synced bytes; deleted by {@link Download#close} unless moved
   * @param verifiedBy what the bytes were compared with, as in {@link ParEvent.Verified}
   * @param attempts how many attempts it took
   * @param wireBytes the body bytes that were received, wasted ones included
   */
  public record Downloaded(
      Path file,
      long bytes,
      Digest digest,
      String verifiedBy,
      Optional<String> eTag,
      Optional<String> versionId,
      int attempts,
      long wireBytes,
      Duration duration)
      implements Result {}

  /** Why a download ends early; a later reason replaces an earlier one. */
  private enum StopReason {
    NONE,
    DEADLINE,
    CANCELLED,
    CLOSED;

    StopReason or(StopReason other) {
      return compareTo(other) > 0 ? this : other;
    }
  }

  private final ObjectSource source;
  private final DownloadSettings settings;
  private final DownloadFile file;
  private final Consumer<ParEvent.Detail> events;
  private final Listener listener;
  private final Progress progress;
  private final TransferErrors errors;

  private volatile @Nullable ContentDownload content;
  private final AtomicReference<StopReason> stop = new AtomicReference<>(StopReason.NONE);
  private Optional<Digest> expected = Optional.empty();
  private boolean startedOver;
  private long wireBytesBefore;

  /**
   * Sends no request yet.
   *
   * @param temporary the file to download to, which does not exist; a large object arrives in a
   *     partial download first
   * @param partials where partial downloads are kept
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
    this.file = new DownloadFile(source.address(), temporary, partials);
    this.events = events;
    this.listener = listener;
    this.progress = new Progress(source.address(), settings.nanoClock(), events);
    this.errors = new TransferErrors(source, settings);
  }

  /** Ends the download from another thread, at once. */
  public void cancel() {
    stop(StopReason.CANCELLED);
  }

  private void stop(StopReason reason) {
    stop.accumulateAndGet(reason, StopReason::or);
    source.abort();
    ContentDownload current = content;
    if (current != null) {
      current.transfer().wake();
      current.file().fail(errors.stopped());
    }
  }

  /**
   * Downloads and verifies.
   *
   * @param cachedETag the entity tag of the cached content, for a conditional request
   * @param expected the digest that the bytes must have
   */
  public Result run(Optional<String> cachedETag, Optional<Digest> expected, FetchRetry retry) {
    this.expected = expected;
    file.claimExisting(expected);
    return retry.run(
        new FetchRetry.Attempt<Result>() {
          @Override
          public Result run(int number) throws FetchFailure {
            return runOneAttempt(number, cachedETag);
          }

          @Override
          public long progress() {
            return bytesPresent();
          }

          @Override
          public void abort() {
            stop(StopReason.DEADLINE);
          }
        },
        (number, delay, failure) ->
            events.accept(new ParEvent.Retried(number, delay, failure.error().getMessage())));
  }

  private Result runOneAttempt(int number, Optional<String> cachedETag) throws FetchFailure {
    try {
      return download(number, cachedETag);
    } catch (FetchFailure failure) {
      throwIfCancelled();
      throw prepareRetry(failure);
    } catch (InterruptedException | ClosedByInterruptException e) {
      Thread.currentThread().interrupt();
      throw errors.stopped();
    } catch (NoSuchFileException e) {
      throwIfStopped();
      throw partialWasClaimed(e);
    } catch (IOException e) {
      throwIfStopped();
      throw writeError(e);
    }
  }

  private Result download(int attempt, Optional<String> cachedETag)
      throws FetchFailure, IOException, InterruptedException {
    while (true) {
      throwIfStopped();
      ContentDownload current = content;
      if (current != null) {
        current.transfer().resume();
      } else {
        current = start(cachedETag);
        if (current == null) {
          file.discardPartial();
          return new Unchanged();
        }
      }
      Digest digest = finish(current);
      Optional<String> verifiedBy = verify(current, digest);
      if (verifiedBy.isPresent()) {
        return downloaded(current, digest, verifiedBy.get(), attempt);
      }
    }
  }

  private Downloaded downloaded(
      ContentDownload arrived, Digest digest, String verifiedBy, int attempts) {
    return new Downloaded(
        file.path(),
        arrived.file().size(),
        digest,
        verifiedBy,
        arrived.pin().eTag(),
        arrived.pin().versionId(),
        attempts,
        wireBytesBefore + arrived.transfer().wireBytes(),
        progress.elapsed());
  }

  private long bytesPresent() {
    ContentDownload current = content;
    return current == null ? 0 : current.file().bytesPresent();
  }

  // Failures.

  private FetchFailure prepareRetry(FetchFailure failure) {
    if (failure.isObjectChanged()) {
      // The bytes of the former content are of no use. The download starts over once.
      dropContent();
      boolean again = !startedOver;
      startedOver = true;
      return again ? FetchFailure.transientFailure(failure.error()) : failure;
    }
    ContentDownload broken = content;
    if (broken != null && !broken.pin().supportsRanges()) {
      // Nothing would show whether the rest is of the same content.
      dropContent();
    }
    return failure;
  }

  /**
   * Another host claimed our partial download: file locks are not shared between hosts on this file
   * system.
   */
  private FetchFailure partialWasClaimed(NoSuchFileException e) {
    ParException error = writeError(e);
    if (file.partial().isEmpty()) {
      throw error;
    }
    dropContent();
    file.avoidPartials();
    return FetchFailure.transientFailure(error);
  }

  private ParException writeError(IOException e) {
    ContentDownload current = content;
    return current == null
        ? DiskErrors.of("write the download to " + file.path(), file.path(), e)
        : current.file().writeError(e);
  }

  private void throwIfStopped() throws FetchFailure {
    throwIfCancelled();
    if (stop.get() == StopReason.DEADLINE) {
      throw errors.late(bytesPresent());
    }
  }

  private void throwIfCancelled() {
    if (stop.get() == StopReason.CANCELLED || Thread.currentThread().isInterrupted()) {
      throw errors.stopped();
    }
  }

  // The start.

  /** Continues an earlier process's download, or starts a new one; null if nothing has changed. */
  private @Nullable ContentDownload start(Optional<String> cachedETag)
      throws FetchFailure, IOException {
    Optional<PartialDownload.Checkpoint> checkpoint = file.lastCheckpoint();
    ContentDownload resumed = checkpoint.isPresent() ? resumeFrom(checkpoint.get()) : null;
    return resumed != null ? resumed : startFresh(cachedETag);
  }

  private @Nullable ContentDownload startFresh(Optional<String> cachedETag)
      throws FetchFailure, IOException {
    Response response =
        expected.isPresent() && settings.connections() > 1
            ? beginning()
            : source.get(RangeRequest.whole(cachedETag));
    return response.unchanged() ? null : startFrom(response);
  }

  /** Requests what a small object is; the whole object where the server has no safe ranges. */
  private Response beginning() throws FetchFailure {
    Response response;
    try {
      response = source.get(RangeRequest.beginning(settings.smallBytes()));
    } catch (FetchFailure failure) {
      if (failure.isObjectChanged()) {
        // An empty object has no range, not even from its first byte.
        return source.get(RangeRequest.whole(Optional.empty()));
      }
      throw failure;
    }
    if (!response.partial()) {
      return response;
    }
    if (response.total().orElse(RangeRequest.END) <= settings.smallBytes()) {
      return response.asWhole();
    }
    if (ContentPin.of(response).supportsRanges()) {
      return response;
    }
    response.abort().run();
    return source.get(RangeRequest.whole(Optional.empty()));
  }

  private ContentDownload startFrom(Response response) throws FetchFailure, IOException {
    boolean handedOver = false;
    try {
      ContentPin pin = ContentPin.of(response);
      checkLimitAndAnnounce(pin, 0);
      ContentDownload fresh = contentDownload(pin, file.create(pin, isResumable(pin)), List.of());
      adopt(fresh);
      ByteRange first =
          response.partial()
              ? fresh.transfer().takeUpTo(settings.smallBytes())
              : fresh.transfer().takeAt(0);
      handedOver = true;
      if (first == null) {
        response.body().close();
      } else {
        fresh.transfer().start(response, first);
      }
      return fresh;
    } finally {
      if (!handedOver) {
        // Reading a refused body to its end would take as long as the download.
        response.abort().run();
      }
    }
  }

  /** Continues a partial download as long as the object is the same; null where it is not. */
  private @Nullable ContentDownload resumeFrom(PartialDownload.Checkpoint checkpoint)
      throws FetchFailure, IOException {
    ContentPin pin = checkpoint.pin();
    ArrivingFile arriving =
        ArrivingFile.resume(file.path(), pin.total().orElseThrow(), checkpoint.present());
    ContentDownload resumed = contentDownload(pin, arriving, checkpoint.present());
    ByteRange first = resumed.transfer().takeFirst();
    Response response = null;
    boolean adopted = false;
    try {
      response =
          source.get(
              first == null
                  ? RangeRequest.whole(pin.eTag())
                  : RangeRequest.part(first.from(), first.to(), pin.eTag()));
      if (first == null ? response.unchanged() : response.partial() && pin.matches(response)) {
        checkLimitAndAnnounce(pin, arriving.bytesPresent());
        adopted = true;
        adopt(resumed);
        if (first != null) {
          resumed.transfer().start(response, first);
        }
        response = null;
        return resumed;
      }
    } catch (FetchFailure failure) {
      if (!failure.isObjectChanged()) {
        throw failure;
      }
    } finally {
      if (response != null) {
        response.abort().run();
      }
      if (!adopted) {
        resumed.end(errors.stopped());
      }
    }
    file.discardPartial();
    return null;
  }

  private ContentDownload contentDownload(
      ContentPin pin, ArrivingFile arriving, List<ByteRange> present) {
    return new ContentDownload(source, settings, pin, expected, arriving, present, file.partial());
  }

  private void checkLimitAndAnnounce(ContentPin pin, long present) {
    long size = pin.total().orElse(0);
    if (size > settings.maxBytes()) {
      throw errors.oversize(size);
    }
    listener.begins(pin, present);
  }

  /** Makes a content the current one, and starts its threads. */
  private void adopt(ContentDownload started) throws FetchFailure, IOException {
    content = started;
    progress.begins(started.pin().total(), started.bytesFromBefore());
    if (started.file().isSizeKnown()) {
      listener.arriving(started.file());
    }
    // The download may have been stopped before it had a content to stop.
    throwIfStopped();
    started.start();
  }

  /**
   * A later process can find and continue a large file; a small one is faster to download again.
   */
  private boolean isResumable(ContentPin pin) {
    return pin.supportsRanges() && pin.total().orElse(0) > settings.partBytes();
  }

  // The end.

  /** Waits until all bytes are in the file, synced and hashed. */
  private Digest finish(ContentDownload current)
      throws FetchFailure, IOException, InterruptedException {
    current
        .transfer()
        .await(
            () -> {
              throwIfStopped();
              progress.tick(current.file().bytesPresent());
            });
    current.transfer().stop();
    // The hash catches up while the disk takes the last bytes.
    current.file().force();
    Digest digest;
    try {
      digest = current.awaitDigest();
    } catch (IllegalStateException e) {
      throwIfStopped();
      throw e;
    }
    current.endJournal();
    file.moveToTemporary();
    return digest;
  }

  /**
   * Verifies the content.
   *
   * @return what it was compared with; empty where the bytes of an earlier process may be wrong, so
   *     that the download starts over
   */
  private Optional<String> verify(ContentDownload arrived, Digest digest) throws IOException {
    try {
      return Optional.of(arrived.verify(digest, file.path(), () -> checksums(arrived.pin())));
    } catch (ParException e) {
      arrived.file().fail(e);
      dropContent();
      if (arrived.bytesFromBefore() == 0) {
        throw e;
      }
      events.accept(
          new ParEvent.Warned(
              e.getMessage() + " An earlier process downloaded a part of it.",
              "PAR downloads the whole package again."));
      return Optional.empty();
    }
  }

  /** S3's checksums of a content; none where it does not tell them. */
  private Map<String, String> checksums(ContentPin pin) {
    try {
      Response whole = source.get(RangeRequest.part(0, RangeRequest.END, pin.eTag()));
      whole.abort().run();
      return whole.checksums();
    } catch (FetchFailure e) {
      return pin.checksums();
    }
  }

  private void dropContent() {
    ContentDownload dropped = content;
    content = null;
    if (dropped != null) {
      wireBytesBefore += dropped.transfer().wireBytes();
      dropped.end(errors.stopped());
    }
    file.discardPartial();
  }

  /** Ends all threads of the download. An unfinished one is kept for the next process. */
  @Override
  public void close() {
    stop.set(StopReason.CLOSED);
    ContentDownload last = content;
    if (last != null) {
      last.end(errors.stopped());
    }
    file.close();
  }

  public boolean isClosed() {
    return stop.get() == StopReason.CLOSED;
  }
}
