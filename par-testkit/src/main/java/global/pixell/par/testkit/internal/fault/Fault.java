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
public interface Fault {

  /** Nothing. */
  Fault NONE = () -> "";

  /** As it is scripted, for instance {@code resetAt(1000)}; the record of requests has it. */
  String name();

  /**
   * Before anything is looked up.
   *
   * @throws S3ErrorException to answer with that
   * @throws ConnectionClosedException after ending the connection
   */
  default void before(FaultContext exchange) throws IOException {}

  /** What is answered instead. */
  default S3Response change(S3Response answer) {
    return answer;
  }

  /**
   * What the body is written to instead.
   *
   * @param wire where it should go
   */
  default OutputStream body(FaultContext exchange, OutputStream wire) {
    return wire;
  }

  /** Both, the other one nearer to the wire. */
  default Fault and(Fault other) {
    Fault first = this;
    return new Fault() {
      @Override
      public String name() {
        return first.name() + " and " + other.name();
      }

      @Override
      public void before(FaultContext exchange) throws IOException {
        first.before(exchange);
        other.before(exchange);
      }

      @Override
      public S3Response change(S3Response answer) {
        return other.change(first.change(answer));
      }

      @Override
      public OutputStream body(FaultContext exchange, OutputStream wire) {
        return first.body(exchange, other.body(exchange, wire));
      }
    };
  }
}
