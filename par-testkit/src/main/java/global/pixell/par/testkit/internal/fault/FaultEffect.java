package global.pixell.par.testkit.internal.fault;

import global.pixell.par.testkit.internal.http.ConnectionClosedException;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import java.io.IOException;
import java.io.OutputStream;

/**
 * The effect of a fault on one answer, at up to three places: before it is made, in its head, and
 * while its body is sent. Stateless, because it may happen to many requests at once.
 */
public interface FaultEffect {

  /** Nothing. */
  FaultEffect NONE = () -> "";

  /** The name that the journal shows, for instance {@code resetAt(1000)}. */
  String name();

  /**
   * Called before the request is looked at.
   *
   * @throws S3ErrorException to answer with that
   * @throws ConnectionClosedException after ending the connection
   */
  default void before(FaultContext context) throws IOException {}

  /** The changed answer. */
  default S3Response change(S3Response answer) {
    return answer;
  }

  /**
   * The stream that the body is written to.
   *
   * @param wire the stream to the client
   */
  default OutputStream body(FaultContext context, OutputStream wire) {
    return wire;
  }

  /** Both effects; the other one is nearer to the client. */
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
