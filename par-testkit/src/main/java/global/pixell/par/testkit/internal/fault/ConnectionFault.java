package global.pixell.par.testkit.internal.fault;

import global.pixell.par.testkit.internal.http.ByteOffsetTrigger;
import global.pixell.par.testkit.internal.http.ConnectionClosedException;
import global.pixell.par.testkit.internal.http.HttpConnection;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Breaks the connection.
 *
 * @param at the position in the body; {@link #BEFORE_HEAD} for before the head
 */
public record ConnectionFault(Ending ending, long at) implements FaultEffect {

  public static final long BEFORE_HEAD = -1;

  /** How the connection breaks. */
  public enum Ending {
    /** With a reset, as an overloaded or dying server does. */
    RESET("reset") {
      @Override
      void end(HttpConnection connection) throws IOException {
        connection.reset();
      }
    },
    /** With a regular end (TCP FIN), although Content-Length announced more. */
    TRUNCATE("truncate") {
      @Override
      void end(HttpConnection connection) throws IOException {
        connection.socket().close();
      }
    },
    /**
     * Not at all: the connection stays open and silent until the client or the server closes it.
     */
    STALL("stall") {
      @Override
      void end(HttpConnection connection) throws IOException {
        connection.awaitPeerGone();
        connection.socket().close();
      }
    };

    private final String word;

    Ending(String word) {
      this.word = word;
    }

    abstract void end(HttpConnection connection) throws IOException;
  }

  @Override
  public String name() {
    return at == BEFORE_HEAD ? ending.word : ending.word + "At(" + at + ")";
  }

  @Override
  public void before(FaultContext context) throws IOException {
    if (at == BEFORE_HEAD) {
      ending.end(context.connection());
      throw new ConnectionClosedException("ended by the fault " + name());
    }
  }

  @Override
  public OutputStream body(FaultContext context, OutputStream wire) {
    return new ByteOffsetTrigger(wire, at) {
      @Override
      protected void reached() throws IOException {
        wire.flush();
        ending.end(context.connection());
        throw new ConnectionClosedException("ended by the fault " + name());
      }
    };
  }
}
