package global.pixell.par.internal.remote.s3;

import global.pixell.par.ParConfig;
import global.pixell.par.internal.remote.AbortableRequests;
import global.pixell.par.internal.text.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The credentials from a container's own endpoint (ECS, EKS Pod Identity), kept until shortly
 * before they expire. Each call sends at most one request, because {@code FetchRetry} owns the
 * retries. Thread-safe: a call during the request of another one waits for its response.
 *
 * <p>The rules are those of the SDKs: <a
 * href="https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html">Container
 * credential provider</a>.
 */
final class ContainerCredentials {

  /** The endpoint gave no credentials. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final boolean isTransient;

    private Refused(String message, boolean isTransient) {
      super(message);
      this.isTransient = isTransient;
    }

    /** Whether the next attempt may get some. */
    boolean isTransient() {
      return isTransient;
    }
  }

  /**
   * Besides loopback, the only hosts that may see the token and the credentials over plain HTTP.
   */
  private static final Set<String> HOSTS =
      Set.of("169.254.170.2", "169.254.170.23", "[fd00:ec2::23]");

  private static final int CONNECT_TIMEOUT_MS = 2_000;
  private static final int READ_TIMEOUT_MS = 5_000;
  private static final int MAX_BODY = 64 << 10;
  // The times of the SDKs: early enough to survive a few failed renewals, and late enough that the
  // endpoint has new ones.
  private static final Duration EARLY = Duration.ofMinutes(15);
  private static final Duration LAST = Duration.ofMinutes(1);
  private static final Duration LONGEST = Duration.ofHours(1);

  private final String uri;
  private final Optional<String> token;
  private final Optional<Path> tokenFile;
  private final Clock clock;

  private ParConfig.@Nullable Credentials issued;
  private Instant expires = Instant.MIN;
  private Instant renewAt = Instant.MIN;

  /**
   * Sends no request yet.
   *
   * @param uri the endpoint
   * @param token the value of the {@code Authorization} header
   * @param tokenFile a file with that value, read for each request; takes precedence over {@code
   *     token}
   */
  ContainerCredentials(String uri, Optional<String> token, Optional<Path> tokenFile, Clock clock) {
    this.uri = uri;
    this.token = token;
    this.tokenFile = tokenFile;
    this.clock = clock;
  }

  /**
   * The current credentials.
   *
   * @param requests may end the wait for them
   * @throws Refused when the endpoint gave none
   */
  synchronized ParConfig.Credentials get(AbortableRequests requests) {
    Instant now = clock.instant();
    ParConfig.Credentials cached = issued;
    if (cached != null && now.isBefore(renewAt)) {
      return cached;
    }
    try {
      return accept(request(requests), now);
    } catch (Refused e) {
      if (cached == null || !now.isBefore(expires)) {
        throw e;
      }
      // The cached ones are still valid.
      renewAt = now.plus(LAST);
      return cached;
    }
  }

  private ParConfig.Credentials accept(Map<String, @Nullable Object> response, Instant now) {
    Optional<Instant> until = Json.text(response, "Expiration").map(ContainerCredentials::instant);
    if (until.filter(end -> !end.isAfter(now)).isPresent()) {
      throw new Refused("its credentials expired at " + until.get(), true);
    }
    var accepted =
        new ParConfig.Credentials(
            required(response, "AccessKeyId"),
            required(response, "SecretAccessKey"),
            Json.text(response, "Token"));
    expires = until.orElse(Instant.MAX);
    Instant last = until.map(end -> end.minus(LAST)).orElse(Instant.MAX);
    renewAt =
        until
            .map(end -> end.minus(EARLY))
            .filter(now::isBefore)
            .or(() -> Optional.of(last))
            .map(due -> due.isBefore(now.plus(LONGEST)) ? due : now.plus(LONGEST))
            .get();
    issued = accepted;
    return accepted;
  }

  private static Instant instant(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw new Refused("its Expiration is not a time", true);
    }
  }

  private static String required(Map<String, @Nullable Object> response, String field) {
    return Json.text(response, field)
        .orElseThrow(() -> new Refused("its response has no " + field, true));
  }

  private Map<String, @Nullable Object> request(AbortableRequests requests) {
    URI address = address();
    Optional<String> authorization = authorization();
    try {
      var connection = (HttpURLConnection) address.toURL().openConnection(Proxy.NO_PROXY);
      try {
        connection.setInstanceFollowRedirects(false);
        connection.setConnectTimeout(CONNECT_TIMEOUT_MS);
        connection.setReadTimeout(READ_TIMEOUT_MS);
        connection.setRequestProperty("Accept", "application/json");
        authorization.ifPresent(t -> connection.setRequestProperty("Authorization", t));
        return requests.run(connection::disconnect, () -> response(connection));
      } finally {
        connection.disconnect();
      }
    } catch (IOException e) {
      throw new Refused(e.getClass().getSimpleName() + ": " + e.getMessage(), true);
    }
  }

  private static Map<String, @Nullable Object> response(HttpURLConnection connection)
      throws IOException {
    int status = connection.getResponseCode();
    try (InputStream body =
        status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
      String text =
          body == null ? "" : new String(body.readNBytes(MAX_BODY), StandardCharsets.UTF_8);
      Optional<Map<String, @Nullable Object>> fields = fields(text);
      if (status == 200) {
        return fields.orElseThrow(() -> new Refused("its response is not a JSON object", true));
      }
      String said = fields.flatMap(f -> Json.text(f, "message")).map(m -> ": " + m).orElse("");
      throw new Refused("HTTP " + status + said, status == 429 || status >= 500);
    }
  }

  /** Drops the parser's exception, whose message would repeat the text. */
  private static Optional<Map<String, @Nullable Object>> fields(String text) {
    try {
      return Optional.of(Json.read(text));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** No message repeats the address, because it may hold a secret. */
  private URI address() {
    URI address;
    try {
      address = new URI(uri);
    } catch (URISyntaxException e) {
      throw new Refused("its address is malformed", false);
    }
    String host = String.valueOf(address.getHost());
    boolean allowed =
        "https".equalsIgnoreCase(address.getScheme())
            || ("http".equalsIgnoreCase(address.getScheme())
                && (HOSTS.contains(host) || isLoopback(host)));
    if (!allowed) {
      throw new Refused(
          "its address is neither https nor on this machine, as AWS_CONTAINER_CREDENTIALS_FULL_URI has to be",
          false);
    }
    return address;
  }

  private static boolean isLoopback(String host) {
    try {
      return Stream.of(InetAddress.getAllByName(host)).allMatch(InetAddress::isLoopbackAddress);
    } catch (UnknownHostException e) {
      return false;
    }
  }

  private Optional<String> authorization() {
    Optional<String> value = tokenFile.map(ContainerCredentials::read).or(() -> token);
    if (value.filter(text -> text.chars().anyMatch(Character::isISOControl)).isPresent()) {
      throw new Refused("its token holds a line break", false);
    }
    return value;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new Refused("its token file " + file + " cannot be read", true);
    }
  }
}
