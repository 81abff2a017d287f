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
 * A presigned address, read as it is; redirects are followed only to addresses the rule allows. Its
 * query is a credential and is never shown, nor sent anywhere but to its own host.
 */
public final class HttpsFetcher implements ObjectSource {

  private static final int CONNECT_TIMEOUT_MS = 5_000;
  private static final int READ_TIMEOUT_MS = 20_000;
  private static final int MAX_REDIRECTS = 5;

  private final URI uri;
  private final Predicate<URI> allowed;
  private final AbortableRequests waiting = new AbortableRequests();

  /**
   * A source of this address.
   *
   * @param uri the address with its signature
   * @param allowed which addresses may be asked
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
    waiting.abort();
  }

  @Override
  public Response get(RangeRequest ask) throws FetchFailure {
    URI next = uri;
    for (int redirect = 0; redirect <= MAX_REDIRECTS; redirect++) {
      if (!allowed.test(next)) {
        throw redirected(next, "which is not allowed", "Allow its bucket or its host by name.");
      }
      URI at = next;
      try {
        HttpURLConnection connection = open(at, ask);
        int status = waiting.await(connection::disconnect, connection::getResponseCode);
        Optional<String> location = header(connection).apply("Location");
        if (!isRedirect(status) || location.isEmpty()) {
          return answer(at, connection, status, ask);
        }
        connection.disconnect();
        next = target(at, location.get());
      } catch (IOException e) {
        throw NetworkErrors.of(asked(at), e);
      }
    }
    throw redirected(next, "which redirects again, over " + MAX_REDIRECTS + " times", "Check it.");
  }

  private static boolean isRedirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  }

  private URI target(URI from, String location) throws FetchFailure {
    try {
      return from.resolve(location);
    } catch (IllegalArgumentException e) {
      // The text may hold a signature, and the exception holds the text.
      throw redirected(from, "which redirects to what is no address", "Check the host.");
    }
  }

  private FetchFailure redirected(URI to, String what, String hint) {
    return FetchFailure.lasting(
        new ParException(
            Kind.CONFIG,
            "Reading " + address() + " failed: it leads to " + shown(to) + ", " + what + ".",
            hint));
  }

  /** An address of a stranger's choice: neither its query nor its user may be shown. */
  private static String shown(URI uri) {
    return uri.getScheme()
        + "://"
        + uri.getHost()
        + (uri.getPort() < 0 ? "" : ":" + uri.getPort())
        + (uri.getRawPath() == null ? "" : SafeText.words(uri.getRawPath()));
  }

  private static HttpURLConnection open(URI uri, RangeRequest ask) throws IOException {
    var connection = (HttpURLConnection) uri.toURL().openConnection();
    connection.setInstanceFollowRedirects(false);
    connection.setConnectTimeout(CONNECT_TIMEOUT_MS);
    connection.setReadTimeout(READ_TIMEOUT_MS);
    connection.setRequestProperty("Accept-Encoding", "identity");
    ask.range().ifPresent(range -> connection.setRequestProperty("Range", range));
    ask.ifMatch()
        .ifPresent(tag -> connection.setRequestProperty("If-Match", HttpFields.quoted(tag)));
    ask.ifNoneMatch()
        .ifPresent(tag -> connection.setRequestProperty("If-None-Match", HttpFields.quoted(tag)));
    return connection;
  }

  private Response answer(URI at, HttpURLConnection connection, int status, RangeRequest ask)
      throws IOException, FetchFailure {
    if (status == 304) {
      return Response.unchanged(ask);
    }
    Function<String, Optional<String>> header = header(connection);
    if (status != 200 && status != 206) {
      byte[] body = body(connection);
      connection.disconnect();
      throw S3ErrorClassifier.failure(
          asked(at), ErrorResponse.of(status, header, body, Instant.now()));
    }
    ResponseHead head = head(connection, status, ask);
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

  private static ResponseHead head(HttpURLConnection connection, int status, RangeRequest ask)
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
      return ResponseHead.of(status, name -> fields.getOrDefault(name, List.of()), ask);
    } catch (MalformedResponse e) {
      connection.disconnect();
      throw e;
    }
  }

  private byte[] body(HttpURLConnection connection) {
    try (InputStream error = connection.getErrorStream()) {
      return error == null
          ? new byte[0]
          : waiting.await(connection::disconnect, () -> error.readNBytes(ErrorResponse.MAX_BODY));
    } catch (IOException e) {
      // The status alone has to do.
      return new byte[0];
    }
  }

  private static Function<String, Optional<String>> header(HttpURLConnection connection) {
    return name -> Optional.ofNullable(connection.getHeaderField(name));
  }

  @Override
  public FetchFailure broken(Exception cause) {
    return NetworkErrors.of(asked(uri), cause);
  }

  /** The request to one host of the way. */
  public RequestContext asked(URI at) {
    Optional<S3Host> s3 = S3Host.of(at);
    String query = String.valueOf(at.getRawQuery()).toLowerCase(Locale.ROOT);
    return new RequestContext(
        address(),
        s3.map(S3Host::bucket).orElse(""),
        s3.map(host -> host.keyOf(at)).orElse(""),
        query.matches("(.*&)?versionid=.*") ? Action.GET_OBJECT_VERSION : Action.GET_OBJECT,
        s3.map(S3Host::region).orElse(""),
        at.getHost() + (at.getPort() < 0 ? "" : ":" + at.getPort()),
        query.contains("signature=") ? Signer.ADDRESS : Signer.NOBODY);
  }
}
