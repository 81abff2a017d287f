package global.pixell.par.testkit.internal.s3.request;

import global.pixell.par.testkit.internal.http.HttpRequest;
import global.pixell.par.testkit.internal.http.UriEncoding;
import global.pixell.par.testkit.internal.iam.Permission;
import global.pixell.par.testkit.internal.s3.model.ChecksumAlgorithm;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A request with its address parsed into operation, bucket and key.
 *
 * @param wire the request as received; signatures cover its undecoded form
 * @param bucket the bucket in the path or the host name; empty without one
 * @param key the key, decoded once and otherwise unchanged; empty without one
 * @param query decoded names and values; the value of a name without one is empty
 */
public record S3Request(
    HttpRequest wire, S3Operation operation, String bucket, String key, Map<String, String> query) {

  private static final Pattern VIRTUAL_HOST =
      Pattern.compile("(.+)\\.(?:s3[.-].+|localhost)", Pattern.CASE_INSENSITIVE);

  private static final Pattern VERSION_ID = Pattern.compile("null|[A-Za-z0-9._-]{32}");
  private static final int MAX_KEY_BYTES = 1024;
  private static final int MAX_PART_NUMBER = 10_000;
  private static final Pattern SCOPE = Pattern.compile("/\\d{8}/([^/]+)/[^/]+/aws4_request");

  /**
   * Parses the address.
   *
   * @throws S3ErrorException when it is malformed
   */
  public static S3Request of(HttpRequest wire) throws S3ErrorException {
    String target = wire.target();
    int mark = target.indexOf('?');
    String path = mark < 0 ? target : target.substring(0, mark);
    Map<String, String> query = parsed(mark < 0 ? "" : target.substring(mark + 1));
    String rest = path.startsWith("/") ? path.substring(1) : path;
    Matcher host = virtualHost(wire);
    String bucket;
    String key;
    if (host.matches()) {
      bucket = host.group(1);
      key = decoded(UriEncoding.decode(rest));
    } else {
      int slash = rest.indexOf('/');
      bucket = decoded(UriEncoding.decode(slash < 0 ? rest : rest.substring(0, slash)));
      key = slash < 0 ? "" : decoded(UriEncoding.decode(rest.substring(slash + 1)));
    }
    boolean copies = !wire.header("x-amz-copy-source").isEmpty();
    return new S3Request(
        PresignedHeaders.addTo(wire, query),
        OperationRouter.route(wire.method(), bucket, key, query, copies),
        bucket,
        key,
        query);
  }

  /** Whether the host name of a request names a bucket, so that its whole path is a key. */
  public static boolean isVirtualHosted(HttpRequest wire) {
    return virtualHost(wire).matches();
  }

  private static Matcher virtualHost(HttpRequest wire) {
    return VIRTUAL_HOST.matcher(wire.header("Host").split(":", 2)[0]);
  }

  /** Parses and decodes a query; of repeated parameters the last one applies. */
  public static Map<String, String> parsed(String text) throws S3ErrorException {
    var query = new TreeMap<String, String>();
    if (!text.isEmpty()) {
      for (String pair : text.split("&", -1)) {
        int equals = pair.indexOf('=');
        query.put(
            decoded(UriEncoding.decodeForm(equals < 0 ? pair : pair.substring(0, equals))),
            equals < 0 ? "" : decoded(UriEncoding.decodeForm(pair.substring(equals + 1))));
      }
    }
    return query;
  }

  private static String decoded(Optional<String> text) throws S3ErrorException {
    return text.orElseThrow(S3ErrorException::invalidUri);
  }

  public String method() {
    return wire.method();
  }

  /** Whether the answer has no body. */
  public boolean headOnly() {
    return wire.method().equals("HEAD");
  }

  public String header(String name) {
    return wire.header(name);
  }

  public boolean hasQuery(String name) {
    return query.containsKey(name);
  }

  public String query(String name) {
    return query.getOrDefault(name, "");
  }

  /**
   * Parses a number in the query.
   *
   * @throws S3ErrorException when it is not a number, or negative
   */
  public int number(String name, int otherwise) throws S3ErrorException {
    return number(name, query(name), otherwise);
  }

  /**
   * Parses a number in a header.
   *
   * @throws S3ErrorException when it is not a number, or negative
   */
  public int headerNumber(String name, int otherwise) throws S3ErrorException {
    return number(name, header(name), otherwise);
  }

  private static int number(String name, String text, int otherwise) throws S3ErrorException {
    if (text.isEmpty()) {
      return otherwise;
    }
    try {
      int number = Integer.parseInt(text);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below.
    }
    boolean negative = text.matches("-\\d+");
    throw S3ErrorException.invalidArgument(
        name,
        text,
        negative
            ? "Argument " + name + " must be an integer between 0 and 2147483647"
            : "Provided " + name + " not an integer or within integer range");
  }

  /**
   * The checksum algorithm that the request asks for; empty for the default.
   *
   * @throws S3ErrorException NotImplemented for an algorithm that the fake does not know
   */
  public Optional<ChecksumAlgorithm> checksumAlgorithm() throws S3ErrorException {
    String name = header("x-amz-checksum-algorithm");
    Optional<ChecksumAlgorithm> algorithm = ChecksumAlgorithm.named(name);
    if (algorithm.isEmpty() && !name.isEmpty()) {
      throw S3ErrorException.notImplemented("the checksum algorithm " + name);
    }
    return algorithm;
  }

  /**
   * Refuses a key that is longer than S3 allows.
   *
   * @throws S3ErrorException KeyTooLongError
   */
  public static void refuseLongKey(String key) throws S3ErrorException {
    int size = key.getBytes(StandardCharsets.UTF_8).length;
    if (size > MAX_KEY_BYTES) {
      throw new S3ErrorException(400, "KeyTooLongError", "Your key is too long")
          .detail("Size", size)
          .detail("MaxSizeAllowed", MAX_KEY_BYTES);
    }
  }

  /**
   * The part number in the query.
   *
   * @throws S3ErrorException InvalidArgument when it is out of range
   */
  public int partNumber() throws S3ErrorException {
    String text = query("partNumber");
    int number = text.matches("\\d{1,9}") ? Integer.parseInt(text) : 0;
    if (number < 1 || number > MAX_PART_NUMBER) {
      throw S3ErrorException.invalidArgument(
          "partNumber", text, "Part number must be an integer between 1 and 10000, inclusive");
    }
    return number;
  }

  /**
   * Refuses a malformed version id.
   *
   * @throws S3ErrorException InvalidArgument
   */
  public static void requireVersionId(String versionId) throws S3ErrorException {
    if (versionId.isEmpty()) {
      throw S3ErrorException.invalidArgument(
          "versionId", versionId, "Version id cannot be the empty string");
    }
    if (!VERSION_ID.matcher(versionId).matches()) {
      throw S3ErrorException.invalidArgument(
          "versionId", versionId, "Invalid version id specified");
    }
  }

  /**
   * Whether an If-Match names an ETag instead of {@code *}. A write with an ETag needs the
   * permission to read the object, because the answer reveals whether the object has that ETag.
   */
  public static boolean namesTag(String ifMatch) {
    return !ifMatch.isEmpty() && !ifMatch.strip().equals("*");
  }

  public InputStream body() {
    return wire.body();
  }

  /** The same request with another body. */
  public S3Request withBody(InputStream body) {
    return new S3Request(
        new HttpRequest(wire.method(), wire.target(), wire.headers(), body),
        operation,
        bucket,
        key,
        query);
  }

  /** The version id; empty for the newest version. */
  public Optional<String> versionId() {
    return Optional.ofNullable(query.get("versionId"));
  }

  /** Whether the request has a copy source. */
  public boolean copies() {
    return !header("x-amz-copy-source").isEmpty();
  }

  /** The same request for another key, such as the source of a copy. */
  public S3Request about(String otherBucket, String otherKey) {
    return new S3Request(wire, operation, otherBucket, otherKey, query);
  }

  /** S3's name for the kind of the addressed resource. */
  public String resourceType() {
    return bucket.isEmpty() ? "SERVICE" : key.isEmpty() ? "BUCKET" : "OBJECT";
  }

  /** Whether the request has a signature, in a header or in the query. */
  public boolean isSigned() {
    return !header("Authorization").isEmpty()
        || hasQuery("X-Amz-Signature")
        || hasQuery("Signature");
  }

  /** The region in the credential scope of its signature. */
  public Optional<String> signedRegion() {
    Matcher scope = SCOPE.matcher(header("Authorization") + " " + query("X-Amz-Credential"));
    return scope.find() ? Optional.of(scope.group(1)) : Optional.empty();
  }

  /** The same request without some headers. */
  public S3Request withoutHeaders(Predicate<String> which) {
    var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    headers.putAll(wire.headers());
    headers.keySet().removeIf(which);
    var stripped = new HttpRequest(wire.method(), wire.target(), headers, wire.body());
    return new S3Request(stripped, operation, bucket, key, query);
  }

  /**
   * The permissions to check before the operation begins. The operation checks the permissions that
   * only it knows (for the keys of DeleteObjects, or the source of a copy) through {@link
   * AuthorizedRequest}.
   */
  List<Permission> permissions() {
    String action =
        operation == S3Operation.NOT_IMPLEMENTED
            ? SubresourceActions.action(this)
            : operation == S3Operation.PUT_OBJECT_TAGGING
                ? ""
                : operation.action(hasQuery("versionId"));
    var permissions = new ArrayList<Permission>();
    if (!action.isEmpty()) {
      permissions.add(permission(action));
    }
    if (operation == S3Operation.GET_OBJECT_ATTRIBUTES) {
      permissions.add(permission(S3Operation.GET_OBJECT.action(hasQuery("versionId"))));
    }
    if (operation.isConditionalWrite() && namesTag(header("If-Match"))) {
      permissions.add(
          Permission.onObject(S3Operation.GET_OBJECT.action(false), bucket, key, Optional.empty()));
    }
    if (operation.makesObject()) {
      UnsupportedHeaders.actions(this).forEach(each -> permissions.add(permission(each)));
    }
    return permissions;
  }

  private Permission permission(String action) {
    if (bucket.isEmpty()) {
      return Permission.onAll(action);
    }
    return key.isEmpty()
        ? Permission.onBucket(action, bucket)
        : Permission.onObject(action, bucket, key, versionId());
  }
}
