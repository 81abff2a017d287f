package global.pixell.par;

import global.pixell.par.ParException.Kind;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * One object into one file: hashed while it arrives, its length checked, gone on with from the last
 * good byte when a connection dies.
 *
 * <p>For one thread, but for {@link #cancel()}.
 */
final class Download {

  /** What has arrived, all of it. */
  record Result(
      boolean unchanged,
      long bytes,
      Digest digest,
      Optional<String> eTag,
      Optional<String> versionId,
      int attempts,
      long wireBytes,
      Duration duration) {}

  private static final int BUFFER = 1 << 16;
  private static final Duration PROGRESS_EVERY = Duration.ofSeconds(1);
  private static final Digest NOTHING = Sha256.of(new byte[0]);

  private final ObjectSource source;
  private final long maxBytes;
  private final Consumer<ParEvent> events;
  private final LongSupplier nanoClock;
  private volatile Runnable abort = () -> {};
  private volatile boolean cancelled;

  private MessageDigest sha256 = Sha256.start();
  private long received;
  private long wireBytes;
  private int attempts;
  private int restarts;
  private Optional<String> eTag = Optional.empty();
  private Optional<String> versionId = Optional.empty();
  private OptionalLong total = OptionalLong.empty();
  private long started;
  private long lastProgress;

  Download(ObjectSource source, long maxBytes, Consumer<ParEvent> events, LongSupplier nanoClock) {
    this.source = source;
    this.maxBytes = maxBytes;
    this.events = events;
    this.nanoClock = nanoClock;
  }

  /** Ends the download from another thread: the connection is dropped at once. */
  void cancel() {
    cancelled = true;
    drop();
  }

  /** Takes away whatever connection there is. */
  private void drop() {
    source.abort();
    abort.run();
  }

  /**
   * Downloads to a new file, synced to the disk when this returns.
   *
   * @param file must not exist
   * @param held the entity tag of the content at hand, for a conditional request
   * @param beforeBody told the size before the first body byte; may refuse
   */
  Result to(
      Path file,
      Optional<String> held,
      FetchRetry retry,
      Consumer<ObjectSource.Response> beforeBody) {
    started = nanoClock.getAsLong();
    lastProgress = started;
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      boolean unchanged =
          retry.run(
              new FetchRetry.Attempt<Boolean>() {
                @Override
                public Boolean run(int number) throws FetchFailure {
                  return attempt(channel, held, beforeBody);
                }

                @Override
                public void abort() {
                  drop();
                }
              },
              (number, delay, failure) ->
                  events.accept(new ParEvent.Retried(number, delay, failure.error().getMessage())));
      channel.force(true);
      Digest digest = unchanged ? NOTHING : Digest.ofBytes(sha256.digest());
      Duration duration = Duration.ofNanos(nanoClock.getAsLong() - started);
      return new Result(
          unchanged, received, digest, eTag, versionId, attempts, wireBytes, duration);
    } catch (IOException e) {
      throw DiskErrors.of("write the download to " + file, e);
    }
  }

  private boolean attempt(
      FileChannel channel, Optional<String> held, Consumer<ObjectSource.Response> beforeBody)
      throws FetchFailure {
    attempts++;
    throwIfCancelled();
    ObjectSource.Response response;
    try {
      response =
          source.get(
              received > 0
                  ? ObjectSource.Ask.part(received, ObjectSource.Ask.END, eTag)
                  : ObjectSource.Ask.whole(held));
    } catch (FetchFailure failure) {
      throwIfCancelled();
      throw restartOnce(channel, failure);
    }
    if (response.unchanged()) {
      eTag = response.eTag();
      return true;
    }
    abort = response.abort();
    boolean whole = false;
    try (InputStream body = response.body()) {
      throwIfCancelled();
      if (received > 0 && response.start() != received) {
        reset(channel);
      }
      if (received == 0) {
        total = response.total();
        eTag = response.eTag();
        versionId = response.versionId();
        refuseOversize(total.orElse(0));
        beforeBody.accept(response);
      }
      copy(body, channel);
      whole = true;
    } catch (IOException e) {
      throwIfCancelled();
      throw endedEarly(e) ? shortBody() : source.broken(e);
    } finally {
      abort = () -> {};
      if (!whole) {
        // Reading a broken or refused body to its end would take as long as the download.
        response.abort().run();
      }
    }
    if (total.isPresent() && received != total.getAsLong()) {
      throw shortBody();
    }
    return false;
  }

  /** A changed object cannot be gone on with: once, the download begins anew. */
  private FetchFailure restartOnce(FileChannel channel, FetchFailure failure) {
    if (!failure.changed() || restarts++ > 0) {
      return failure;
    }
    try {
      reset(channel);
    } catch (IOException e) {
      throw DiskErrors.of("restart the download", e);
    }
    return FetchFailure.passing(failure.error(), Optional.empty());
  }

  private void reset(FileChannel channel) throws IOException {
    channel.truncate(0);
    channel.position(0);
    received = 0;
    sha256 = Sha256.start();
  }

  private void copy(InputStream body, FileChannel channel) throws IOException {
    byte[] buffer = new byte[BUFFER];
    for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
      throwIfCancelled();
      wireBytes += n;
      refuseOversize(received + n);
      sha256.update(buffer, 0, n);
      write(channel, ByteBuffer.wrap(buffer, 0, n));
      received += n;
      progress();
    }
  }

  private static void write(FileChannel channel, ByteBuffer bytes) {
    try {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException e) {
      throw DiskErrors.of("write the download", e);
    }
  }

  private void progress() {
    long now = nanoClock.getAsLong();
    if (now - lastProgress < PROGRESS_EVERY.toNanos()) {
      return;
    }
    lastProgress = now;
    double rate = received / ((now - started) / 1e9);
    Optional<Duration> eta =
        total.isPresent()
            ? Optional.of(Duration.ofMillis((long) ((total.getAsLong() - received) * 1000 / rate)))
            : Optional.empty();
    events.accept(new ParEvent.Downloading(source.address(), received, total, rate, eta));
  }

  private void refuseOversize(long bytes) {
    if (bytes > maxBytes) {
      throw new ParException(
          Kind.BAD_PACKAGE,
          "The package "
              + source.address()
              + " is "
              + bytes
              + " bytes or more, over the limit of "
              + maxBytes
              + ".",
          "Make the package smaller, or raise MAX_PACKAGE_SIZE_MB.");
    }
  }

  /**
   * Some Java versions report a body that is too short as an end, others as an exception of their
   * own.
   */
  private static boolean endedEarly(IOException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof EOFException
          || String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT).contains("premature")) {
        return true;
      }
    }
    return false;
  }

  private FetchFailure shortBody() {
    return FetchFailure.passing(
        new ParException(
            Kind.CORRUPT,
            "The body of "
                + source.address()
                + " ended after "
                + received
                + " of "
                + total.orElse(-1)
                + " bytes.",
            "Try again; a proxy or the network between cuts connections."),
        Optional.empty());
  }

  private void throwIfCancelled() {
    if (cancelled || Thread.currentThread().isInterrupted()) {
      throw new ParException(
          Kind.CANCELLED,
          "The fetch of " + source.address() + " was stopped.",
          "Fetch again to begin anew.");
    }
  }
}
