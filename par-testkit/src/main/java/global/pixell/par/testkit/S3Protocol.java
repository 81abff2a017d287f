package global.pixell.par.testkit;

import java.io.IOException;
import java.time.Clock;
import java.util.Optional;

/** From a request to its record: route, scripted fault, gate, operation, answer. */
final class S3Protocol {

  private final Faults faults;
  private final Gate gate;
  private final Clock clock;
  private final Ledger ledger;
  private final Operations operations;

  S3Protocol(
      ObjectStore store,
      BucketPolicies policies,
      Faults faults,
      Gate gate,
      Clock clock,
      Ledger ledger) {
    this.faults = faults;
    this.gate = gate;
    this.clock = clock;
    this.ledger = ledger;
    operations = new Operations(store, policies);
  }

  void handle(WireServer.Request wire, WireServer.Connection connection) throws IOException {
    var writer = new AnswerWriter(connection, wire.method().equals("HEAD"), clock);
    try {
      handle(S3Request.of(wire), writer);
    } catch (S3Failure failure) {
      writer.fail(failure);
    } catch (RuntimeException e) {
      // A bug of the fake must look like one of S3, and not hang the client.
      writer.fail(
          new S3Failure(
              500,
              "InternalError",
              "We encountered an internal error. Please try again. (" + e + ")"));
    }
  }

  private void handle(S3Request request, AnswerWriter writer) throws IOException {
    var trail = new Trail();
    ledger.begin(
        trail,
        () ->
            new FakeS3.Request(
                request.operation().title(),
                request.bucket(),
                request.key(),
                request.header("Range"),
                writer.status(),
                writer.bytes(),
                trail.principal().arn(),
                trail.accesses(),
                trail.fault()));
    answer(request, writer, trail);
  }

  private void answer(S3Request request, AnswerWriter writer, Trail trail) throws IOException {
    Optional<Fault> fault = faults.next(request);
    fault.ifPresent(each -> trail.fault(each.kind().name()));
    if (fault.isPresent() && Faults.before(fault.get(), writer)) {
      return;
    }
    Gate.Pass pass = gate.admit(request, trail);
    Answer answer;
    try {
      answer = operations.run(request.withBody(pass.body()), pass);
    } catch (S3Failure failure) {
      throw failure.code().equals("NoSuchKey") ? pass.missing(request, failure) : failure;
    }
    writer.send(answer, fault);
  }
}
