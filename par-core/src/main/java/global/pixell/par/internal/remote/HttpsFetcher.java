package global.pixell.par.internal.remote;

import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.remote.RequestContext.Action;
import global.pixell.par.internal.remote.RequestContext.Signer;
import global.pixell.par.internal.s3name.S3Host;
import global.pixell.par.internal.text.SafeText;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Reads a presigned address. Redirects are followed only to addresses that the rule allows. The
 * query of the address is a credential: it is never shown, and sent to no other host.
 */
public final class HttpsFetcher implements ObjectSource {

  private static final int CONNECT_TIMEOUT_MS = 5_000;
  private static final int READ_TIMEOUT_MS = 20_000;
  private static final int MAX_REDIRECTS = 5;

  private final URI uri;
  private final Predicate<URI> allowed;
  private final AbortableRequests requests = new AbortableRequests();

  /**
   * Sends no request yet.
   *
   * @param uri the address with its signature
   * @param allowed which addresses may be requested
   */
  public HttpsFetcher(URI uri, Predicate<URI> allowed) {
    this.uri = uri;
    this.allowed = allowed;
  }

  @Override
  public String address() {
    return SafeText.withoutQuery(uri.toString());
  }

  @Override
  public String toString() {
    return address();
  }

  @Override
  public void abort() {
    requests.abort();
  }

  @Override
  public Response get(RangeRequest request) throws FetchFailure {
    URI next = uri;
    for (int redirect = 0; redirect <= MAX_REDIRECTS; redirect++) {
      if (!allowed.test(next)) {
        throw redirected(next, "which is not allowed", "Allow its bucket or its host by name.");
      }
      URI target = next;
      try {
        HttpURLConnection connection = open(target, request);
        int status = requests.run(connection::disconnect, connection::getResponseCode);
        Optional<String> location = header(connection).apply("Location");
        if (!isRedirect(status) || location.isEmpty()) {
          return response(target, connection, status, request);
        }
        connection.disconnect();
        next = redirect(target, location.get());
      } catch (IOException e) {
        throw NetworkErrors.of(context(target), e);
      }
    }
    throw redirected(
        next, "the " + (MAX_REDIRECTS + 1) + "th redirect", "Check the server for a loop.");
  }

  private static boolean isRedirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  }

  private URI redirect(URI from, String location) throws FetchFailure {
    try {
      return from.resolve(location);
    } catch (IllegalArgumentException e) {
      // Without the exception, whose message may hold a signature.
      throw redirected(from, "which redirects to a malformed address", "Check the host.");
    }
  }

  private FetchFailure redirected(URI to, String what, String hint) {
    return FetchFailure.permanent(
        new ParException(
            Kind.CONFIG,
            "Reading " + address() + " failed: it redirects to " + shown(to) + ", " + what + ".",
            hint));
  }

  /** The address without its query and its user, because the server that redirects chose it. */
  private static String shown(URI uri) {
    return uri.getScheme()
        + "://"
        + uri.getHost()
        + (uri.getPort() < 0 ? "" : ":" + uri.getPort())
        + (uri.getRawPath() == null ? "" : SafeText.words(uri.getRawPath()));
  }

  private static HttpURLConnection open(URI uri, RangeRequest request) throws IOException {
    var connection = (HttpURLConnection) uri.toURL().openConnection();
    connection.setInstanceFollowRedirects(false);
    connection.setConnectTimeout(CONNECT_TIMEOUT_MS);
    connection.setReadTimeout(READ_TIMEOUT_MS);
    connection.setRequestProperty("Accept-Encoding", "identity");
    request.range().ifPresent(range -> connection.setRequestProperty("Range", range));
    request
        .ifMatch()
        .ifPresent(tag -> connection.setRequestProperty("If-Match", HttpFields.quoted(tag)));
    request
        .ifNoneMatch()
        .ifPresent(tag -> connection.setRequestProperty("If-None-Match", HttpFields.quoted(tag)));
    return connection;
  }

  private Response response(
      URI target, HttpURLConnection connection, int status, RangeRequest request)
      throws IOException, FetchFailure {
    if (status == 304) {
      return Response.unchanged(request);
    }
    Function<String, Optional<String>> header = header(connection);
    if (status != 200 && status != 206) {
      byte[] body = body(connection);
      connection.disconnect();
      throw S3ErrorClassifier.failure(
          context(target), ErrorResponse.of(status, header, body, Instant.now()));
    }
    ErrorResponse page = ErrorResponse.of(status, header, new byte[0], Instant.now());
    if (page.isHtml() && S3Host.of(target).isPresent()) {
      connection.disconnect();
      throw S3ErrorClassifier.failure(context(target), page);
    }
    ResponseHead head = head(connection, status, request);
    return new Response(
        false,
        head.partial(),
        head.start(),
        head.total(),
        HttpFields.entityTag(header.apply("ETag")),
        HttpFields.versionId(header.apply("x-amz-version-id")),
        HttpFields.checksums(connection.getHeaderFields()),
        connection.getInputStream(),
        connection::disconnect);
  }

  private static ResponseHead head(HttpURLConnection connection, int status, RangeRequest request)
      throws MalformedResponse {
    var fields = new TreeMap<String, List<String>>(String.CASE_INSENSITIVE_ORDER);
    connection
        .getHeaderFields()
        .forEach(
            (name, values) -> {
              // The status line has no name.
              if (name != null) {
                fields.merge(
                    name, values, (a, b) -> Stream.of(a, b).flatMap(List::stream).toList());
              }
            });
    try {
      return ResponseHead.of(status, name -> fields.getOrDefault(name, List.of()), request);
    } catch (MalformedResponse e) {
      connection.disconnect();
      throw e;
    }
  }

  private byte[] body(HttpURLConnection connection) {
    try (InputStream error = connection.getErrorStream()) {
      return error == null
          ? new byte[0]
          : requests.run(connection::disconnect, () -> error.readNBytes(ErrorResponse.MAX_BODY));
    } catch (IOException e) {
      // The status is enough to classify the failure.
      return new byte[0];
    }
  }

  private static Function<String, Optional<String>> header(HttpURLConnection connection) {
    return name -> Optional.ofNullable(connection.getHeaderField(name));
  }

  @Override
  public FetchFailure broken(Exception cause) {
    return NetworkErrors.of(context(uri), cause);
  }

  /** The request to the host of an address, which may be that of a redirect. */
  public RequestContext context(URI target) {
    Optional<S3Host> s3 = S3Host.of(target);
    String query = String.valueOf(target.getRawQuery()).toLowerCase(Locale.ROOT);
    return new RequestContext(
        address(),
        s3.map(S3Host::bucket).orElse(""),
        s3.map(host -> host.keyOf(target)).orElse(""),
        query.matches("(.*&)?versionid=.*") ? Action.GET_OBJECT_VERSION : Action.GET_OBJECT,
        s3.map(S3Host::region).orElse(""),
        target.resolve("/"),
        query.contains("signature=") ? Signer.ADDRESS : Signer.NOBODY);
  }
}
