package global.pixell.par.testkit;

import global.pixell.par.testkit.internal.auth.CredentialStore;
import global.pixell.par.testkit.internal.auth.Credentials;
import global.pixell.par.testkit.internal.auth.IdentityFile;
import global.pixell.par.testkit.internal.fault.FaultQueue;
import global.pixell.par.testkit.internal.http.LoopbackHttpServer;
import global.pixell.par.testkit.internal.http.NetworkConditions;
import global.pixell.par.testkit.internal.iam.AccessRequest;
import global.pixell.par.testkit.internal.iam.Decision;
import global.pixell.par.testkit.internal.iam.PolicyUsage;
import global.pixell.par.testkit.internal.s3.BucketPolicies;
import global.pixell.par.testkit.internal.s3.JournalEntry;
import global.pixell.par.testkit.internal.s3.ObjectSeeder;
import global.pixell.par.testkit.internal.s3.OtherServiceHandler;
import global.pixell.par.testkit.internal.s3.RequestJournal;
import global.pixell.par.testkit.internal.s3.S3Operation;
import global.pixell.par.testkit.internal.s3.S3Request;
import global.pixell.par.testkit.internal.s3.SigV4Authorizer;
import global.pixell.par.testkit.internal.s3.model.Bucket;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * S3 on loopback, in this JVM, with its faults on demand.
 *
 * <p>It speaks the read path of S3 (objects with ranges and conditions, both listings, heads) and
 * enough of the write path to be filled by the AWS CLI and SDKs. It checks signatures and enforces
 * policies as AWS does; what its Java methods do needs no permission. Each instance has its own
 * random port unless one is named, its own buckets, identities and record. Thread-safe.
 *
 * <pre>{@code
 * try (FakeS3 s3 = FakeS3.start()) {
 *   s3.put("packages", "acme/greeter.apkg", bytes);
 *   s3.onGet("acme/greeter.apkg").times(2).inject(Fault.slowDown());
 * }
 * }</pre>
 */
public final class FakeS3 implements AutoCloseable {

  /** The access key id of {@link #defaultIdentity()}. */
  public static final String ACCESS_KEY = "PARTESTKITEXAMPLE000";

  /** The secret that goes with {@link #ACCESS_KEY}. */
  public static final String SECRET_KEY = "par-testkit-secret-example";

  static final String REGION = "us-east-2";

  /**
   * One request, as it was answered.
   *
   * @param operation the operation, such as {@code GetObject}, or {@code ListTasks} of another
   *     service; {@code InvalidURI} for an address that cannot be read
   * @param bucket the bucket; empty for none
   * @param key the key, literally; empty for none
   * @param range the {@code Range} header; empty for none
   * @param status the status that was sent; 0 before, and when the connection was ended instead
   * @param bytes the body bytes that were sent
   * @param principal the ARN of who asked; {@code anonymous} without a proved signature
   * @param accesses which permissions it needed, in the order in which they were asked for, with
   *     the verdict also where a fault then answered in S3's place; none when the request ended
   *     before
   * @param fault the scripted fault that befell it, such as {@code resetAt(1000)}; empty for none
   */
  public record Request(
      String operation,
      String bucket,
      String key,
      String range,
      int status,
      long bytes,
      String principal,
      List<Access> accesses,
      String fault) {

    /** Copies the list. */
    public Request {
      accesses = List.copyOf(accesses);
    }
  }

  /**
   * One permission that a request needed, and the verdict.
   *
   * @param action for instance {@code s3:GetObject}
   * @param resource an ARN, or {@code *} for an action that has no resource
   * @param allowed the verdict
   * @param reason AWS's own sentence for a denial; for the rest, the statement that allowed it
   */
  public record Access(String action, String resource, boolean allowed, String reason) {}

  private final FakeClock clock = new FakeClock();
  private final NetworkConditions network = new NetworkConditions(clock.waits());
  private final ObjectStore store;
  private final FaultQueue faults = new FaultQueue();
  private final List<Consumer<? super Request>> listeners = new CopyOnWriteArrayList<>();
  private final RequestJournal journal;
  private final CredentialStore identities = new CredentialStore();
  private final Identity defaultIdentity =
      new Identity(identities.add(Credentials.task(ACCESS_KEY, SECRET_KEY)));
  private final BucketPolicies policies = new BucketPolicies();
  private final ObjectSeeder seeder;
  private final LoopbackHttpServer server;

  private FakeS3(Options options) {
    journal = new RequestJournal(options.keptRequests);
    store = new ObjectStore(options.directory, clock, REGION, defaultIdentity.principal());
    seeder = new ObjectSeeder(store);
    var otherServices = new OtherServiceHandler(identities, clock);
    var authorizer = new SigV4Authorizer(identities, policies, store, clock);
    var handler =
        new S3RequestHandler(
            store,
            policies,
            faults,
            otherServices,
            authorizer,
            clock,
            network,
            journal,
            this::answered);
    server = new LoopbackHttpServer(options.port, handler, network);
  }

  private void answered(JournalEntry entry) {
    Request request = request(entry);
    listeners.forEach(listener -> listener.accept(request));
  }

  private static Request request(JournalEntry entry) {
    return new Request(
        entry.operation(),
        entry.bucket(),
        entry.key(),
        entry.range(),
        entry.status(),
        entry.bytes(),
        entry.principal().arn(),
        entry.accesses().stream().map(FakeS3::access).toList(),
        entry.fault());
  }

  private static Access access(JournalEntry.Access access) {
    AccessRequest request = access.request();
    Decision decision = access.decision();
    return new Access(
        request.action(), request.resource(), decision.allowed(), decision.sentence());
  }

  /**
   * Starts an empty server on a random port.
   *
   * @return a running server, to be closed
   * @throws UncheckedIOException when it cannot listen
   */
  public static FakeS3 start() {
    return start(options());
  }

  /**
   * Starts a server.
   *
   * @param options made by {@link #options}
   * @return a running server, to be closed
   * @throws UncheckedIOException when it cannot listen on that port
   */
  public static FakeS3 start(Options options) {
    return new FakeS3(options);
  }

  /**
   * What a server can be started with.
   *
   * <pre>{@code
   * FakeS3.start(FakeS3.options().port(9000).directory(Path.of("buckets")))
   * }</pre>
   *
   * @return a random port, in memory, every request kept
   */
  public static Options options() {
    return new Options(0, Optional.empty(), Integer.MAX_VALUE);
  }

  /** How a server is started. Immutable: each method returns new options. */
  public static final class Options {
    private final int port;
    private final Optional<Path> directory;
    private final int keptRequests;

    private Options(int port, Optional<Path> directory, int keptRequests) {
      this.port = port;
      this.directory = directory;
      this.keptRequests = keptRequests;
    }

    /**
     * The port to listen on.
     *
     * @param number 0 for a random one, which is the default
     * @return these options with that port
     */
    public Options port(int number) {
      return new Options(number, directory, keptRequests);
    }

    /**
     * Serves a directory: its folders are buckets, their files are objects; what clients put is
     * written there.
     *
     * @param path an existing directory
     * @return these options with that directory
     */
    public Options directory(Path path) {
      return new Options(port, Optional.of(path), keptRequests);
    }

    /**
     * How many requests {@link FakeS3#requests} keeps: the newest. For a server that runs for long.
     *
     * @param newest at least 1; all unless said
     * @return these options with that number
     * @throws IllegalArgumentException for less than 1
     */
    public Options keepRequests(int newest) {
      if (newest < 1) {
        throw new IllegalArgumentException("at least 1 request is kept, not " + newest);
      }
      return new Options(port, directory, newest);
    }
  }

  /**
   * Where it listens.
   *
   * @return for {@code AWS_ENDPOINT_URL_S3}
   */
  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.port());
  }

  /**
   * The variables that point an AWS client, or PAR, at this server.
   *
   * @return endpoint, credentials and region
   */
  public Map<String, String> environment() {
    return environment(defaultIdentity);
  }

  /**
   * The variables that point an AWS client, or PAR, at this server as somebody.
   *
   * @param identity whose credentials
   * @return endpoint, credentials and region; the latter twice, for the AWS CLI and boto3 read only
   *     {@code AWS_DEFAULT_REGION}
   */
  public Map<String, String> environment(Identity identity) {
    var variables = new TreeMap<String, String>();
    variables.put("AWS_ENDPOINT_URL_S3", endpoint().toString());
    variables.put("AWS_ACCESS_KEY_ID", identity.accessKey());
    variables.put("AWS_SECRET_ACCESS_KEY", identity.secretKey());
    identity.sessionToken().ifPresent(token -> variables.put("AWS_SESSION_TOKEN", token));
    variables.put("AWS_REGION", REGION);
    variables.put("AWS_DEFAULT_REGION", REGION);
    return Collections.unmodifiableMap(variables);
  }

  /**
   * Who {@link #ACCESS_KEY} is: a session of the task role, which may do everything until it is
   * given a policy.
   *
   * <pre>{@code
   * s3.defaultIdentity().policy(Path.of("iam/task-role-policy.json"));
   * }</pre>
   *
   * @return the identity of {@link #environment()}
   */
  public Identity defaultIdentity() {
    return defaultIdentity;
  }

  /**
   * Makes another identity, an IAM user, which may do everything until it is given a policy.
   *
   * @param name its user name
   * @param accessKey its access key id
   * @param secretKey its secret
   * @return the identity
   * @throws IllegalArgumentException when the access key is no such, or somebody else's
   */
  public Identity identity(String name, String accessKey, String secretKey) {
    return new Identity(identities.add(Credentials.user(name, accessKey, secretKey, "")));
  }

  /**
   * Makes the identities of a file: a JSON array of {@code {access_key, secret_key, canonical_id,
   * display_name, policy}}, where {@code policy} is the path of a policy document, from the folder
   * of the file, or null for full access.
   *
   * @param file UTF-8
   * @return the identities, in their order
   * @throws global.pixell.par.ParException {@code CONFIG} with every fault of the file at once
   * @throws IllegalArgumentException when an access key is somebody else's
   */
  public List<Identity> identities(Path file) {
    return IdentityFile.read(file).stream().map(identities::add).map(Identity::new).toList();
  }

  /**
   * Attaches a policy to a bucket, as PutBucketPolicy does; an Allow for {@code "Principal": "*"}
   * lets unsigned requests in.
   *
   * @param bucket its name
   * @param json a policy document
   * @throws global.pixell.par.ParException {@code CONFIG} when it cannot be enforced, or is about
   *     another bucket
   */
  public void bucketPolicy(String bucket, String json) {
    policies.put(bucket, json);
  }

  /**
   * Fails unless what the default identity asked for so far is what a policy grants: nothing more,
   * and nothing less. A wildcard over actions or buckets is more than any requests can use. A
   * request that a fault answered, reset or stalled in S3's place counts neither way; its retry
   * does.
   *
   * @param policy an identity policy
   * @throws AssertionError with every grant that was not used and every request it would deny
   */
  public void usedEqualsGranted(Policy policy) {
    PolicyUsage.of(journal.accessesOf(defaultIdentity.principal()), policy.document()).check();
  }

  /**
   * Makes an empty bucket.
   *
   * @param bucket its name
   */
  public void createBucket(String bucket) {
    try {
      store.createBucket(bucket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Makes a bucket keep every version from now on, and makes it where needed.
   *
   * @param bucket its name
   */
  public void enableVersioning(String bucket) {
    try {
      store.createBucket(bucket).versioning(Bucket.Versioning.ENABLED);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Says where a bucket is, and makes it where needed. Requests that are signed for another region
   * are redirected there.
   *
   * @param bucket its name
   * @param region such as {@code eu-west-1}; {@code us-east-2} unless said
   */
  public void bucketRegion(String bucket, String region) {
    createBucket(bucket);
    store.region(bucket, region);
  }

  /**
   * Puts an object, making its bucket where needed.
   *
   * @param bucket its bucket
   * @param key its key, literally
   * @param content its bytes
   */
  public void put(String bucket, String key, byte[] content) {
    put(bucket, key, content, Map.of());
  }

  /**
   * Puts an object as PutObject would with these headers, making its bucket where needed.
   *
   * @param bucket its bucket
   * @param key its key, literally
   * @param content its bytes
   * @param headers such as {@code Content-Type}, {@code x-amz-meta-…}, {@code x-amz-tagging},
   *     {@code x-amz-storage-class}, {@code x-amz-checksum-sha256}
   * @return its version id; {@code null}, the word, in a bucket without versions
   * @throws IllegalArgumentException when S3 would refuse it, in S3's words
   */
  public String put(String bucket, String key, byte[] content, Map<String, String> headers) {
    try {
      return seeder.put(bucket, key, content, headers).versionId();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Puts a file, which is streamed from where it is.
   *
   * @param bucket its bucket
   * @param key its key, literally
   * @param file what to serve; must stay as it is
   */
  public void put(String bucket, String key, Path file) {
    try {
      seeder.put(bucket, key, file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Every request so far, oldest first; one that is still being answered as it is now.
   *
   * @return a snapshot
   */
  public List<Request> requests() {
    return journal.entries().stream().map(FakeS3::request).toList();
  }

  /**
   * How often an operation was asked for.
   *
   * @param operation such as {@code GetObject}
   * @return the number of requests, failed ones too
   */
  public long count(String operation) {
    return requests().stream().filter(r -> r.operation().equals(operation)).count();
  }

  /**
   * Scripts what goes wrong with the next GetObjects of a key.
   *
   * @param key the key, literally, in whatever bucket
   * @return what to say next
   */
  public FaultScript onGet(String key) {
    return on("GET " + key, request -> isObject(request, key, S3Operation.GET_OBJECT));
  }

  /**
   * Scripts what goes wrong with the next HeadObjects of a key. Without a body, only what comes
   * before it can.
   *
   * @param key the key, literally, in whatever bucket
   * @return what to say next
   */
  public FaultScript onHead(String key) {
    return on("HEAD " + key, request -> isObject(request, key, S3Operation.HEAD_OBJECT));
  }

  /**
   * Scripts what goes wrong with the next uploads of a key: PutObject and UploadPart.
   *
   * @param key the key, literally, in whatever bucket
   * @return what to say next
   */
  public FaultScript onPut(String key) {
    return on(
        "PUT " + key,
        request ->
            isObject(request, key, S3Operation.PUT_OBJECT)
                || isObject(request, key, S3Operation.UPLOAD_PART));
  }

  /**
   * Scripts what goes wrong with the next listings.
   *
   * @param prefix the prefix that is asked for, literally and whole
   * @return what to say next
   */
  public FaultScript onList(String prefix) {
    return on(
        "LIST " + prefix,
        request ->
            (request.operation() == S3Operation.LIST_OBJECTS
                    || request.operation() == S3Operation.LIST_OBJECTS_V2)
                && request.query("prefix").equals(prefix));
  }

  /**
   * Scripts what goes wrong with the next requests, whatever they ask for.
   *
   * @return what to say next
   */
  public FaultScript onAny() {
    return on("ANY", request -> true);
  }

  private FaultScript on(String title, Predicate<S3Request> target) {
    return new FaultScript(faults, faults.begin(title, target));
  }

  private static boolean isObject(S3Request request, String key, S3Operation operation) {
    return request.operation() == operation && request.key().equals(key);
  }

  /**
   * Is told of every request when it has been answered, or broken off.
   *
   * @param listener called by the thread that answered; must return quickly
   */
  public void addRequestListener(Consumer<? super Request> listener) {
    listeners.add(listener);
  }

  /** From now on, answers are right. */
  public void clearFaults() {
    faults.clear();
  }

  /**
   * What was scripted and has befallen no request yet; endless scripts are not counted.
   *
   * @return a sentence each, such as {@code GET a/b.apkg: 2 x slowDown}
   */
  public List<String> pendingFaults() {
    return faults.pending();
  }

  /**
   * The time it lives by.
   *
   * @return its own clock, to be advanced or frozen
   */
  public FakeClock clock() {
    return clock;
  }

  /**
   * A wait before each answer from now on.
   *
   * @param wait zero for none
   */
  public void latency(Duration wait) {
    network.latency(wait);
  }

  /**
   * The rate at which each connection sends from now on. S3 itself is known for 85 to 90 MB/s.
   *
   * @param bytesPerSecond 0 for no limit
   */
  public void bandwidth(long bytesPerSecond) {
    network.bandwidth(bytesPerSecond);
  }

  /** Ends all connections and refuses new ones, until {@link #reconnect}. */
  public void disconnect() {
    server.disconnect();
  }

  /** Listens again, on the same port. */
  public void reconnect() {
    server.reconnect();
  }

  @Override
  public void close() {
    server.close();
    try {
      store.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
