package global.pixell.par.internal.download;

import global.pixell.par.internal.download.partial.ArrivingFile;
import global.pixell.par.internal.download.partial.ByteRangeSet.Range;
import global.pixell.par.internal.remote.FetchFailure;
import global.pixell.par.internal.remote.ObjectSource;
import global.pixell.par.internal.remote.ObjectSource.RangeRequest;
import global.pixell.par.internal.remote.ObjectSource.Response;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a {@link Transfer} at work, in a thread of its own: part after part, until
 * there is none left.
 *
 * <p>Java cannot stop a thread that waits for a silent socket. Such a connection is {@linkplain
 * #abandon abandoned} instead: its part goes to another, and it ends by itself as soon as its
 * socket speaks or times out. What it still brings does no harm, for an {@link ArrivingFile} takes
 * every byte once, and none at the end.
 */
final class RangeWorker implements Runnable {

  private static final int BUFFER = 128 << 10;

  private final Transfer transfer;
  private final ObjectSource source;
  private final ArrivingFile file;
  private @Nullable Response answered;

  // Of the part at hand; written by the transfer, which guards them.
  @Nullable Range part;
  long partSince;
  volatile boolean hedged;

  // For the transfer's stall rule, which guards them too.
  boolean reading;
  long markedAt;
  long markedBytes;
  private final byte[] buffer = new byte[BUFFER];
  private final AtomicLong received = new AtomicLong();
  private volatile boolean abandoned;
  private volatile boolean writing;

  /**
   * @param answered an answer at hand, to begin with
   */
  RangeWorker(
      Transfer transfer, ObjectSource source, ArrivingFile file, @Nullable Response answered) {
    this.transfer = transfer;
    this.source = source;
    this.file = file;
    this.answered = answered;
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

  /** Whether it waits for the disk, which says nothing of the network. */
  boolean isWriting() {
    return writing;
  }

  @Override
  public void run() {
    try {
      for (Range next = transfer.firstOf(this); next != null; next = transfer.next(this)) {
        fetch(next);
      }
      transfer.left(this);
    } catch (FetchFailure failure) {
      transfer.failed(this, failure);
    } catch (RuntimeException | Error e) {
      transfer.broke(this, e);
    }
  }

  private void fetch(Range wanted) throws FetchFailure {
    Response response = answered;
    answered = null;
    boolean asked = response == null;
    if (response == null) {
      long total = transfer.total();
      response =
          source.get(
              RangeRequest.part(
                  wanted.from(),
                  wanted.to() == total ? RangeRequest.END : wanted.to(),
                  transfer.eTag()));
      transfer.requested();
    }
    boolean drained = false;
    try {
      if (!abandoned) {
        Range range = asked ? transfer.agreed(this, response, wanted) : wanted;
        drained = range != null && copy(response, range);
      }
    } catch (IOException e) {
      if (!abandoned && !transfer.hasAllOf(this)) {
        throw endedEarly(e) ? transfer.shortBody() : source.broken(e);
      }
    } finally {
      transfer.reading(this, false);
      end(response, drained);
    }
  }

  /** An abort closes the connection; a close after the last byte keeps it for the next request. */
  private static void end(Response response, boolean drained) {
    if (drained) {
      try {
        response.body().close();
        return;
      } catch (IOException e) {
        // It has given all it had.
      }
    }
    response.abort().run();
  }

  /**
   * Takes bytes until the end of the range; an answer with no end of its own goes on with what
   * follows, as long as nobody else does.
   *
   * @return whether the body was read to its end
   */
  private boolean copy(Response response, Range range) throws IOException, FetchFailure {
    InputStream body = response.body();
    long at = response.start();
    long end = range.to();
    boolean open = !response.partial();
    transfer.reading(this, true);
    while (true) {
      if (at == end) {
        end = open ? transfer.goingOnAt(this, at) : at;
        if (at == end) {
          return !open || at == transfer.total();
        }
      }
      int n = read(body, (int) Math.min(BUFFER, end - at));
      if (abandoned) {
        return false;
      }
      if (n < 0) {
        if (end != RangeRequest.END) {
          throw transfer.shortBody();
        }
        transfer.endedAt(at);
        return true;
      }
      received.addAndGet(n);
      transfer.received(at + n, n);
      write(at, ByteBuffer.wrap(buffer, 0, n));
      at += n;
      if (hedged && transfer.isHere(range)) {
        return false;
      }
    }
  }

  /** The SDK's streams have unchecked exceptions too. */
  private int read(InputStream body, int most) throws IOException {
    try {
      return body.read(buffer, 0, most);
    } catch (RuntimeException e) {
      throw new IOException(e);
    }
  }

  private void write(long at, ByteBuffer bytes) {
    writing = true;
    try {
      file.write(at, bytes);
    } catch (IOException e) {
      throw file.unwritable(e);
    } finally {
      writing = false;
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
}
