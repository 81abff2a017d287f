package global.pixell.par.testkit.internal.fault;

import global.pixell.par.testkit.internal.http.ConnectionClosedException;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import java.io.IOException;
import java.io.OutputStream;

/**
 * What goes wrong with one answer, at up to three places: before it is made, in its head, and on
 * the way of its body to the wire. Stateless, for one may befall many requests at once.
 */
public interface FaultEffect {

  /** Nothing. */
  FaultEffect NONE = () -> "";

  /** As it is scripted, for instance {@code resetAt(1000)}; the record of requests has it. */
  String name();

  /**
   * Before anything is looked up.
   *
   * @throws S3ErrorException to answer with that
   * @throws ConnectionClosedException after ending the connection
   */
  default void before(FaultContext context) throws IOException {}

  /** What is answered instead. */
  default S3Response change(S3Response answer) {
    return answer;
  }

  /**
   * What the body is written to instead.
   *
   * @param wire where it should go
   */
  default OutputStream body(FaultContext context, OutputStream wire) {
    return wire;
  }

  /** Both, the other one nearer to the wire. */
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
