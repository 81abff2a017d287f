package global.pixell.par.internal.remote.s3;

import global.pixell.par.PackageRef;
import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.remote.AbortableRequests;
import global.pixell.par.internal.remote.FetchFailure;
import global.pixell.par.internal.remote.HttpFields;
import global.pixell.par.internal.remote.Listing;
import global.pixell.par.internal.remote.MalformedResponse;
import global.pixell.par.internal.remote.ObjectSource;
import global.pixell.par.internal.remote.RequestContext;
import global.pixell.par.internal.remote.RequestContext.Action;
import global.pixell.par.internal.remote.RequestContext.Signer;
import global.pixell.par.internal.remote.ResponseHead;
import global.pixell.par.internal.s3name.S3Host;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.http.auth.spi.scheme.AuthSchemeOption;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.AwsProfileRegionProvider;
import software.amazon.awssdk.regions.providers.AwsRegionProviderChain;
import software.amazon.awssdk.regions.providers.SystemSettingsRegionProvider;
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
import software.amazon.awssdk.utils.SystemSetting;

/**
 * The AWS SDK at work: one request a call, its own retries off. With {@link S3Errors} and {@link
 * S3Credentials}, the only class that knows AWS types. Thread-safe.
 */
public final class S3Fetcher implements AutoCloseable {

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  // A socket that says nothing for this long is taken for dead; S3 answers a first byte well within
  // a second.
  private static final Duration SOCKET_TIMEOUT = Duration.ofSeconds(20);
  // 100,000 names under one prefix; a server that never comes to an end is stopped here.
  private static final int MAX_PAGES = 100;
  private static final S3AuthSchemeProvider AUTH_SCHEMES = S3AuthSchemeProvider.defaultProvider();

  private final S3Client client;
  private final String region;
  private final Optional<URI> endpoint;
  private final SigningClock clock = new SigningClock(Clock.systemUTC());
  private final S3Errors errors = new S3Errors(clock);
  // Whose request each thread is about to send: the SDK has no way to hand it down to its client.
  private final Map<Thread, AbortableRequests> inFlight = new ConcurrentHashMap<>();
  private volatile boolean closed;

  /**
   * Makes the client of the SDK.
   *
   * @throws ParException of kind {@code CONFIG} for a setting of the SDK that it does not accept
   */
  public S3Fetcher(ParConfig config) {
    region =
        config.s3().region().or(S3Fetcher::regionOfEnvironment).orElse(ParConfig.DEFAULT_REGION);
    endpoint = config.s3().endpoint();
    var builder =
        S3Client.builder()
            .httpClient(new AbortableClient(UrlConnectionHttpClient.create(S3Fetcher::connection)))
            .region(Region.of(region))
            .credentialsProvider(S3Credentials.of(config.s3().credentials(), this::current))
            .authSchemeProvider(this::authSchemes)
            // A session of directory buckets would be another kind of call than the role is for.
            .disableS3ExpressSessionAuth(true)
            // Download checks length, SHA-256 and S3's own checksums itself, over all parts
            // together.
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .overrideConfiguration(o -> o.retryStrategy(AwsRetryStrategy.doNotRetry()));
    endpoint.ifPresent(uri -> builder.endpointOverride(uri).forcePathStyle(needsPathStyle(uri)));
    try {
      client = builder.build();
    } catch (RuntimeException e) {
      throw S3Errors.badSettings(e);
    }
  }

  /**
   * Not the client's own way, which reads every trusted certificate before it is known whether the
   * endpoint speaks TLS: a quarter of a cold start. The JDK's way does so at the first handshake.
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

  /** As the SDK would sign, by our clock. */
  private List<AuthSchemeOption> authSchemes(S3AuthSchemeParams request) {
    return AUTH_SCHEMES.resolveAuthScheme(request).stream()
        .map(
            scheme -> scheme.toBuilder().putSignerProperty(HttpSigner.SIGNING_CLOCK, clock).build())
        .toList();
  }

  private static Optional<String> regionOfEnvironment() {
    try {
      // Not the SDK's whole chain: its last link asks the instance metadata service.
      return Optional.ofNullable(
              new AwsRegionProviderChain(
                      new SystemSettingsRegionProvider(),
                      S3Fetcher::defaultRegion,
                      new AwsProfileRegionProvider())
                  .getRegion())
          .map(Region::id);
    } catch (RuntimeException e) {
      // Nothing names a region, or the file that might cannot be read.
      return Optional.empty();
    }
  }

  /** What the AWS CLI and most other SDKs read besides {@code AWS_REGION}; Java's does not. */
  private static @Nullable Region defaultRegion() {
    return DEFAULT_REGION.getStringValue().map(Region::of).orElse(null);
  }

  private static final SystemSetting DEFAULT_REGION =
      new SystemSetting() {
        @Override
        public String property() {
          return "aws.defaultRegion";
        }

        @Override
        public String environmentVariable() {
          return "AWS_DEFAULT_REGION";
        }

        @Override
        public @Nullable String defaultValue() {
          return null;
        }
      };

  /**
   * Whether requests name the bucket in their path. A store that is not AWS's own seldom has a name
   * in DNS for each bucket.
   */
  static boolean needsPathStyle(URI endpoint) {
    return !S3Host.isAws(endpoint.getHost());
  }

  private RequestContext asked(PackageRef.S3Object object, Action action) {
    String host =
        endpoint
            .map(uri -> uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort()))
            .orElse(object.bucket() + ".s3." + region + ".amazonaws.com");
    return new RequestContext(
        object.toString(), object.bucket(), object.key(), action, region, host, Signer.ROLE);
  }

  public ObjectSource object(PackageRef.S3Object object) {
    return new S3Source(object);
  }

  /**
   * Every folder and key directly below a prefix, a thousand a request.
   *
   * @throws FetchFailure when a request fails; the listing then begins anew
   */
  public Listing list(String bucket, String prefix, AbortableRequests waiting) throws FetchFailure {
    var prefixObject = new PackageRef.S3Object(bucket, prefix, Optional.empty());
    RequestContext asked = asked(prefixObject, Action.LIST_BUCKET);
    var folders = new ArrayList<String>();
    var keys = new ArrayList<String>();
    var request =
        ListObjectsV2Request.builder().bucket(bucket).prefix(prefix).delimiter("/").build();
    for (int page = 0; page < MAX_PAGES; page++) {
      ListObjectsV2Response found = page(request, asked, waiting);
      found.commonPrefixes().stream().map(CommonPrefix::prefix).forEach(folders::add);
      found.contents().stream().map(S3Object::key).forEach(keys::add);
      if (!Boolean.TRUE.equals(found.isTruncated())) {
        return new Listing(folders, keys);
      }
      String token = found.nextContinuationToken();
      if (token == null || token.equals(request.continuationToken())) {
        // It says that there is more, and not where.
        throw S3Errors.noListing(asked);
      }
      request = request.toBuilder().continuationToken(token).build();
    }
    throw FetchFailure.lasting(
        new ParException(
            Kind.CONFIG,
            asked.doing() + " failed: there are over " + MAX_PAGES * 1000 + " names.",
            "Name the package by its key, s3://bucket/key, or keep fewer versions."));
  }

  private ListObjectsV2Response page(
      ListObjectsV2Request request, RequestContext asked, AbortableRequests waiting)
      throws FetchFailure {
    try {
      ListObjectsV2Response found = within(waiting, () -> client.listObjectsV2(request));
      if (found.name() == null) {
        throw S3Errors.noListing(asked);
      }
      return found;
    } catch (RuntimeException e) {
      throw errors.of(asked, e);
    }
  }

  /** Runs a call of the SDK, which sends its request from this very thread. */
  private <T> T within(AbortableRequests waiting, Supplier<T> call) {
    inFlight.put(Thread.currentThread(), waiting);
    try {
      if (closed) {
        waiting.abort();
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
    private final RequestContext asked;
    private final AbortableRequests waiting = new AbortableRequests();

    S3Source(PackageRef.S3Object object) {
      this.object = object;
      this.asked =
          asked(
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
      return errors.of(asked, cause);
    }

    @Override
    public void abort() {
      waiting.abort();
    }

    @Override
    public Response get(RangeRequest ask) throws FetchFailure {
      var request =
          GetObjectRequest.builder()
              .bucket(object.bucket())
              .key(object.key())
              .versionId(object.versionId().orElse(null))
              .range(ask.range().orElse(null))
              .ifMatch(ask.ifMatch().map(HttpFields::quoted).orElse(null))
              .ifNoneMatch(ask.ifNoneMatch().map(HttpFields::quoted).orElse(null))
              // As a plain header, for the SDK's own member would make it hash the body as well.
              .overrideConfiguration(o -> o.putHeader("x-amz-checksum-mode", "ENABLED"))
              .build();
      try {
        return answer(within(waiting, () -> client.getObject(request)), ask);
      } catch (S3Exception e) {
        if (e.statusCode() != 304) {
          throw broken(e);
        }
        return unchanged(ask);
      } catch (RuntimeException e) {
        throw broken(e);
      }
    }

    private Response unchanged(RangeRequest ask) throws FetchFailure {
      try {
        return Response.unchanged(ask);
      } catch (MalformedResponse e) {
        throw broken(e);
      }
    }

    private Response answer(ResponseInputStream<GetObjectResponse> stream, RangeRequest ask)
        throws FetchFailure {
      GetObjectResponse answered = stream.response();
      SdkHttpResponse http = answered.sdkHttpResponse();
      ResponseHead head;
      try {
        head = ResponseHead.of(http.statusCode(), http::matchingHeaders, ask);
      } catch (MalformedResponse e) {
        stream.abort();
        throw broken(e);
      }
      return new Response(
          false,
          head.partial(),
          head.start(),
          head.total(),
          HttpFields.entityTag(Optional.ofNullable(answered.eTag())),
          HttpFields.versionId(Optional.ofNullable(answered.versionId())),
          HttpFields.checksums(http.headers()),
          stream,
          stream::abort);
    }
  }

  /** Lets another thread end a request that still waits for its answer. */
  private final class AbortableClient implements SdkHttpClient {
    private final SdkHttpClient http;

    AbortableClient(SdkHttpClient http) {
      this.http = http;
    }

    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest toSend) {
      return new Abortable(http.prepareRequest(toSend), current());
    }

    @Override
    public String clientName() {
      return http.clientName();
    }

    @Override
    public void close() {
      http.close();
    }
  }

  /** One request on its way. */
  private record Abortable(ExecutableHttpRequest request, AbortableRequests waiting)
      implements ExecutableHttpRequest {

    private static final Pattern FIELDS =
        Pattern.compile(
            "(?i)content-(length|range|type)|etag|date|x-amz-(version-id|request-id|id-2|checksum-.*)");

    @Override
    public HttpExecuteResponse call() throws IOException {
      HttpExecuteResponse answer = waiting.await(request::abort, request::call);
      return answer.httpResponse().isSuccessful() ? withKnownFields(answer) : answer;
    }

    /**
     * Leaves out what nobody asked for: the SDK reads numbers and dates from a dozen other fields,
     * and fails at a faulty one.
     */
    private HttpExecuteResponse withKnownFields(HttpExecuteResponse answer)
        throws MalformedResponse {
      SdkHttpResponse head = answer.httpResponse();
      try {
        ResponseHead.contentLength(head.matchingHeaders("Content-Length"));
      } catch (MalformedResponse e) {
        request.abort();
        throw e;
      }
      SdkHttpResponse.Builder known = head.toBuilder();
      head.forEachHeader(
          (name, values) -> {
            if (!FIELDS.matcher(name).matches()) {
              known.removeHeader(name);
            }
          });
      return HttpExecuteResponse.builder()
          .response(known.build())
          .responseBody(answer.responseBody().orElse(null))
          .build();
    }

    @Override
    public void abort() {
      request.abort();
    }
  }
}
