package global.pixell.par.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

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
 *   s3.onGet("acme/greeter.apkg").times(2).slowDown();
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
   * @param operation the S3 operation, such as {@code GetObject}
   * @param bucket the bucket; empty for none
   * @param key the key, literally; empty for none
   * @param range the {@code Range} header; empty for none
   * @param status the status that was sent; 0 when the connection was reset instead
   * @param bytes the body bytes that were sent
   * @param principal the ARN of who asked; {@code anonymous} without a proved signature
   * @param accesses which permissions it needed, in the order in which they were asked for; none
   *     when the request ended before
   * @param fault the scripted fault that befell it; empty for none
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

  private final ObjectStore store;
  private final Faults faults = new Faults();
  private final Ledger ledger = new Ledger();
  private final Identities identities = new Identities();
  private final Identity defaultIdentity = identities.add(Identity.task(ACCESS_KEY, SECRET_KEY));
  private final BucketPolicies policies = new BucketPolicies();
  private final Fixtures fixtures;
  private final WireServer server;

  private FakeS3(int port, Optional<Path> directory) {
    Clock clock = Clock.systemUTC();
    store = new ObjectStore(directory, clock, REGION);
    fixtures = new Fixtures(store);
    var gate = new AccessGate(identities, policies, store, clock);
    var protocol = new S3Protocol(store, policies, faults, gate, clock, ledger);
    server = new WireServer(port, protocol::handle);
  }

  /**
   * Starts an empty one on a random port.
   *
   * @return a running server, to be closed
   */
  public static FakeS3 start() {
    return new FakeS3(0, Optional.empty());
  }

  /**
   * Starts one over a directory: its folders are buckets, their files are objects; what is put is
   * written there.
   *
   * @param port 0 for a random one
   * @param directory an existing directory
   * @return a running server, to be closed
   */
  public static FakeS3 serve(int port, Path directory) {
    return new FakeS3(port, Optional.of(directory));
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
    return identities.add(Identity.user(name, accessKey, secretKey, ""));
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
    return IdentityFile.read(file).stream().map(identities::add).toList();
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
   * and nothing less. A wildcard over actions or buckets is more than any requests can use.
   *
   * @param policy an identity policy
   * @throws AssertionError with every grant that was not used and every request it would deny
   */
  public void usedEqualsGranted(Policy policy) {
    GrantProof.of(ledger.askedBy(defaultIdentity.principal()), policy).check();
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
      return fixtures.put(bucket, key, content, headers).versionId();
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
      fixtures.put(bucket, key, file);
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
    return ledger.requests();
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
   * Scripts what goes wrong with the next GETs of a key. Scripts for one key follow each other;
   * when they are used up, answers are right again.
   *
   * @param key the key, literally
   * @return what to say next
   */
  public Script onGet(String key) {
    return new Script(faults, key, 1);
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

  /** What goes wrong, and how often. Immutable; the last call of the chain puts it in force. */
  public static final class Script {
    private final Faults faults;
    private final String key;
    private final int times;

    private Script(Faults faults, String key, int times) {
      this.faults = faults;
      this.key = key;
      this.times = times;
    }

    /**
     * How many requests it befalls; 1 unless said.
     *
     * @param n at least 1
     * @return the script for that many
     */
    public Script times(int n) {
      return new Script(faults, key, n);
    }

    /** 503 SlowDown. */
    public void slowDown() {
      add(Fault.of(Fault.Kind.SLOW_DOWN));
    }

    /** 500 InternalError. */
    public void internalError() {
      add(Fault.of(Fault.Kind.INTERNAL_ERROR));
    }

    /**
     * 503 ServiceUnavailable with {@code Retry-After}.
     *
     * @param after whole seconds
     */
    public void unavailable(Duration after) {
      add(new Fault(Fault.Kind.UNAVAILABLE, 0, after));
    }

    /** 403 AccessDenied. */
    public void accessDenied() {
      add(Fault.of(Fault.Kind.ACCESS_DENIED));
    }

    /** 400 ExpiredToken. */
    public void expiredToken() {
      add(Fault.of(Fault.Kind.EXPIRED_TOKEN));
    }

    /** 403 RequestTimeTooSkewed. */
    public void clockSkew() {
      add(Fault.of(Fault.Kind.CLOCK_SKEW));
    }

    /** The connection is reset before a byte is answered. */
    public void reset() {
      add(Fault.of(Fault.Kind.RESET_BEFORE_HEADERS));
    }

    /**
     * The connection is reset within the body.
     *
     * @param at after so many body bytes
     */
    public void resetAt(long at) {
      add(Fault.at(Fault.Kind.RESET, at));
    }

    /**
     * The connection ends within the body, in order, though the head promised all of it.
     *
     * @param at after so many body bytes
     */
    public void truncateAt(long at) {
      add(Fault.at(Fault.Kind.TRUNCATE, at));
    }

    /**
     * One byte of the body is another.
     *
     * @param at which one, from 0
     */
    public void flipByteAt(long at) {
      add(Fault.at(Fault.Kind.FLIP, at));
    }

    /**
     * The body stops coming, and the connection stays open until the client leaves.
     *
     * @param at after so many body bytes
     */
    public void stallAt(long at) {
      add(Fault.at(Fault.Kind.STALL, at));
    }

    /**
     * Nothing is answered for a while.
     *
     * @param wait before the head
     */
    public void slowFirstByte(Duration wait) {
      add(new Fault(Fault.Kind.SLOW_FIRST_BYTE, 0, wait));
    }

    private void add(Fault fault) {
      for (int i = 0; i < times; i++) {
        faults.add(key, fault);
      }
    }
  }
}
