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
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A whole fake S3: its objects, identities, policies, faults and journal, and the HTTP server in
 * front of them. Thread-safe.
 */
public final class FakeServer implements AutoCloseable {

  private final Instant started = Instant.now();
  private final NetworkConditions network;
  private final ObjectStore store;
  private final FaultQueue faults = new FaultQueue();
  private final RequestJournal journal;
  private final CredentialStore identities = new CredentialStore();
  private final BucketPolicies policies = new BucketPolicies();
  private final ObjectSeeder seeder;
  private final S3RequestHandler handler;
  private final LoopbackHttpServer http;
  private final Function<FakeServer, LoopbackHttpServer.Handler> controlFactory;
  private LoopbackHttpServer.@Nullable Handler control;

  /**
   * How a server starts.
   *
   * @param address where it listens
   * @param port 0 for a random one
   * @param directory the directory whose folders are buckets; empty for buckets in memory
   * @param keptRequests how many requests the journal keeps
   * @param region the default region of buckets
   */
  public record Settings(
      InetAddress address, int port, Optional<Path> directory, int keptRequests, String region) {}

  /**
   * Starts a server.
   *
   * @param owner the default identity, which owns all buckets that no other caller created
   * @param waits the sleeper of latency, bandwidth and faults
   * @param listener called with each request after the answer or the break of its connection
   * @param control makes the handler of the control API when its first request arrives
   * @throws UncheckedIOException when the server cannot listen on the port
   */
  public FakeServer(
      Settings settings,
      Credentials owner,
      Clock clock,
      Sleeper waits,
      Consumer<JournalEntry> listener,
      Function<FakeServer, LoopbackHttpServer.Handler> control) {
    controlFactory = control;
    network = new NetworkConditions(waits);
    journal = new RequestJournal(settings.keptRequests());
    identities.add(owner);
    store = new ObjectStore(settings.directory(), clock, settings.region(), owner.principal());
    seeder = new ObjectSeeder(store);
    handler =
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
    var router =
        new RequestRouter(
            handler, (request, connection) -> control().handle(request, connection), network);
    http = new LoopbackHttpServer(settings.address(), settings.port(), router, network);
  }

  private synchronized LoopbackHttpServer.Handler control() {
    LoopbackHttpServer.Handler made = control;
    if (made == null) {
      made = controlFactory.apply(this);
      control = made;
    }
    return made;
  }

  public int port() {
    return http.port();
  }

  /** When the server started, by the host's clock. */
  public Instant started() {
    return started;
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

  public ObjectStore store() {
    return store;
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

  /** Returns a bucket; creates it if needed. */
  public Bucket bucket(String name) {
    return unchecked(() -> store.createBucket(name));
  }

  /** Turns on versioning for a bucket; creates it if needed. */
  public void enableVersioning(String bucket) {
    unchecked(
        () -> {
          bucket(bucket).versioning(Bucket.Versioning.ENABLED);
          return bucket;
        });
  }

  /** Changes the region of a bucket; creates it if needed. */
  public void region(String bucket, String region) {
    bucket(bucket);
    store.region(bucket, region);
  }

  /** Puts an object as PutObject with these headers would; returns its version id. */
  public String put(String bucket, String key, byte[] content, Map<String, String> headers) {
    return unchecked(() -> seeder.put(bucket, key, content, headers)).versionId();
  }

  /**
   * Puts an object as PutObject with these headers would; returns its version id.
   *
   * @param headers case-insensitive, with {@code Content-Length} or {@code Transfer-Encoding}
   */
  public String put(String bucket, String key, InputStream content, Map<String, String> headers)
      throws IOException {
    return seeder.put(bucket, key, content, headers).versionId();
  }

  /** Puts a file. A bucket in memory refers to the file; a bucket that is a folder copies it. */
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

  /**
   * Makes the present buckets in memory, with their objects and settings, the baseline, to which
   * {@link #resetObjects} returns. At first it is empty.
   */
  public void markBaseline() {
    handler.markBaseline();
  }

  /** Makes one object in memory a part of the baseline. */
  public void addToBaseline(String bucket, String key) {
    store.addToBaseline(bucket, key);
  }

  /**
   * Returns to the baseline, and removes the uploads in progress. The files of a directory stay.
   */
  public void resetObjects() {
    unchecked(
        () -> {
          handler.restoreBaseline();
          return handler;
        });
  }

  /** Deletes a bucket in memory with everything in it. */
  public void removeBucket(String bucket) {
    unchecked(
        () -> {
          handler.removeBucket(bucket);
          return handler;
        });
  }

  /** Removes latency and the limit of bandwidth, and listens again. */
  public void resetNetwork() {
    network.latency(Duration.ZERO);
    network.bandwidth(0);
    reconnect();
  }

  /** Closes all connections and refuses new ones, until {@link #reconnect}. */
  public void disconnect() {
    http.disconnect();
  }

  /** Listens on the same port again, and serves S3 again. */
  public void reconnect() {
    network.connected(true);
    http.reconnect();
  }

  /**
   * Closes the connections of S3's clients and resets their new ones, until {@link #reconnect}. In
   * contrast to {@link #disconnect}, the control API stays reachable.
   */
  public void cut() {
    network.connected(false);
    http.closeConnections(connection -> !connection.isExempt());
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
