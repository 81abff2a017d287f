package global.pixell.par.internal.download;

import global.pixell.par.internal.download.partial.ArrivingFile;
import global.pixell.par.internal.download.partial.ByteRange;
import global.pixell.par.internal.remote.FetchFailure;
import global.pixell.par.internal.remote.ObjectSource;
import global.pixell.par.internal.remote.ObjectSource.RangeRequest;
import global.pixell.par.internal.remote.ObjectSource.Response;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a {@link Transfer}, on a thread of its own: it reads one part after the other,
 * until the transfer has none for it.
 *
 * <p>Java cannot stop a thread that waits for a silent socket. So such a worker is {@linkplain
 * #abandon abandoned}: its part goes to another worker, and its thread ends when the socket
 * delivers or times out. Its late bytes do no harm, because an {@link ArrivingFile} takes each byte
 * once, and none after its end.
 */
final class RangeWorker implements Runnable {

  private static final int BUFFER = 128 << 10;

  /**
   * The part that a worker reads.
   *
   * @param startedAt when it got the part, by the settings' clock
   * @param hedged whether a second worker reads it too
   */
  record Assignment(ByteRange part, long startedAt, boolean hedged) {}

  private final Transfer transfer;
  private final ObjectSource source;
  private final ArrivingFile file;
  private final StallMeter meter;
  private final byte[] buffer = new byte[BUFFER];
  private final AtomicLong received = new AtomicLong();
  private @Nullable Response firstResponse;
  private volatile @Nullable Assignment assignment;
  private volatile boolean abandoned;
  private volatile boolean mayYield;
  private volatile boolean writing;
  private volatile boolean readsOn;
  private long responseEnd;

  /**
   * Makes a worker without a part.
   *
   * @param firstResponse a response that has come already and holds the first part
   */
  RangeWorker(
      Transfer transfer,
      ObjectSource source,
      ArrivingFile file,
      StallMeter meter,
      @Nullable Response firstResponse) {
    this.transfer = transfer;
    this.source = source;
    this.file = file;
    this.meter = meter;
    this.firstResponse = firstResponse;
    readsOn = firstResponse != null && !firstResponse.partial();
  }

  // For the transfer, under its lock.

  @Nullable Assignment assignment() {
    return assignment;
  }

  void assign(@Nullable Assignment next) {
    assignment = next;
  }

  long received() {
    return received.get();
  }

  void abandon() {
    abandoned = true;
  }

  boolean isAbandoned() {
    return abandoned;
  }

  /** Whether others may help as soon as nothing of the response is under way. */
  void mayYield(boolean yes) {
    mayYield = yes;
  }

  /** Whether its response brings what follows its part, too. */
  boolean readsOn() {
    return readsOn;
  }

  /** Starts a new window of the stall rule. */
  void restartMeter() {
    meter.restart(received());
  }

  /** The bytes of the last window, where they are too few. Waiting for the disk does not count. */
  OptionalLong stalledWith() {
    if (writing) {
      restartMeter();
    }
    return meter.stalledWith(received());
  }

  @Override
  public void run() {
    try {
      for (ByteRange part = transfer.onStart(this); part != null; part = transfer.nextRange(this)) {
        fetch(part);
      }
      transfer.onFinished(this);
    } catch (FetchFailure failure) {
      transfer.onFailed(this, failure);
    } catch (RuntimeException | Error e) {
      transfer.onCrashed(this, e);
    }
  }

  private void fetch(ByteRange wanted) throws FetchFailure {
    Response response = firstResponse;
    firstResponse = null;
    boolean checked = response != null;
    if (response == null) {
      response = request(wanted);
    }
    boolean drained = false;
    try {
      if (!abandoned) {
        if (checked) {
          responseEnd = response.partial() ? wanted.to() : transfer.total();
        }
        ByteRange range = checked ? wanted : transfer.accept(this, response, wanted);
        drained = range != null && copy(response, range);
      }
    } catch (IOException e) {
      if (!abandoned && !transfer.hasAllOf(this)) {
        throw endedEarly(e) ? transfer.shortBody() : source.broken(e);
      }
    } finally {
      meter.readingBody(false, received());
      end(response, drained);
    }
  }

  private Response request(ByteRange wanted) throws FetchFailure {
    RangeRequest request = transfer.request(this, wanted);
    long to = Math.min(request.to(), transfer.total());
    readsOn = to > wanted.to();
    Response response = source.get(request);
    readsOn |= !response.partial();
    responseEnd = response.partial() ? to : transfer.total();
    transfer.onResponse();
    return response;
  }

  /** Closing a drained body keeps the connection for the next request; aborting closes it. */
  private static void end(Response response, boolean drained) {
    if (drained) {
      try {
        response.body().close();
        return;
      } catch (IOException e) {
        // All bytes have been read; only the connection cannot be used again.
      }
    }
    response.abort().run();
  }

  /**
   * Copies the body up to the end of the range. A response without an end of its own continues with
   * the parts that follow, as long as no other worker has them.
   *
   * @return whether the body was read to its end
   */
  private boolean copy(Response response, ByteRange range) throws IOException, FetchFailure {
    InputStream body = response.body();
    long offset = response.start();
    long end = range.to();
    boolean openEnded = readsOn;
    meter.readingBody(true, received());
    while (true) {
      if (offset == end) {
        end = openEnded ? transfer.extendTo(this, offset) : offset;
        if (offset == end) {
          return offset == responseEnd;
        }
      }
      int n = read(body, (int) Math.min(BUFFER, end - offset));
      if (abandoned) {
        return false;
      }
      if (n < 0) {
        if (end != RangeRequest.END) {
          throw transfer.shortBody();
        }
        file.setSize(offset);
        return true;
      }
      received.addAndGet(n);
      transfer.onReceived(offset + n, n);
      write(offset, ByteBuffer.wrap(buffer, 0, n));
      offset += n;
      if (isHedged() && transfer.isPresent(range)) {
        return false;
      }
      if (mayYield && offset != end && body.available() == 0) {
        mayYield = false;
        if (transfer.onYield(this)) {
          return false;
        }
      }
    }
  }

  private boolean isHedged() {
    Assignment current = assignment;
    return current != null && current.hedged();
  }

  private int read(InputStream body, int max) throws IOException {
    try {
      return body.read(buffer, 0, max);
    } catch (RuntimeException e) {
      // The SDK's streams throw unchecked exceptions too.
      throw new IOException(e);
    }
  }

  private void write(long offset, ByteBuffer bytes) {
    writing = true;
    try {
      file.write(offset, bytes);
    } catch (IOException e) {
      throw file.writeError(e);
    } finally {
      writing = false;
    }
  }

  /**
   * Java versions differ: a body that is too short is an end of file, or an exception of its own.
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
}
