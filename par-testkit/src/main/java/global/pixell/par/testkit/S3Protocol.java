package global.pixell.par.testkit;

import java.io.IOException;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Consumer;

/** From a request to its record: route, scripted fault, gate, operation, answer. */
final class S3Protocol {

  private final Faults faults;
  private final Gate gate;
  private final Clock clock;
  private final Consumer<FakeS3.Request> record;
  private final Operations operations;

  S3Protocol(
      ObjectStore store, Faults faults, Gate gate, Clock clock, Consumer<FakeS3.Request> record) {
    this.faults = faults;
    this.gate = gate;
    this.clock = clock;
    this.record = record;
    operations = new Operations(store);
  }

  void handle(WireServer.Request wire, WireServer.Connection connection) throws IOException {
    var writer = new AnswerWriter(connection, wire.method().equals("HEAD"), clock);
    S3Request request;
    try {
      request = S3Request.of(wire);
    } catch (S3Failure failure) {
      writer.fail(failure);
      return;
    }
    try {
      answer(request, writer);
    } catch (S3Failure failure) {
      writer.fail(failure);
    } finally {
      record.accept(
          new FakeS3.Request(
              request.operation().title(),
              request.bucket(),
              request.key(),
              request.header("Range"),
              writer.status(),
              writer.bytes()));
    }
  }

  private void answer(S3Request request, AnswerWriter writer) throws IOException {
    Optional<Fault> fault = faults.next(request);
    if (fault.isPresent() && Faults.before(fault.get(), writer)) {
      return;
    }
    Gate.Pass pass = gate.admit(request);
    Answer answer;
    try {
      answer = operations.run(request);
    } catch (S3Failure failure) {
      throw failure.code().equals("NoSuchKey") ? pass.missing(request, failure) : failure;
    }
    writer.send(answer, fault);
  }
}
