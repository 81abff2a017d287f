package global.pixell.par.testkit.internal.server;

import global.pixell.par.testkit.internal.fault.FaultContext;
import global.pixell.par.testkit.internal.fault.FaultEffect;
import global.pixell.par.testkit.internal.fault.FaultQueue;
import global.pixell.par.testkit.internal.http.ConnectionClosedException;
import global.pixell.par.testkit.internal.http.HttpConnection;
import global.pixell.par.testkit.internal.http.HttpRequest;
import global.pixell.par.testkit.internal.http.LoopbackHttpServer;
import global.pixell.par.testkit.internal.http.MalformedBodyException;
import global.pixell.par.testkit.internal.http.NetworkConditions;
import global.pixell.par.testkit.internal.http.Sleeper;
import global.pixell.par.testkit.internal.s3.Operations;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import global.pixell.par.testkit.internal.s3.object.ObjectSeeder;
import global.pixell.par.testkit.internal.s3.request.AuthorizedRequest;
import global.pixell.par.testkit.internal.s3.request.Authorizer;
import global.pixell.par.testkit.internal.s3.request.BucketPolicies;
import global.pixell.par.testkit.internal.s3.request.JournalEntry;
import global.pixell.par.testkit.internal.s3.request.RequestJournal;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import global.pixell.par.testkit.internal.service.OtherServiceHandler;
import global.pixell.par.testkit.internal.service.OtherServiceHandler.ServiceRequest;
import java.io.IOException;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Consumer;

/** Answers a request in these steps: route, fault, authorization, operation, response, journal. */
final class S3RequestHandler implements LoopbackHttpServer.Handler {

  private final ObjectSeeder seeder;
  private final FaultQueue faults;
  private final OtherServiceHandler otherServices;
  private final Authorizer authorizer;
  private final Clock clock;
  private final Sleeper waits;
  private final NetworkConditions network;
  private final RequestJournal journal;
  private final Consumer<JournalEntry> listener;
  private final Operations operations;

  /**
   * Creates a handler for a store.
   *
   * @param listener called with each request after the answer or the break of its connection
   */
  S3RequestHandler(
      ObjectStore store,
      BucketPolicies policies,
      FaultQueue faults,
      OtherServiceHandler otherServices,
      Authorizer authorizer,
      Clock clock,
      Sleeper waits,
      NetworkConditions network,
      RequestJournal journal,
      Consumer<JournalEntry> listener) {
    seeder = new ObjectSeeder(store);
    this.faults = faults;
    this.otherServices = otherServices;
    this.authorizer = authorizer;
    this.clock = clock;
    this.waits = waits;
    this.network = network;
    this.journal = journal;
    this.listener = listener;
    operations = new Operations(store, policies);
  }

  /** Makes the present buckets in memory, with their objects and settings, the baseline. */
  void markBaseline() {
    operations.markBaseline();
  }

  /** Returns to the baseline, and removes the uploads in progress. */
  void restoreBaseline() throws IOException {
    operations.restoreBaseline();
  }

  /** Deletes a bucket in memory with everything in it. */
  void removeBucket(String bucket) throws IOException {
    operations.deleteWithObjects(bucket);
  }

  private interface Responder {
    void respond(ResponseWriter writer) throws IOException;
  }

  @Override
  public void handle(HttpRequest wire, HttpConnection connection) throws IOException {
    network.delay(connection);
    JournalEntry entry;
    Responder responder;
    try {
      Optional<ServiceRequest> other = otherServices.read(wire);
      if (other.isPresent()) {
        JournalEntry ofService = journal.begin(wire.method(), other.get().operation());
        entry = ofService;
        responder = writer -> writer.send(otherServices.answer(other.get(), ofService));
      } else {
        S3Request request = S3Request.of(wire);
        JournalEntry ofS3 = journal.begin(request);
        entry = ofS3;
        responder = writer -> respond(request, connection, writer, ofS3);
      }
    } catch (S3ErrorException unreadable) {
      // The address cannot be parsed, so the operation is unknown.
      entry = journal.begin(wire.method(), unreadable.code());
      responder = writer -> writer.fail(unreadable);
    } catch (MalformedBodyException unreadable) {
      S3ErrorException error = S3ErrorException.incompleteBody();
      entry = journal.begin(wire.method(), error.code());
      responder = writer -> writer.fail(error);
    }
    respond(wire, connection, entry, responder);
  }

  private void respond(
      HttpRequest wire, HttpConnection connection, JournalEntry entry, Responder responder)
      throws IOException {
    var writer = new ResponseWriter(connection, wire.method().equals("HEAD"), clock, entry);
    try {
      responder.respond(writer);
    } catch (S3ErrorException error) {
      writer.fail(error);
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError bug) {
      // A bug of the fake must become an S3 error, so that the client does not hang.
      writer.fail(S3ErrorException.internalError(bug));
    } finally {
      entry.recordEnd();
      listener.accept(entry);
    }
  }

  private void respond(
      S3Request request, HttpConnection connection, ResponseWriter writer, JournalEntry entry)
      throws IOException {
    writer.add(operations.corsHeaders(request));
    FaultEffect fault = faults.next(request);
    entry.recordFault(fault.name());
    Authorization authorization = authorize(request, entry);
    var context = new FaultContext(request, seeder, connection, clock, waits.during(connection));
    try {
      fault.before(context);
    } catch (S3ErrorException | ConnectionClosedException e) {
      entry.markFaulted();
      throw e;
    }
    S3Response response = fault.change(run(request, authorization.get()));
    writer.send(response, wire -> fault.body(context, wire));
  }

  /** The authorizer's verdict, which waits because a fault may answer first. */
  private interface Authorization {
    AuthorizedRequest get() throws S3ErrorException;
  }

  private Authorization authorize(S3Request request, JournalEntry entry) {
    try {
      AuthorizedRequest authorized = authorizer.authorize(request, entry);
      return () -> authorized;
    } catch (S3ErrorException denied) {
      return () -> {
        throw denied;
      };
    }
  }

  private S3Response run(S3Request request, AuthorizedRequest authorized) throws IOException {
    try {
      return operations.run(request.withBody(authorized.body()), authorized);
    } catch (S3ErrorException error) {
      // In a copy the missing key is the source, for which the copy itself has checked the
      // permission.
      boolean missing = error.code().equals("NoSuchKey") && !request.copies();
      throw missing ? authorized.notFoundOrDenied(request, error) : error;
    } catch (MalformedBodyException e) {
      throw S3ErrorException.incompleteBody();
    } catch (ConnectionClosedException e) {
      throw e;
    } catch (IOException e) {
      throw S3ErrorException.internalError(e);
    }
  }
}
