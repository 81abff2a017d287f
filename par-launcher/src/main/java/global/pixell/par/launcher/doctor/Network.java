package global.pixell.par.launcher.doctor;

import global.pixell.par.launcher.config.TimedCall;
import global.pixell.par.launcher.failure.ExitCode;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.Socket;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/** The way to S3, step by step: name, connection, clock, region. Nothing is signed. */
final class Network {

  private static final Duration SMALL_SKEW = Duration.ofMinutes(1);

  private final URI endpoint;
  private final Optional<String> bucket;
  private final String region;
  private final Clock clock;
  private final Duration timeout;

  private Optional<Answer> answer = Optional.empty();

  /** The answer to an unsigned request. S3 reports a bucket's region to everybody. */
  private record Answer(int status, Optional<String> region, Optional<Instant> date) {}

  /**
   * The way to an endpoint.
   *
   * @param endpoint scheme, host and port
   * @param bucket to ask for
   * @param region that a boot would sign for
   */
  Network(URI endpoint, Optional<String> bucket, String region, Clock clock, Duration timeout) {
    this.endpoint = endpoint;
    this.bucket = bucket;
    this.region = region;
    this.clock = clock;
    this.timeout = timeout;
  }

  private Optional<InetSocketAddress> proxy() {
    for (Proxy proxy : ProxySelector.getDefault().select(endpoint)) {
      if (proxy.type() != Proxy.Type.DIRECT && proxy.address() instanceof InetSocketAddress at) {
        return Optional.of(at);
      }
    }
    return Optional.empty();
  }

  private int port() {
    if (endpoint.getPort() > 0) {
      return endpoint.getPort();
    }
    return "http".equals(endpoint.getScheme()) ? 80 : 443;
  }

  /** Whether the name of the endpoint, or of the proxy before it, has an address. */
  Check name() throws InterruptedException {
    String check = "dns";
    Optional<InetSocketAddress> proxy = proxy();
    String host = proxy.map(InetSocketAddress::getHostString).orElse(endpoint.getHost());
    try {
      List<InetAddress> found =
          TimedCall.get(
              "par-doctor-dns", timeout, () -> Arrays.asList(InetAddress.getAllByName(host)));
      String addresses =
          String.join(", ", found.stream().map(InetAddress::getHostAddress).toList());
      return Check.ok(
          check,
          host
              + " has the address "
              + addresses
              + (proxy.isPresent() ? " and is the proxy." : ": " + kind(found) + "."),
          Guide.ENDPOINT);
    } catch (ExecutionException e) {
      return Check.failed(
          check,
          ExitCode.UNAVAILABLE,
          "The name " + host + " has no address.",
          "Check the name, the resolver of the VPC (enableDnsSupport) and the VPC endpoint.",
          Guide.ENDPOINT);
    } catch (TimeoutException e) {
      return Check.failed(
          check,
          ExitCode.UNAVAILABLE,
          "The resolver did not answer for " + host + " within " + timeout.toSeconds() + " s.",
          "Check the way to the resolver of the VPC.",
          Guide.ENDPOINT);
    }
  }

  private static String kind(List<InetAddress> addresses) {
    if (addresses.stream().anyMatch(InetAddress::isLoopbackAddress)) {
      return "this machine itself";
    }
    return addresses.stream().anyMatch(InetAddress::isSiteLocalAddress)
        ? "an interface endpoint of the VPC"
        : "a gateway endpoint or the public way, which share their addresses";
  }

  /** Whether the endpoint, or the proxy before it, answers. */
  Check connection() {
    String check = "endpoint";
    Optional<InetSocketAddress> proxy = proxy();
    InetSocketAddress to =
        proxy
            .map(at -> new InetSocketAddress(at.getHostString(), at.getPort()))
            .orElseGet(() -> new InetSocketAddress(endpoint.getHost(), port()));
    String where =
        (proxy.isPresent() ? "the proxy " : "the endpoint ")
            + to.getHostString()
            + ":"
            + to.getPort();
    try (var socket = new Socket(Proxy.NO_PROXY)) {
      socket.connect(to, (int) timeout.toMillis());
    } catch (IOException e) {
      return Check.failed(
          check,
          ExitCode.UNAVAILABLE,
          "Nothing answers at " + where + ": " + e.getMessage() + ".",
          proxy.isPresent()
              ? "Check HTTPS_PROXY (HTTP_PROXY for an http endpoint) and NO_PROXY."
              : "Check routes, the security group's egress to the S3 prefix list (TCP 443) and the VPC endpoint.",
          Guide.ENDPOINT);
    }
    try {
      answer = Optional.of(ask());
    } catch (IOException e) {
      return Check.failed(
          check,
          ExitCode.UNAVAILABLE,
          "A request over " + where + " failed: " + e.getMessage() + ".",
          "Check the proxy, TLS interception and AWS_ENDPOINT_URL_S3.",
          Guide.ENDPOINT);
    }
    return Check.ok(check, "S3 answers over " + where + ".", Guide.ENDPOINT);
  }

  private Answer ask() throws IOException {
    String base = endpoint.toString().replaceAll("/+$", "");
    var connection =
        (HttpURLConnection)
            URI.create(base + bucket.map(name -> "/" + name).orElse("/")).toURL().openConnection();
    connection.setRequestMethod("HEAD");
    connection.setInstanceFollowRedirects(false);
    connection.setConnectTimeout((int) timeout.toMillis());
    connection.setReadTimeout((int) timeout.toMillis());
    try {
      int status = connection.getResponseCode();
      long date = connection.getHeaderFieldDate("Date", 0);
      return new Answer(
          status,
          Optional.ofNullable(connection.getHeaderField("x-amz-bucket-region")),
          date == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(date)));
    } finally {
      connection.disconnect();
    }
  }

  /** Whether S3 would accept the time of this clock. */
  Check clock() {
    String check = "clock";
    Optional<Instant> date = answer.flatMap(Answer::date);
    if (date.isEmpty()) {
      return Check.skipped(check, "The answer had no date.");
    }
    Duration skew = Duration.between(date.get(), clock.instant());
    String seen =
        "This clock is "
            + skew.abs().toSeconds()
            + " s "
            + (skew.isNegative() ? "behind" : "ahead of")
            + " S3's.";
    return skew.abs().compareTo(SMALL_SKEW) > 0
        ? Check.warning(
            check,
            seen,
            "Set the clock (NTP): S3 allows 15 minutes. A fetch corrects its signatures, but not what TLS and tokens need.",
            Guide.NONE)
        : Check.ok(check, "This clock agrees with S3's.", Guide.NONE);
  }

  /** Whether the bucket is where a boot would look for it. */
  Check region() {
    String check = "region";
    if (bucket.isEmpty() || answer.isEmpty()) {
      return Check.skipped(check, "The address names its region itself.");
    }
    if (answer.get().status == 404) {
      return Check.failed(
          check,
          ExitCode.NOT_FOUND,
          "There is no bucket '" + bucket.get() + "'.",
          "Check PACKAGE_URL and S3_BUCKET.",
          Guide.OBJECT);
    }
    Optional<String> home = answer.get().region;
    if (home.isEmpty()) {
      return Check.skipped(check, "The endpoint does not report the region of a bucket.");
    }
    if (!home.get().equals(region)) {
      return Check.failed(
          check,
          ExitCode.CONFIG,
          "The bucket '"
              + bucket.get()
              + "' is in region '"
              + home.get()
              + "', not in '"
              + region
              + "'.",
          "Set AWS_REGION=" + home.get() + ".",
          Guide.PACKAGE_URL);
    }
    return Check.ok(check, "The bucket '" + bucket.get() + "' is in " + region + ".", Guide.OBJECT);
  }
}
