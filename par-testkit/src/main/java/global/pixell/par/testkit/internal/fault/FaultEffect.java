package global.pixell.par.testkit.internal.fault;

import global.pixell.par.testkit.internal.http.ConnectionClosedException;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import java.io.IOException;
import java.io.OutputStream;

/**
 * The effect of a fault on one answer, at up to three points: before the server makes the answer,
 * in its head, and while the server sends its body. Stateless, because many requests may meet it at
 * once.
 */
public interface FaultEffect {

  /** No effect. */
  FaultEffect NONE = () -> "";

  /** The name that the journal shows, for instance {@code resetAt(1000)}. */
  String name();

  /**
   * Called before the server processes the request.
   *
   * @throws S3ErrorException to answer with this error
   * @throws ConnectionClosedException after the fault has closed the connection
   */
  default void before(FaultContext context) throws IOException {}

  /** The changed answer. */
  default S3Response change(S3Response answer) {
    return answer;
  }

  /**
   * The stream to which the server writes the body.
   *
   * @param wire the stream to the client
   */
  default OutputStream body(FaultContext context, OutputStream wire) {
    return wire;
  }

  /** Combines both effects. The bytes pass this effect first, then the other one. */
  default FaultEffect and(FaultEffect other) {
    FaultEffect first = this;
    return new FaultEffect() {
      @Override
      public String name() {
        return first.name() + " and " + other.name();
      }

      @Override
      public void before(FaultContext context) throws IOException {
        first.before(context);
        other.before(context);
      }

      @Override
      public S3Response change(S3Response answer) {
        return other.change(first.change(answer));
      }

      @Override
      public OutputStream body(FaultContext context, OutputStream wire) {
        return first.body(context, other.body(context, wire));
      }
    };
  }
}
