package global.pixell.par;

import global.pixell.par.ParException.Kind;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A presigned address, read as it is; redirects are followed only to addresses the rule allows. Its
 * query is a credential and is never shown.
 *
 * @param uri the address with its signature
 * @param allowed which addresses may be asked
 */
record HttpsFetcher(URI uri, Predicate<URI> allowed) implements ObjectSource {

  private static final int CONNECT_TIMEOUT_MS = 5_000;
  private static final int READ_TIMEOUT_MS = 20_000;
  private static final int MAX_REDIRECTS = 5;
  private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d+)-\\d+/(\\d+)");

  @Override
  public String address() {
    return PackageRef.withoutQuery(uri.toString());
  }

  @Override
  public Response get(Ask ask) throws FetchFailure {
    URI next = uri;
    for (int redirect = 0; redirect <= MAX_REDIRECTS; redirect++) {
      if (!allowed.test(next)) {
        throw FetchFailure.lasting(
            new ParException(
                Kind.CONFIG,
                "The address " + PackageRef.withoutQuery(next.toString()) + " is not allowed.",
                "Use an S3 endpoint of an allowed bucket, or allow the host by name."));
      }
      try {
        HttpURLConnection connection = open(next, ask);
        int status = connection.getResponseCode();
        if (status >= 300 && status < 400 && status != 304) {
          String location = connection.getHeaderField("Location");
          connection.disconnect();
          if (location == null) {
            throw refused(status);
          }
          next = next.resolve(location);
          continue;
        }
        return answer(connection, status, ask);
      } catch (IOException | IllegalArgumentException e) {
        throw broken(e);
      }
    }
    throw FetchFailure.lasting(
        new ParException(
            Kind.UNAVAILABLE,
            "Reading " + address() + " failed: over " + MAX_REDIRECTS + " redirects.",
            "Check the address."));
  }

  private static HttpURLConnection open(URI uri, Ask ask) throws IOException {
    var connection = (HttpURLConnection) uri.toURL().openConnection();
    connection.setInstanceFollowRedirects(false);
    connection.setConnectTimeout(CONNECT_TIMEOUT_MS);
    connection.setReadTimeout(READ_TIMEOUT_MS);
    connection.setRequestProperty("Accept-Encoding", "identity");
    ask.range().ifPresent(range -> connection.setRequestProperty("Range", range));
    ask.ifMatch().ifPresent(tag -> connection.setRequestProperty("If-Match", '"' + tag + '"'));
    ask.ifNoneMatch()
        .ifPresent(tag -> connection.setRequestProperty("If-None-Match", '"' + tag + '"'));
    return connection;
  }

  private Response answer(HttpURLConnection connection, int status, Ask ask)
      throws IOException, FetchFailure {
    if (status == 304) {
      return Response.unchanged(ask.ifNoneMatch());
    }
    if (status != 200 && status != 206) {
      connection.disconnect();
      throw refused(status);
    }
    long length = connection.getContentLengthLong();
    long start = 0;
    OptionalLong total = length < 0 ? OptionalLong.empty() : OptionalLong.of(length);
    Matcher range =
        CONTENT_RANGE.matcher(String.valueOf(connection.getHeaderField("Content-Range")));
    boolean partial = status == 206 && range.matches();
    if (partial) {
      start = Long.parseLong(range.group(1));
      total = OptionalLong.of(Long.parseLong(range.group(2)));
    }
    return new Response(
        false,
        partial,
        start,
        total,
        Optional.ofNullable(connection.getHeaderField("ETag")).flatMap(ObjectSource::strong),
        Optional.ofNullable(connection.getHeaderField("x-amz-version-id")),
        checksums(connection),
        connection.getInputStream(),
        connection::disconnect);
  }

  private static Map<String, String> checksums(HttpURLConnection connection) {
    var checksums = new TreeMap<String, String>();
    connection
        .getHeaderFields()
        .forEach(
            (name, values) -> {
              // The status line has no name.
              String lower = String.valueOf(name).toLowerCase(Locale.ROOT);
              if (lower.startsWith("x-amz-checksum-")) {
                checksums.put(lower, values.get(0));
              }
            });
    return checksums;
  }

  private FetchFailure refused(int status) {
    String sentence = "Reading " + address() + " failed (HTTP " + status + ").";
    return switch (status) {
      case 403 ->
          FetchFailure.lasting(
              new ParException(
                  Kind.ACCESS_DENIED,
                  sentence,
                  "Make a new presigned address; this one may have expired."));
      case 404, 405, 410 ->
          FetchFailure.lasting(new ParException(Kind.NOT_FOUND, sentence, "Check the address."));
      case 412, 416 ->
          FetchFailure.changed(
              new ParException(
                  Kind.UNAVAILABLE,
                  "Reading "
                      + address()
                      + " failed: the object changed while it was downloaded (HTTP "
                      + status
                      + ").",
                  "Publish packages under a new address instead of overwriting one."));
      case 429, 500, 502, 503, 504 ->
          FetchFailure.passing(
              new ParException(Kind.UNAVAILABLE, sentence, "Try again later."), Optional.empty());
      default ->
          FetchFailure.lasting(
              new ParException(Kind.UNAVAILABLE, sentence, "Check the address and the server."));
    };
  }

  @Override
  public FetchFailure broken(Exception cause) {
    // The cause's message may hold the whole address, so only its type is told.
    return FetchFailure.passing(
        new ParException(
            Kind.UNAVAILABLE,
            "Reading "
                + address()
                + " failed: the connection broke ("
                + cause.getClass().getSimpleName()
                + ").",
            "Check the network between the task and the host."),
        Optional.empty());
  }
}
