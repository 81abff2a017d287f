package global.pixell.par.testkit;

import global.pixell.par.testkit.internal.auth.Credentials;
import global.pixell.par.testkit.internal.auth.IdentityFile;
import global.pixell.par.testkit.internal.control.ControlHandler;
import global.pixell.par.testkit.internal.control.context.Attachments;
import global.pixell.par.testkit.internal.control.context.ControlContext;
import global.pixell.par.testkit.internal.control.event.EventLog;
import global.pixell.par.testkit.internal.fault.FaultSpec;
import global.pixell.par.testkit.internal.fault.FaultTarget;
import global.pixell.par.testkit.internal.http.LoopbackHttpServer;
import global.pixell.par.testkit.internal.iam.PolicyUsage;
import global.pixell.par.testkit.internal.server.FakeServer;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A fake S3 on loopback, in this JVM, with faults on demand.
 *
 * <p>It implements the read path of S3 (objects with ranges and conditions, both listings, heads)
 * and enough of the write path for the AWS CLI and the SDKs to fill it. For requests over HTTP it
 * checks signatures and enforces policies as AWS does; calls of its Java methods need no
 * permission. Each instance has its own buckets, identities, request journal and, unless {@link
 * FakeS3Options#port} sets one, random port. Thread-safe.
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

  private final FakeClock clock = new FakeClock();
  private final InetAddress address;
  private final EventLog events = new EventLog();
  private final Attachments attachments = Attachments.register(this, events);
  private final RequestListeners listeners = new RequestListeners(events);
  private final Identity defaultIdentity;
  private final FakeServer server;

  private FakeS3(FakeS3Options options) {
    Credentials owner = Credentials.task(ACCESS_KEY, SECRET_KEY);
    defaultIdentity = new Identity(owner);
    address = options.address;
    server =
        new FakeServer(
            new FakeServer.Settings(
                address, options.port, options.directory, options.keptRequests, REGION),
            owner,
            clock,
            clock.waits(),
            listeners,
            running -> control(running, options, owner));
  }

  private LoopbackHttpServer.Handler control(
      FakeServer running, FakeS3Options options, Credentials owner) {
    return new ControlHandler(
        running,
        new ControlContext(
            options.control,
            () -> endpoint(running),
            () -> AwsSettings.variables(endpoint(running), defaultIdentity, REGION),
            owner,
            options.directory,
            clock.control(),
            events,
            attachments));
  }

  /**
   * Starts an empty server on a random port.
   *
   * @return a running server; the caller must close it
   * @throws UncheckedIOException when the server cannot listen
   */
  public static FakeS3 start() {
    return start(options());
  }

  /**
   * Starts a server.
   *
   * @param options made by {@link #options}
   * @return a running server; the caller must close it
   * @throws UncheckedIOException when the server cannot listen on the port
   */
  public static FakeS3 start(FakeS3Options options) {
    return new FakeS3(options);
  }

  /**
   * Returns the default options: a random port, buckets in memory, all requests kept.
   *
   * <pre>{@code
   * FakeS3.start(FakeS3.options().port(9000).directory(Path.of("buckets")))
   * }</pre>
   *
   * @return the default options
   */
  public static FakeS3Options options() {
    return FakeS3Options.DEFAULTS;
  }

  /**
   * The base URL of the server.
   *
   * @return {@code http://127.0.0.1:PORT}, the value of {@code AWS_ENDPOINT_URL_S3}
   */
  public URI endpoint() {
    return endpoint(server);
  }

  private URI endpoint(FakeServer running) {
    String host =
        address.isAnyLocalAddress() || address.equals(InetAddress.getLoopbackAddress())
            ? "127.0.0.1"
            : address.getHostAddress();
    return URI.create(
        "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + running.port());
  }

  /**
   * The base URL of the control API, with which other programs and people observe and change this
   * server. At this address, a browser shows a page.
   *
   * @return {@code http://127.0.0.1:PORT/_par/}
   */
  public URI control() {
    return endpoint().resolve("/_par/");
  }

  /**
   * The variables that point an AWS client, or PAR, at this server.
   *
   * @return endpoint, credentials and region; unmodifiable
   */
  public Map<String, String> environment() {
    return environment(defaultIdentity);
  }

  /**
   * The variables that point an AWS client, or PAR, at this server with the credentials of an
   * identity.
   *
   * @param identity the identity to sign as
   * @return endpoint, credentials, session token if the identity has one, and region; unmodifiable.
   *     The region is set twice, because the AWS CLI and boto3 read only {@code AWS_DEFAULT_REGION}
   */
  public Map<String, String> environment(Identity identity) {
    return AwsSettings.variables(endpoint(), identity, REGION);
  }

  /**
   * Registers the properties that point Spring Cloud AWS 3 at this server: the S3 endpoint with
   * path style, credentials and region.
   *
   * <pre>{@code
   * @DynamicPropertySource
   * static void s3(DynamicPropertyRegistry registry) {
   *   s3.registerProperties(registry::add);
   * }
   * }</pre>
   *
   * @param registry called with each property and a supplier of its value
   */
  public void registerProperties(BiConsumer<String, Supplier<Object>> registry) {
    AwsSettings.springProperties(endpoint(), defaultIdentity, REGION)
        .forEach((name, value) -> registry.accept(name, () -> value));
  }

  /**
   * The identity of {@link #ACCESS_KEY}: a session of the task role. It has full access until a
   * test attaches a policy.
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
   * Adds an IAM user. It has full access until a test attaches a policy.
   *
   * @param name its user name
   * @param accessKey its access key id
   * @param secretKey its secret
   * @return the identity
   * @throws IllegalArgumentException when the access key is malformed, or another identity has it
   */
  public Identity identity(String name, String accessKey, String secretKey) {
    return new Identity(server.identities().add(Credentials.user(name, accessKey, secretKey, "")));
  }

  /**
   * Adds the identities of a file: a JSON array of {@code {access_key, secret_key, canonical_id,
   * display_name, policy}}, where {@code policy} is the path of a policy document, relative to the
   * file, or null for full access.
   *
   * @param file a JSON file in UTF-8
   * @return the identities, in the order of the file
   * @throws global.pixell.par.ParException {@code CONFIG} with all problems of the file
   * @throws IllegalArgumentException when another identity already has one of the access keys
   */
  public List<Identity> identities(Path file) {
    return IdentityFile.read(file).stream()
        .map(server.identities()::add)
        .map(Identity::new)
        .toList();
  }

  /**
   * Attaches a policy to a bucket, as PutBucketPolicy does. An Allow for {@code "Principal": "*"}
   * also admits unsigned requests.
   *
   * @param bucket its name
   * @param json a policy document
   * @throws global.pixell.par.ParException {@code CONFIG} when the fake cannot enforce the policy,
   *     or the policy is about another bucket
   */
  public void bucketPolicy(String bucket, String json) {
    server.policies().put(bucket, json);
  }

  /**
   * Fails unless the default identity's requests so far used exactly the permissions that a policy
   * grants. A wildcard over actions or buckets always fails, because no requests can use all of it.
   * A request that a fault answered, reset or stalled does not count, but its retry does.
   *
   * @param policy an identity policy
   * @throws AssertionError naming the unused grants and the requests that the policy would deny
   */
  public void usedEqualsGranted(Policy policy) {
    PolicyUsage.of(server.journal().accessesOf(defaultIdentity.principal()), policy.document())
        .check();
  }

  /**
   * Creates an empty bucket; does nothing if the bucket exists.
   *
   * @param bucket its name
   */
  public void createBucket(String bucket) {
    server.bucket(bucket);
  }

  /**
   * Turns on versioning for a bucket, and creates the bucket if needed.
   *
   * @param bucket its name
   * @throws UncheckedIOException when buckets are directories, because these keep no versions
   */
  public void enableVersioning(String bucket) {
    server.enableVersioning(bucket);
  }

  /**
   * Sets the region of a bucket, and creates the bucket if needed. Requests signed for another
   * region are redirected.
   *
   * @param bucket its name
   * @param region such as {@code eu-west-1}; {@code us-east-2} by default
   */
  public void bucketRegion(String bucket, String region) {
    server.region(bucket, region);
  }

  /**
   * Puts an object, and creates its bucket if needed.
   *
   * @param bucket its bucket
   * @param key its key, not percent-encoded
   * @param content its bytes
   * @throws IllegalArgumentException when S3 would refuse the object; the message is S3's error
   */
  public void put(String bucket, String key, byte[] content) {
    put(bucket, key, content, Map.of());
  }

  /**
   * Puts an object as PutObject with these headers would, and creates its bucket if needed.
   *
   * @param bucket its bucket
   * @param key its key, not percent-encoded
   * @param content its bytes
   * @param headers such as {@code Content-Type}, {@code x-amz-meta-…}, {@code x-amz-tagging},
   *     {@code x-amz-storage-class}, {@code x-amz-checksum-sha256}
   * @return its version id; the string {@code "null"} in a bucket without versioning
   * @throws IllegalArgumentException when S3 would refuse the object; the message is S3's error
   */
  public String put(String bucket, String key, byte[] content, Map<String, String> headers) {
    return server.put(bucket, key, content, headers);
  }

  /**
   * Puts a file, and creates its bucket if needed. An in-memory server reads the file for each
   * request and makes no copy; a server of a directory copies it.
   *
   * @param bucket its bucket
   * @param key its key, not percent-encoded
   * @param file the file to serve; it must not change while the server runs
   * @throws UncheckedIOException when the file cannot be read or copied
   */
  public void put(String bucket, String key, Path file) {
    server.put(bucket, key, file);
  }

  /**
   * All requests so far, oldest first, including those that the server is still answering. {@link
   * FakeS3Options#keepRequests} limits their number.
   *
   * @return a snapshot
   */
  public Requests requests() {
    return new Requests(server.journal().entries().stream().map(RecordedRequest::of).toList());
  }

  /**
   * Checks that a number of requests has arrived, among those that {@link #requests} returns:
   *
   * <pre>{@code
   * s3.verify(2).getObject("acme/greeter/1.2.0/greeter.apkg");
   * }</pre>
   *
   * @param times exactly how many requests are expected
   * @return the verification, whose methods say which requests
   */
  public Verification verify(int times) {
    return verify(Times.times(times));
  }

  /**
   * Checks that a number of requests has arrived, among those that {@link #requests} returns.
   *
   * @param times such as {@code atLeast(1)} or {@code never()}
   * @return the verification, whose methods say which requests
   */
  public Verification verify(Times times) {
    return new Verification(requests(), times, Optional.empty());
  }

  /**
   * Counts the requests for an operation, among those that {@link #requests} returns.
   *
   * @param operation such as {@code GetObject}
   * @return the number of requests, including failed ones
   */
  public long count(String operation) {
    return requests().operation(operation).size();
  }

  /**
   * Injects faults into the next GetObject requests for a key.
   *
   * @param key the key, not percent-encoded, in any bucket, or a pattern: {@code *} matches any
   *     text, {@code ?} any character, <code>\\*</code> and <code>\\?</code> are literal
   * @return the script, to choose how often and which fault
   */
  public FaultScript onGet(String key) {
    return on(FaultTarget.get(key));
  }

  /**
   * Injects faults into the next HeadObject requests for a key. Their answers have no body, so
   * faults within the body have no effect.
   *
   * @param key the key or a pattern, as for {@link #onGet}
   * @return the script, to choose how often and which fault
   */
  public FaultScript onHead(String key) {
    return on(FaultTarget.head(key));
  }

  /**
   * Injects faults into the next uploads of a key: PutObject and UploadPart.
   *
   * @param key the key or a pattern, as for {@link #onGet}
   * @return the script, to choose how often and which fault
   */
  public FaultScript onPut(String key) {
    return on(FaultTarget.put(key));
  }

  /**
   * Injects faults into the next listings.
   *
   * @param prefix the whole prefix of the listing, not percent-encoded, or a pattern for it, as for
   *     {@link #onGet}
   * @return the script, to choose how often and which fault
   */
  public FaultScript onList(String prefix) {
    return on(FaultTarget.list(prefix));
  }

  /**
   * Injects faults into the next requests of any kind.
   *
   * @return the script, to choose how often and which fault
   */
  public FaultScript onAny() {
    return on(FaultTarget.any());
  }

  private FaultScript on(FaultTarget target) {
    return new FaultScript(server.faults(), server.faults().begin(target));
  }

  /**
   * Injects a fault in the words of the command line, such as {@code GET:acme/*:2x:slow-down}.
   *
   * @param spec {@code TARGET[:HOW OFTEN]:WHAT}; {@code par-testkit serve --help} lists all words
   * @throws IllegalArgumentException naming the wrong part
   */
  public void inject(String spec) {
    server.faults().add(FaultSpec.parse(spec));
  }

  /**
   * Adds a listener. The server passes it every request, after the answer has been sent or the
   * connection has been broken.
   *
   * @param listener called by the thread that answered, so it must return quickly and be
   *     thread-safe. The server logs an exception of the listener, which changes no answer
   */
  public void addRequestListener(Consumer<? super RecordedRequest> listener) {
    listeners.add(listener);
  }

  /**
   * Removes all faults, including endless ones. Requests that already met a fault are not changed.
   */
  public void resetFaults() {
    server.faults().clear();
  }

  /** Forgets all requests; {@link #usedEqualsGranted} then counts only later ones. */
  public void resetRequests() {
    server.journal().clear();
  }

  /**
   * Prepares the server for the next test: returns to the buckets and objects of {@link
   * #markBaseline}, drops uploads in progress, forgets requests and faults, removes latency and
   * bandwidth, listens again, and sets the clock to the time of the host. Without a baseline no
   * bucket remains, as after {@link #start()}. Identities with their policies stay, and so do the
   * files of {@link FakeS3Options#directory}.
   */
  public void reset() {
    server.resetObjects();
    server.resetNetwork();
    resetFaults();
    resetRequests();
    clock.reset();
  }

  /**
   * Makes the present buckets, with their objects, versions, tags, policies and other settings, the
   * state to which {@link #reset} returns. A server whose buckets are the folders of {@link
   * FakeS3Options#directory} keeps its files at a reset, with or without a baseline.
   *
   * <pre>{@code
   * s3.put("packages", "acme/greeter.apkg", bytes); // for all tests
   * s3.markBaseline();
   * }</pre>
   */
  public void markBaseline() {
    server.markBaseline();
  }

  /**
   * Adds one object to the state to which {@link #reset} returns, whatever else has changed since
   * {@link #markBaseline}. Does nothing for a bucket that is a folder or does not exist.
   *
   * @param bucket its bucket
   * @param key its key, not percent-encoded; when there is no such object now, a reset deletes it
   */
  public void addToBaseline(String bucket, String key) {
    server.addToBaseline(bucket, key);
  }

  /**
   * The faults that have been injected and have not happened yet, except endless ones.
   *
   * @return one sentence for each fault, such as {@code GET a/b.apkg: 2 x slowDown}
   */
  public List<String> pendingFaults() {
    return server.faults().pending();
  }

  /**
   * Fails when no request has met a fault, often because its key is misspelt. Endless faults do not
   * count.
   *
   * @throws AssertionError naming those faults, and all requests
   */
  public void verifyFaultsUsed() {
    Verification.faultsUsed(server.faults().unmet(), requests());
  }

  /**
   * The clock of the server.
   *
   * @return a clock that can be advanced and frozen
   */
  public FakeClock clock() {
    return clock;
  }

  /**
   * Sets a wait before each answer; none by default. It follows {@link #clock}.
   *
   * @param wait zero for none
   */
  public void latency(Duration wait) {
    server.network().latency(wait);
  }

  /**
   * Limits the rate at which each connection sends; no limit by default. It follows {@link #clock}.
   * AWS documents 85 to 90 MB/s for one connection to S3.
   *
   * @param bytesPerSecond bytes per second; 0 for no limit
   */
  public void bandwidth(long bytesPerSecond) {
    server.network().bandwidth(bytesPerSecond);
  }

  /** Closes all connections and refuses new ones, until {@link #reconnect}. */
  public void disconnect() {
    server.disconnect();
  }

  /** Listens on the same port again. */
  public void reconnect() {
    server.reconnect();
  }

  @Override
  public void close() {
    server.close();
  }
}
