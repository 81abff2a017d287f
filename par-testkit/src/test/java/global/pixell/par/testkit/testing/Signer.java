package global.pixell.par.testkit.testing;

import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Identity;
import global.pixell.par.testkit.internal.auth.CanonicalRequest;
import global.pixell.par.testkit.internal.auth.SigV4;
import global.pixell.par.testkit.internal.auth.SigV4Parameters;
import global.pixell.par.testkit.internal.http.UriEncoding;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Signs the raw requests of a test. Other tests prove the arithmetic with AWS's examples and real
 * clients; this class only makes requests acceptable.
 */
public record Signer(
    String accessKey, String secretKey, String region, String service, Instant time) {

  /** Signs as a server's default identity, now. */
  public static Signer ofDefaultIdentity() {
    return new Signer(FakeS3.ACCESS_KEY, FakeS3.SECRET_KEY, "us-east-2", "s3", Instant.now());
  }

  public static Signer of(Identity identity) {
    return new Signer(identity.accessKey(), identity.secretKey(), "us-east-2", "s3", Instant.now());
  }

  public Signer at(Instant moment) {
    return new Signer(accessKey, secretKey, region, service, moment);
  }

  public Signer inRegion(String other) {
    return new Signer(accessKey, secretKey, other, service, time);
  }

  public Signer forService(String other) {
    return new Signer(accessKey, secretKey, region, other, time);
  }

  /** The same request for the JDK's client, with a signature over all its headers. */
  public HttpRequest sign(HttpRequest request) {
    var headers = new TreeMap<String, String>();
    request.headers().map().forEach((name, values) -> headers.put(name, String.join(",", values)));
    URI uri = request.uri();
    String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    var signed = HttpRequest.newBuilder(request, (name, value) -> true);
    sign(request.method(), uri.getRawAuthority(), uri.getRawPath() + query, headers)
        .forEach(
            (name, value) -> {
              if (!name.equals("Host")) {
                signed.setHeader(name, value);
              }
            });
    return signed.build();
  }

  /**
   * The headers of a signed request.
   *
   * @param target the target in the request line
   * @param more further headers to send and sign; {@code x-amz-content-sha256} is UNSIGNED-PAYLOAD
   *     unless they contain it
   */
  public Map<String, String> sign(
      String method, String host, String target, Map<String, String> more) {
    var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    headers.put("x-amz-content-sha256", SigV4.UNSIGNED_PAYLOAD);
    headers.putAll(more);
    String payload = Optional.ofNullable(headers.get("x-amz-content-sha256")).orElseThrow();
    return sign(method, host, target, headers, payload);
  }

  /**
   * As above, but adds only the time.
   *
   * @param payload the hash of the body, or the keyword that replaces it
   */
  public Map<String, String> sign(
      String method, String host, String target, Map<String, String> more, String payload) {
    var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    headers.put("Host", host);
    headers.put("x-amz-date", SigV4Parameters.longDate(time));
    headers.putAll(more);
    List<String> names = headers.keySet().stream().map(Signer::lower).sorted().toList();
    String signature = signature(method, target, headers, names, payload);
    headers.put(
        "Authorization",
        "AWS4-HMAC-SHA256 Credential="
            + accessKey
            + "/"
            + scope()
            + ", SignedHeaders="
            + String.join(";", names)
            + ", Signature="
            + signature);
    return headers;
  }

  /** A presigned URL of a GET, with a signature over the host header only. */
  public URI presign(URI endpoint, String path, long seconds, String... parameters) {
    return presign("GET", endpoint, path, seconds, parameters);
  }

  /** A presigned URL, with a signature over the host header only. */
  public URI presign(String method, URI endpoint, String path, long seconds, String... parameters) {
    var query = new ArrayList<String>(List.of(parameters));
    query.add("X-Amz-Algorithm=AWS4-HMAC-SHA256");
    query.add(
        "X-Amz-Credential=" + UriEncoding.encode(accessKey + "/" + scope()).replace("/", "%2F"));
    query.add("X-Amz-Date=" + SigV4Parameters.longDate(time));
    query.add("X-Amz-Expires=" + seconds);
    query.add("X-Amz-SignedHeaders=host");
    String target = path + "?" + String.join("&", query);
    String signature =
        signature(
            method,
            target,
            Map.of("host", endpoint.getRawAuthority()),
            List.of("host"),
            SigV4.UNSIGNED_PAYLOAD);
    return URI.create(endpoint + target + "&X-Amz-Signature=" + signature);
  }

  public SigV4.Scope scope() {
    return new SigV4.Scope(SigV4Parameters.longDate(time).substring(0, 8), region, service);
  }

  public byte[] key() {
    return SigV4.key(secretKey, scope());
  }

  private String signature(
      String method,
      String target,
      Map<String, String> headers,
      List<String> names,
      String payload) {
    var request =
        new global.pixell.par.testkit.internal.http.HttpRequest(
            method, target, headers, InputStream.nullInputStream());
    try {
      String canonical = CanonicalRequest.of(request, names, payload, service.equals("s3"));
      return SigV4.sign(
          key(),
          SigV4.stringToSign(
              SigV4.ALGORITHM, SigV4Parameters.longDate(time), scope(), SigV4.hash(canonical)));
    } catch (IOException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
