package global.pixell.par.internal.remote.s3;

import global.pixell.par.internal.remote.AbortableRequests;
import global.pixell.par.internal.remote.ErrorResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.core.util.VersionInfo;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.utils.http.SdkHttpUtils;

/**
 * Sends GET requests to S3, with the SDK's endpoint rules, signer and HTTP client, but without its
 * generated client. For a single GET that one loads 1,000 more classes: a quarter of a cold start's
 * CPU time, and 11 MB of a process's memory. Thread-safe.
 */
final class SignedRequests implements AutoCloseable {

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  // A socket that sends nothing for this long counts as dead. S3 sends its first byte well within a
  // second.
  private static final Duration SOCKET_TIMEOUT = Duration.ofSeconds(20);

  /** A response whose body is still to be read. */
  record Response(SdkHttpResponse head, AbortableInputStream body) {

    /** The beginning of the body, where it is read as text. */
    byte[] start(int max, AbortableRequests requests) throws IOException {
      try (InputStream in = body) {
        return requests.run(body::abort, () -> in.readNBytes(max));
      }
    }
  }

  private final S3Endpoint endpoint;
  private final CredentialsSource credentials;
  private final SigningClock clock;
  private final AwsV4HttpSigner signer = AwsV4HttpSigner.create();
  private final SdkHttpClient http = UrlConnectionHttpClient.create(SignedRequests::connection);

  SignedRequests(S3Endpoint endpoint, CredentialsSource credentials, SigningClock clock) {
    this.endpoint = endpoint;
    this.credentials = credentials;
    this.clock = clock;
  }

  /**
   * Opens connections as the JDK does, which reads the trusted certificates at the first handshake.
   * The SDK's client reads them even where the endpoint does not speak TLS: a quarter of a cold
   * start.
   */
  private static HttpURLConnection connection(URI uri) {
    try {
      var connection = (HttpURLConnection) uri.toURL().openConnection();
      connection.setConnectTimeout((int) CONNECT_TIMEOUT.toMillis());
      connection.setReadTimeout((int) SOCKET_TIMEOUT.toMillis());
      return connection;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Sends one request and waits for the head of its response, whatever its status.
   *
   * @param path below the bucket, literally
   * @param requests may end the wait
   * @throws IOException when no response comes
   * @throws RuntimeException when the request cannot be made or signed
   */
  Response get(
      String bucket,
      String path,
      Map<String, String> query,
      Map<String, String> fields,
      AbortableRequests requests)
      throws IOException {
    SdkHttpRequest signed = sign(bucket, path, query, fields, requests);
    ExecutableHttpRequest request =
        http.prepareRequest(HttpExecuteRequest.builder().request(signed).build());
    HttpExecuteResponse response = requests.run(request::abort, request::call);
    return new Response(
        response.httpResponse(),
        response
            .responseBody()
            .orElseGet(() -> AbortableInputStream.create(InputStream.nullInputStream())));
  }

  private SdkHttpRequest sign(
      String bucket,
      String path,
      Map<String, String> query,
      Map<String, String> fields,
      AbortableRequests requests) {
    S3Endpoint.Address address = endpoint.bucket(bucket);
    SdkHttpRequest.Builder request =
        SdkHttpRequest.builder()
            .method(SdkHttpMethod.GET)
            .uri(address.url())
            .putHeader("User-Agent", "par aws-sdk-java/" + VersionInfo.SDK_VERSION);
    request.encodedPath(
        withoutSlash(request.encodedPath()) + "/" + SdkHttpUtils.urlEncodeIgnoreSlashes(path));
    query.forEach(request::putRawQueryParameter);
    fields.forEach(request::putHeader);
    AwsCredentials identity = credentials.resolve(requests);
    return signer
        .sign(
            s ->
                s.request(request.build())
                    .identity(identity)
                    .putProperty(HttpSigner.SIGNING_CLOCK, clock)
                    .putProperty(
                        AwsV4HttpSigner.SERVICE_SIGNING_NAME, address.signature().signingName())
                    .putProperty(AwsV4HttpSigner.REGION_NAME, address.signature().signingRegion())
                    // S3 signs the path as it is sent.
                    .putProperty(AwsV4HttpSigner.DOUBLE_URL_ENCODE, false)
                    .putProperty(AwsV4HttpSigner.NORMALIZE_PATH, false))
        .request();
  }

  private static String withoutSlash(String path) {
    return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }

  /** The error response that a response is; reads no more of its body than its text. */
  ErrorResponse error(Response response, AbortableRequests requests) {
    byte[] body;
    try {
      body = response.start(ErrorResponse.MAX_BODY, requests);
    } catch (IOException e) {
      // The status is enough to classify the failure.
      body = new byte[0];
    }
    return ErrorResponse.of(
        response.head().statusCode(), response.head()::firstMatchingHeader, body, Instant.now());
  }

  @Override
  public void close() {
    http.close();
  }
}
