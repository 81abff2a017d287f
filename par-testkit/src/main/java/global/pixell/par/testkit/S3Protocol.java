package global.pixell.par.testkit;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** From a request to its record: route, scripted fault, gate, operation, answer. */
final class S3Protocol {

  private final Fixtures objects;
  private final Faults faults;
  private final Neighbours neighbours;
  private final Gate gate;
  private final FakeClock clock;
  private final Line line;
  private final Ledger ledger;
  private final Consumer<RequestRecord> answered;
  private final Operations operations;

  S3Protocol(
      ObjectStore store,
      BucketPolicies policies,
      Faults faults,
      Neighbours neighbours,
      Gate gate,
      FakeClock clock,
      Line line,
      Ledger ledger,
      Consumer<RequestRecord> answered) {
    objects = new Fixtures(store);
    this.faults = faults;
    this.neighbours = neighbours;
    this.gate = gate;
    this.clock = clock;
    this.line = line;
    this.ledger = ledger;
    this.answered = answered;
    operations = new Operations(store, policies);
  }

  void handle(HttpRequest wire, HttpConnection connection) throws IOException {
    line.delay();
    var writer = new AnswerWriter(connection, wire.method().equals("HEAD"), clock);
    try {
      Optional<Neighbours.Visit> visit = neighbours.visit(wire);
      if (visit.isPresent()) {
        handle(visit.get(), writer);
      } else {
        handle(new Exchange(S3Request.of(wire), objects, connection, clock.waits()), writer);
      }
    } catch (S3Failure failure) {
      handle(failure, writer);
    }
  }

  /** An address that cannot be read: what was asked for stays unknown. */
  private void handle(S3Failure failure, AnswerWriter writer) throws IOException {
    var trail = new Trail();
    Ledger.Line entered =
        ledger.begin(trail, () -> entry(failure.code(), "", "", "", writer, trail));
    try {
      writer.fail(failure);
    } finally {
      answered.accept(entered.end());
    }
  }

  private void handle(Neighbours.Visit visit, AnswerWriter writer) throws IOException {
    var trail = new Trail();
    Supplier<RequestRecord> state = () -> entry(visit.operation(), "", "", "", writer, trail);
    Ledger.Line entered = ledger.begin(trail, state);
    try {
      writer.send(neighbours.answer(visit, trail));
    } finally {
      answered.accept(entered.end());
    }
  }

  private void handle(Exchange exchange, AnswerWriter writer) throws IOException {
    var trail = new Trail();
    Supplier<RequestRecord> state = () -> state(exchange.request(), writer, trail);
    Ledger.Line entered = ledger.begin(trail, state);
    try {
      answer(exchange, writer, trail);
    } catch (S3Failure failure) {
      writer.fail(failure);
    } catch (RuntimeException e) {
      // A bug of the fake must look like one of S3, and not hang the client.
      writer.fail(S3Failure.internalError(e));
    } finally {
      answered.accept(entered.end());
    }
  }

  private static RequestRecord state(S3Request request, AnswerWriter writer, Trail trail) {
    return entry(
        request.operation().title(),
        request.bucket(),
        request.key(),
        request.header("Range"),
        writer,
        trail);
  }

  private void answer(Exchange exchange, AnswerWriter writer, Trail trail) throws IOException {
    Fault fault = faults.next(exchange.request());
    trail.fault(fault.name());
    Admission admission = admission(exchange.request(), trail);
    before(fault, exchange, trail);
    Answer answer = fault.change(admitted(exchange.request(), admission.pass()));
    writer.send(answer, wire -> fault.body(exchange, wire));
  }

  /** What the gate says, which is kept back: a fault may answer in its place. */
  private interface Admission {
    AuthorizedRequest pass() throws S3Failure;
  }

  private Admission admission(S3Request request, Trail trail) {
    try {
      AuthorizedRequest pass = gate.admit(request, trail);
      return () -> pass;
    } catch (S3Failure failure) {
      return () -> {
        throw failure;
      };
    }
  }

  private static void before(Fault fault, Exchange exchange, Trail trail) throws IOException {
    try {
      fault.before(exchange);
    } catch (S3Failure | ConnectionLost e) {
      trail.cutShort();
      throw e;
    }
  }

  private static RequestRecord entry(
      String operation, String bucket, String key, String range, AnswerWriter writer, Trail trail) {
    return new RequestRecord(
        operation,
        bucket,
        key,
        range,
        writer.status(),
        writer.bytes(),
        trail.principal(),
        trail.entries(),
        trail.fault());
  }

  private Answer admitted(S3Request request, AuthorizedRequest pass) throws IOException {
    try {
      return operations.run(request.withBody(pass.body()), pass);
    } catch (S3Failure failure) {
      // What a copy misses is its source, which it asks about itself.
      boolean missing = failure.code().equals("NoSuchKey") && !request.copies();
      throw missing ? pass.missing(request, failure) : failure;
    } catch (ConnectionLost e) {
      throw e;
    } catch (IOException e) {
      throw S3Failure.internalError(e);
    }
  }
}
