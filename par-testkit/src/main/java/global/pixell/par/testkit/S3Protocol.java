package global.pixell.par.testkit;

import global.pixell.par.testkit.internal.fault.FaultContext;
import global.pixell.par.testkit.internal.fault.FaultEffect;
import global.pixell.par.testkit.internal.fault.FaultQueue;
import global.pixell.par.testkit.internal.http.ConnectionClosedException;
import global.pixell.par.testkit.internal.http.HttpConnection;
import global.pixell.par.testkit.internal.http.HttpRequest;
import global.pixell.par.testkit.internal.http.NetworkConditions;
import global.pixell.par.testkit.internal.s3.AuthorizedRequest;
import global.pixell.par.testkit.internal.s3.Authorizer;
import global.pixell.par.testkit.internal.s3.BucketPolicies;
import global.pixell.par.testkit.internal.s3.ObjectSeeder;
import global.pixell.par.testkit.internal.s3.Operations;
import global.pixell.par.testkit.internal.s3.OtherServiceHandler;
import global.pixell.par.testkit.internal.s3.RequestAudit;
import global.pixell.par.testkit.internal.s3.RequestJournal;
import global.pixell.par.testkit.internal.s3.RequestRecord;
import global.pixell.par.testkit.internal.s3.S3Request;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** From a request to its record: route, scripted fault, gate, operation, answer. */
final class S3Protocol {

  private final ObjectSeeder objects;
  private final FaultQueue faults;
  private final OtherServiceHandler neighbours;
  private final Authorizer gate;
  private final FakeClock clock;
  private final NetworkConditions line;
  private final RequestJournal ledger;
  private final Consumer<RequestRecord> answered;
  private final Operations operations;

  S3Protocol(
      ObjectStore store,
      BucketPolicies policies,
      FaultQueue faults,
      OtherServiceHandler neighbours,
      Authorizer gate,
      FakeClock clock,
      NetworkConditions line,
      RequestJournal ledger,
      Consumer<RequestRecord> answered) {
    objects = new ObjectSeeder(store);
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
    var writer = new ResponseWriter(connection, wire.method().equals("HEAD"), clock);
    try {
      Optional<OtherServiceHandler.ServiceRequest> visit = neighbours.visit(wire);
      if (visit.isPresent()) {
        handle(visit.get(), writer);
      } else {
        handle(
            new FaultContext(S3Request.of(wire), objects, connection, clock, clock.waits()),
            writer);
      }
    } catch (S3ErrorException failure) {
      handle(failure, writer);
    }
  }

  /** An address that cannot be read: what was asked for stays unknown. */
  private void handle(S3ErrorException failure, ResponseWriter writer) throws IOException {
    var trail = new RequestAudit();
    RequestJournal.JournalEntry entered =
        ledger.begin(trail, () -> entry(failure.code(), "", "", "", writer, trail));
    try {
      writer.fail(failure);
    } finally {
      answered.accept(entered.end());
    }
  }

  private void handle(OtherServiceHandler.ServiceRequest visit, ResponseWriter writer)
      throws IOException {
    var trail = new RequestAudit();
    Supplier<RequestRecord> state = () -> entry(visit.operation(), "", "", "", writer, trail);
    RequestJournal.JournalEntry entered = ledger.begin(trail, state);
    try {
      writer.send(neighbours.answer(visit, trail));
    } finally {
      answered.accept(entered.end());
    }
  }

  private void handle(FaultContext exchange, ResponseWriter writer) throws IOException {
    var trail = new RequestAudit();
    Supplier<RequestRecord> state = () -> state(exchange.request(), writer, trail);
    RequestJournal.JournalEntry entered = ledger.begin(trail, state);
    try {
      answer(exchange, writer, trail);
    } catch (S3ErrorException failure) {
      writer.fail(failure);
    } catch (RuntimeException e) {
      // A bug of the fake must look like one of S3, and not hang the client.
      writer.fail(S3ErrorException.internalError(e));
    } finally {
      answered.accept(entered.end());
    }
  }

  private static RequestRecord state(S3Request request, ResponseWriter writer, RequestAudit trail) {
    return entry(
        request.operation().title(),
        request.bucket(),
        request.key(),
        request.header("Range"),
        writer,
        trail);
  }

  private void answer(FaultContext exchange, ResponseWriter writer, RequestAudit trail)
      throws IOException {
    FaultEffect fault = faults.next(exchange.request());
    trail.fault(fault.name());
    Admission admission = admission(exchange.request(), trail);
    before(fault, exchange, trail);
    S3Response answer = fault.change(admitted(exchange.request(), admission.pass()));
    writer.send(answer, wire -> fault.body(exchange, wire));
  }

  /** What the gate says, which is kept back: a fault may answer in its place. */
  private interface Admission {
    AuthorizedRequest pass() throws S3ErrorException;
  }

  private Admission admission(S3Request request, RequestAudit trail) {
    try {
      AuthorizedRequest pass = gate.admit(request, trail);
      return () -> pass;
    } catch (S3ErrorException failure) {
      return () -> {
        throw failure;
      };
    }
  }

  private static void before(FaultEffect fault, FaultContext exchange, RequestAudit trail)
      throws IOException {
    try {
      fault.before(exchange);
    } catch (S3ErrorException | ConnectionClosedException e) {
      trail.cutShort();
      throw e;
    }
  }

  private static RequestRecord entry(
      String operation,
      String bucket,
      String key,
      String range,
      ResponseWriter writer,
      RequestAudit trail) {
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

  private S3Response admitted(S3Request request, AuthorizedRequest pass) throws IOException {
    try {
      return operations.run(request.withBody(pass.body()), pass);
    } catch (S3ErrorException failure) {
      // What a copy misses is its source, which it asks about itself.
      boolean missing = failure.code().equals("NoSuchKey") && !request.copies();
      throw missing ? pass.missing(request, failure) : failure;
    } catch (ConnectionClosedException e) {
      throw e;
    } catch (IOException e) {
      throw S3ErrorException.internalError(e);
    }
  }
}
