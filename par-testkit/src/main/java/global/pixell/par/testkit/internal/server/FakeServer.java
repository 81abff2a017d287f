package global.pixell.par.testkit.internal.server;

import global.pixell.par.testkit.internal.auth.CredentialStore;
import global.pixell.par.testkit.internal.auth.Credentials;
import global.pixell.par.testkit.internal.fault.FaultQueue;
import global.pixell.par.testkit.internal.http.LoopbackHttpServer;
import global.pixell.par.testkit.internal.http.NetworkConditions;
import global.pixell.par.testkit.internal.http.Sleeper;
import global.pixell.par.testkit.internal.s3.model.Bucket;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import global.pixell.par.testkit.internal.s3.object.ObjectSeeder;
import global.pixell.par.testkit.internal.s3.request.BucketPolicies;
import global.pixell.par.testkit.internal.s3.request.JournalEntry;
import global.pixell.par.testkit.internal.s3.request.RequestJournal;
import global.pixell.par.testkit.internal.s3.request.SigV4Authorizer;
import global.pixell.par.testkit.internal.service.OtherServiceHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A whole fake S3: its objects, identities, policies, faults and journal, and the HTTP server in
 * front of them. Thread-safe.
 */
public final class FakeServer implements AutoCloseable {

  private final NetworkConditions network;
  private final ObjectStore store;
  private final FaultQueue faults = new FaultQueue();
  private final RequestJournal journal;
  private final CredentialStore identities = new CredentialStore();
  private final BucketPolicies policies = new BucketPolicies();
  private final ObjectSeeder seeder;
  private final LoopbackHttpServer http;

  /**
   * How a server starts.
   *
   * @param port 0 for a random one
   * @param directory whose folders are buckets; empty for buckets in memory
   * @param keptRequests how many requests the journal keeps
   * @param region the default of buckets
   */
  public record Settings(int port, Optional<Path> directory, int keptRequests, String region) {}

  /**
   * Starts a server.
   *
   * @param owner the default identity, which owns all buckets that nobody else made
   * @param waits how latency, bandwidth and delaying faults wait
   * @param listener called with each request after it was answered or broken off
   * @throws UncheckedIOException when it cannot listen on that port
   */
  public FakeServer(
      Settings settings,
      Credentials owner,
      Clock clock,
      Sleeper waits,
      Consumer<JournalEntry> listener) {
    network = new NetworkConditions(waits);
    journal = new RequestJournal(settings.keptRequests());
    identities.add(owner);
    store = new ObjectStore(settings.directory(), clock, settings.region(), owner.principal());
    seeder = new ObjectSeeder(store);
    var handler =
        new S3RequestHandler(
            store,
            policies,
            faults,
            new OtherServiceHandler(identities, clock),
            new SigV4Authorizer(identities, policies, store, clock),
            clock,
            waits,
            network,
            journal,
            listener);
    http = new LoopbackHttpServer(settings.port(), handler, network);
  }

  public int port() {
    return http.port();
  }

  public CredentialStore identities() {
    return identities;
  }

  public BucketPolicies policies() {
    return policies;
  }

  public FaultQueue faults() {
    return faults;
  }

  public RequestJournal journal() {
    return journal;
  }

  public NetworkConditions network() {
    return network;
  }

  private interface Change<T> {
    T run() throws IOException;
  }

  /** A bucket; created if it does not exist. */
  public Bucket bucket(String name) {
    return unchecked(() -> store.createBucket(name));
  }

  /** Turns on versioning for a bucket, which is created if it does not exist. */
  public void enableVersioning(String bucket) {
    unchecked(
        () -> {
          bucket(bucket).versioning(Bucket.Versioning.ENABLED);
          return bucket;
        });
  }

  /** Moves a bucket, which is created if it does not exist. */
  public void region(String bucket, String region) {
    bucket(bucket);
    store.region(bucket, region);
  }

  /** Puts an object as PutObject with these headers would; returns its version id. */
  public String put(String bucket, String key, byte[] content, Map<String, String> headers) {
    return unchecked(() -> seeder.put(bucket, key, content, headers)).versionId();
  }

  /** Puts a file, which is served from its place unless buckets are folders. */
  public void put(String bucket, String key, Path file) {
    unchecked(
        () -> {
          seeder.put(bucket, key, file);
          return key;
        });
  }

  private static <T> T unchecked(Change<T> change) {
    try {
      return change.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends all connections and refuses new ones, until {@link #reconnect}. */
  public void disconnect() {
    http.disconnect();
  }

  /** Listens again, on the same port. */
  public void reconnect() {
    http.reconnect();
  }

  @Override
  public void close() {
    http.close();
    unchecked(
        () -> {
          store.close();
          return store;
        });
  }
}
