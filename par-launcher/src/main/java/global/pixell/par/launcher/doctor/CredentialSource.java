package global.pixell.par.launcher.doctor;

import global.pixell.par.internal.text.Json;
import global.pixell.par.launcher.failure.ExitCode;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where the credentials of a boot come from and when they expire; never what they are. */
final class CredentialSource {

  /** The endpoint of the container credentials of ECS; AWS defines the address. */
  private static final String ECS = "http://169.254.170.2";

  private static final String NAME = "credentials";
  private static final int TIMEOUT_MS = 3000;
  private static final int MAX_ANSWER = 64 << 10;

  private final Map<String, String> environment;
  private final Clock clock;

  CredentialSource(Map<String, String> environment, Clock clock) {
    this.environment = environment;
    this.clock = clock;
  }

  private Optional<String> given(String variable) {
    return Optional.ofNullable(environment.get(variable)).filter(value -> !value.isBlank());
  }

  /** The first source of the chain that has any, in the order in which a fetch asks them. */
  Check check() {
    if (given("AWS_ACCESS_KEY_ID").isPresent()) {
      boolean temporary = given("AWS_SESSION_TOKEN").isPresent();
      return Check.ok(
          NAME,
          "The credentials come from AWS_ACCESS_KEY_ID"
              + (temporary
                  ? " with a session token: they are temporary, and their end is unknown."
                  : ", without a session token: they do not expire."),
          Guide.GET_OBJECT);
    }
    Optional<Path> profile = profileFile();
    if (profile.isPresent()) {
      return Check.ok(
          NAME,
          "The credentials come from the profile '"
              + given("AWS_PROFILE").orElse("default")
              + "' of "
              + profile.get()
              + ".",
          Guide.GET_OBJECT);
    }
    Optional<String> endpoint =
        given("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
            .map(path -> ECS + path)
            .or(() -> given("AWS_CONTAINER_CREDENTIALS_FULL_URI"));
    if (endpoint.isPresent()) {
      return container(endpoint.get());
    }
    return Check.failed(
        NAME,
        ExitCode.ACCESS_DENIED,
        "No AWS credentials were found: no AWS_ACCESS_KEY_ID, no profile, no container endpoint.",
        given("AWS_WEB_IDENTITY_TOKEN_FILE").isPresent()
            ? "Web identity needs STS, and PAR calls no service but S3: give the pod an EKS Pod Identity."
            : "Give the task a task role.",
        Guide.GET_OBJECT);
  }

  private Optional<Path> profileFile() {
    Path home = Path.of(given("HOME").orElse("/"));
    Path credentials =
        given("AWS_SHARED_CREDENTIALS_FILE")
            .map(Path::of)
            .orElse(home.resolve(".aws").resolve("credentials"));
    Path config =
        given("AWS_CONFIG_FILE").map(Path::of).orElse(home.resolve(".aws").resolve("config"));
    if (Files.isReadable(credentials)) {
      return Optional.of(credentials);
    }
    return given("AWS_PROFILE").isPresent() && Files.isReadable(config)
        ? Optional.of(config)
        : Optional.empty();
  }

  private Check container(String address) {
    try {
      Map<String, @Nullable Object> answer = ask(address);
      Optional<Instant> expiry = Json.text(answer, "Expiration").flatMap(CredentialSource::instant);
      String role = Json.text(answer, "RoleArn").map(arn -> " of the role " + arn).orElse("");
      if (expiry.isPresent() && expiry.get().isBefore(clock.instant())) {
        return Check.failed(
            NAME,
            ExitCode.ACCESS_DENIED,
            "The container's endpoint gave credentials"
                + role
                + " that expired at "
                + expiry.get()
                + ".",
            "Check the clock of this machine, then the agent of ECS or EKS.",
            Guide.GET_OBJECT);
      }
      return Check.ok(
          NAME,
          "The credentials"
              + role
              + " come from the container's endpoint"
              + expiry
                  .map(at -> " and are valid for " + minutes(Duration.between(clock.instant(), at)))
                  .orElse("")
              + "; they renew themselves.",
          Guide.GET_OBJECT);
    } catch (IOException | IllegalArgumentException e) {
      return Check.failed(
          NAME,
          ExitCode.ACCESS_DENIED,
          "The container's endpoint gave no AWS credentials: " + e.getMessage() + ".",
          "Give the task definition a taskRoleArn, and let it reach 169.254.170.2.",
          Guide.GET_OBJECT);
    }
  }

  private static String minutes(Duration left) {
    return left.toMinutes() + " minutes";
  }

  private Map<String, @Nullable Object> ask(String address) throws IOException {
    var connection = (HttpURLConnection) URI.create(address).toURL().openConnection(Proxy.NO_PROXY);
    connection.setConnectTimeout(TIMEOUT_MS);
    connection.setReadTimeout(TIMEOUT_MS);
    Optional<String> token = given("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    Optional<String> file = given("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    if (file.isPresent()) {
      token = Optional.of(Files.readString(Path.of(file.get())).strip());
    }
    token.ifPresent(value -> connection.setRequestProperty("Authorization", value));
    try {
      int status = connection.getResponseCode();
      if (status != 200) {
        throw new IOException("it answered " + status);
      }
      try (InputStream in = connection.getInputStream()) {
        return Json.read(new String(in.readNBytes(MAX_ANSWER), StandardCharsets.UTF_8));
      }
    } finally {
      connection.disconnect();
    }
  }

  private static Optional<Instant> instant(String text) {
    try {
      return Optional.of(Instant.parse(text));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
