package global.pixell.par.internal.remote.s3;

import global.pixell.par.PackageRef;
import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.remote.AbortableRequests;
import global.pixell.par.internal.remote.ErrorResponse;
import global.pixell.par.internal.remote.FetchFailure;
import global.pixell.par.internal.remote.HttpFields;
import global.pixell.par.internal.remote.Listing;
import global.pixell.par.internal.remote.MalformedResponse;
import global.pixell.par.internal.remote.ObjectSource;
import global.pixell.par.internal.remote.RequestContext;
import global.pixell.par.internal.remote.RequestContext.Action;
import global.pixell.par.internal.remote.RequestContext.Signer;
import global.pixell.par.internal.remote.ResponseHead;
import global.pixell.par.internal.remote.S3ErrorClassifier;
import global.pixell.par.internal.s3name.S3Host;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.http.auth.spi.scheme.AuthSchemeOption;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.auth.scheme.S3AuthSchemeParams;
import software.amazon.awssdk.services.s3.auth.scheme.S3AuthSchemeProvider;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * S3 through the AWS SDK: each call is one request, and the SDK's own retries are off. Thread-safe.
 */
public final class S3Fetcher implements AutoCloseable {

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  // A socket that sends nothing for this long counts as dead. S3 sends its first byte well within a
  // second.
  private static final Duration SOCKET_TIMEOUT = Duration.ofSeconds(20);
  // 100,000 names under one prefix. The limit ends the listing of a server that always has more.
  private static final int MAX_PAGES = 100;
  private static final S3AuthSchemeProvider AUTH_SCHEMES = S3AuthSchemeProvider.defaultProvider();

  private final S3Client client;
  private final String region;
  private final Optional<URI> endpoint;
  private final boolean pathStyle;
  private final SigningClock clock = new SigningClock(Clock.systemUTC());
  private final S3Errors errors = new S3Errors(clock);
  // The source of each thread's request, because the SDK cannot hand it down to its HTTP client.
  private final Map<Thread, AbortableRequests> inFlight = new ConcurrentHashMap<>();
  private volatile boolean closed;

  /**
   * Makes the client of the SDK.
   *
   * @throws ParException of kind {@code CONFIG} for a setting of the SDK that it does not accept
   */
  public S3Fetcher(ParConfig config) {
    region = config.s3().region().or(S3Region::ofProcess).orElse(ParConfig.DEFAULT_REGION);
    endpoint = config.s3().endpoint();
    pathStyle =
        config
            .s3()
            .pathStyle()
            .orElseGet(() -> endpoint.filter(S3Fetcher::needsPathStyle).isPresent());
    var builder =
        S3Client.builder()
            .httpClient(
                new AbortableHttpClient(
                    UrlConnectionHttpClient.create(S3Fetcher::connection), this::current))
            .region(Region.of(region))
            .credentialsProvider(S3Credentials.of(config.s3().credentials(), this::current))
            .authSchemeProvider(this::authSchemes)
            // Directory buckets would need a session, which is a call that the role does not allow.
            .disableS3ExpressSessionAuth(true)
            // Download checks length, SHA-256 and S3's checksums itself, over all parts together.
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .overrideConfiguration(o -> o.retryStrategy(AwsRetryStrategy.doNotRetry()));
    builder.forcePathStyle(pathStyle);
    endpoint.ifPresent(builder::endpointOverride);
    try {
      client = builder.build();
    } catch (RuntimeException e) {
      throw S3Errors.badSettings(e);
    }
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

  /** The SDK's ways to sign, with our clock. */
  private List<AuthSchemeOption> authSchemes(S3AuthSchemeParams request) {
    return AUTH_SCHEMES.resolveAuthScheme(request).stream()
        .map(
            scheme -> scheme.toBuilder().putSignerProperty(HttpSigner.SIGNING_CLOCK, clock).build())
        .toList();
  }

  /**
   * Whether requests name the bucket in their path by default. A store that is not AWS's own seldom
   * has a name in DNS for each bucket.
   */
  static boolean needsPathStyle(URI endpoint) {
    return !S3Host.isAws(endpoint.getHost());
  }

  private RequestContext context(PackageRef.S3Object object, Action action) {
    return new RequestContext(
        object.toString(),
        object.bucket(),
        object.key(),
        action,
        region,
        server(object.bucket()),
        Signer.ROLE);
  }

  private String domain() {
    return region.startsWith("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com";
  }

  private URI server(String bucket) {
    URI service = endpoint.orElseGet(() -> URI.create("https://s3." + region + domain()));
    return URI.create(
        service.getScheme()
            + "://"
            + (pathStyle ? "" : bucket + ".")
            + service.getHost()
            + (service.getPort() < 0 ? "" : ":" + service.getPort()));
  }

  /** An object as a source of bytes; sends no request yet. */
  public ObjectSource object(PackageRef.S3Object object) {
    return new S3Source(object);
  }

  /**
   * Lists every folder and key directly below a prefix, with one request for each thousand.
   *
   * @throws FetchFailure when a request fails; the next attempt lists from the start
   */
  public Listing list(String bucket, String prefix, AbortableRequests requests)
      throws FetchFailure {
    var prefixObject = new PackageRef.S3Object(bucket, prefix, Optional.empty());
    RequestContext context = context(prefixObject, Action.LIST_BUCKET);
    var folders = new ArrayList<String>();
    var keys = new ArrayList<String>();
    var request =
        ListObjectsV2Request.builder().bucket(bucket).prefix(prefix).delimiter("/").build();
    for (int page = 0; page < MAX_PAGES; page++) {
      ListObjectsV2Response found = page(request, context, requests);
      found.commonPrefixes().stream().map(CommonPrefix::prefix).forEach(folders::add);
      found.contents().stream().map(S3Object::key).forEach(keys::add);
      if (!Boolean.TRUE.equals(found.isTruncated())) {
        return new Listing(folders, keys);
      }
      String token = found.nextContinuationToken();
      if (token == null || token.equals(request.continuationToken())) {
        // Truncated, but without a token to continue with.
        throw S3Errors.noListing(context);
      }
      request = request.toBuilder().continuationToken(token).build();
    }
    throw FetchFailure.permanent(
        new ParException(
            Kind.CONFIG,
            context.describe() + " failed: there are over " + MAX_PAGES * 1000 + " names.",
            "Name the package by its key, s3://bucket/key, or keep fewer versions."));
  }

  private ListObjectsV2Response page(
      ListObjectsV2Request request, RequestContext context, AbortableRequests requests)
      throws FetchFailure {
    try {
      ListObjectsV2Response found = within(requests, () -> client.listObjectsV2(request));
      if (found.name() == null) {
        throw S3Errors.noListing(context);
      }
      return found;
    } catch (RuntimeException e) {
      throw errors.of(context, e);
    }
  }

  /** Runs a call of the SDK, which sends its request on the calling thread. */
  private <T> T within(AbortableRequests requests, Supplier<T> call) {
    inFlight.put(Thread.currentThread(), requests);
    try {
      if (closed) {
        requests.abort();
      }
      return call.get();
    } finally {
      inFlight.remove(Thread.currentThread());
    }
  }

  private AbortableRequests current() {
    return inFlight.getOrDefault(Thread.currentThread(), new AbortableRequests());
  }

  @Override
  public void close() {
    closed = true;
    inFlight.values().forEach(AbortableRequests::abort);
    client.close();
  }

  private final class S3Source implements ObjectSource {
    private final PackageRef.S3Object object;
    private final RequestContext context;
    private final AbortableRequests requests = new AbortableRequests();

    S3Source(PackageRef.S3Object object) {
      this.object = object;
      this.context =
          context(
              object,
              object.versionId().isPresent() ? Action.GET_OBJECT_VERSION : Action.GET_OBJECT);
    }

    @Override
    public String address() {
      return object.toString();
    }

    @Override
    public Optional<PackageRef.S3Object> object() {
      return Optional.of(object);
    }

    @Override
    public FetchFailure broken(Exception cause) {
      return errors.of(context, cause);
    }

    @Override
    public void abort() {
      requests.abort();
    }

    @Override
    public Response get(RangeRequest wanted) throws FetchFailure {
      var request =
          GetObjectRequest.builder()
              .bucket(object.bucket())
              .key(object.key())
              .versionId(object.versionId().orElse(null))
              .range(wanted.range().orElse(null))
              .ifMatch(wanted.ifMatch().map(HttpFields::quoted).orElse(null))
              .ifNoneMatch(wanted.ifNoneMatch().map(HttpFields::quoted).orElse(null))
              // A plain header, because the SDK's own setting would make it hash the body as well.
              .overrideConfiguration(o -> o.putHeader("x-amz-checksum-mode", "ENABLED"))
              .build();
      try {
        return response(within(requests, () -> client.getObject(request)), wanted);
      } catch (S3Exception e) {
        if (e.statusCode() != 304) {
          throw broken(e);
        }
        return unchanged(wanted);
      } catch (RuntimeException e) {
        throw broken(e);
      }
    }

    private Response unchanged(RangeRequest wanted) throws FetchFailure {
      try {
        return Response.unchanged(wanted);
      } catch (MalformedResponse e) {
        throw broken(e);
      }
    }

    private Response response(ResponseInputStream<GetObjectResponse> stream, RangeRequest wanted)
        throws FetchFailure {
      GetObjectResponse object = stream.response();
      SdkHttpResponse http = object.sdkHttpResponse();
      ResponseHead head;
      var page =
          ErrorResponse.of(
              http.statusCode(), http::firstMatchingHeader, new byte[0], Instant.now());
      if (page.isHtml()) {
        stream.abort();
        throw S3ErrorClassifier.failure(context, page);
      }
      try {
        head = ResponseHead.of(http.statusCode(), http::matchingHeaders, wanted);
      } catch (MalformedResponse e) {
        stream.abort();
        throw broken(e);
      }
      return new Response(
          false,
          head.partial(),
          head.start(),
          head.total(),
          HttpFields.entityTag(Optional.ofNullable(object.eTag())),
          HttpFields.versionId(Optional.ofNullable(object.versionId())),
          HttpFields.checksums(http.headers()),
          stream,
          stream::abort);
    }
  }
}
