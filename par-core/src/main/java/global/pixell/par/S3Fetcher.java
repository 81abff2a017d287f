package global.pixell.par;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.AwsProfileRegionProvider;
import software.amazon.awssdk.regions.providers.AwsRegionProviderChain;
import software.amazon.awssdk.regions.providers.SystemSettingsRegionProvider;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * The AWS SDK at work: one request a call, its own retries off. With {@link S3Errors}, the only
 * class that knows AWS types.
 */
final class S3Fetcher implements AutoCloseable {

  /** What a listing found: folders one level below the prefix, and keys. */
  record Listing(List<String> folders, List<String> keys) {}

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  // A socket that says nothing for this long is taken for dead; S3 answers a first byte well within
  // a second.
  private static final Duration SOCKET_TIMEOUT = Duration.ofSeconds(20);
  private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d+)-\\d+/(\\d+)");

  private final S3Client client;
  private final String region;

  S3Fetcher(ParConfig config) {
    region = config.region().or(S3Fetcher::regionOfEnvironment).orElse(ParConfig.DEFAULT_REGION);
    var builder =
        S3Client.builder()
            .httpClient(UrlConnectionHttpClient.create(S3Fetcher::connection))
            .region(Region.of(region))
            // Download checks length, SHA-256 and S3's own checksums itself, over all parts
            // together.
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .overrideConfiguration(o -> o.retryStrategy(AwsRetryStrategy.doNotRetry()));
    config
        .endpoint()
        .ifPresent(uri -> builder.endpointOverride(uri).forcePathStyle(needsPathStyle(uri)));
    config
        .credentials()
        .ifPresent(
            c -> builder.credentialsProvider(StaticCredentialsProvider.create(credentials(c))));
    client = builder.build();
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

  private static Optional<String> regionOfEnvironment() {
    try {
      // Not the SDK's whole chain: its last link asks the instance metadata service.
      return Optional.ofNullable(
              new AwsRegionProviderChain(
                      new SystemSettingsRegionProvider(), new AwsProfileRegionProvider())
                  .getRegion())
          .map(Region::id);
    } catch (SdkException e) {
      return Optional.empty();
    }
  }

  private static boolean needsPathStyle(URI endpoint) {
    String host = endpoint.getHost();
    return host.equals("localhost") || host.startsWith("[") || host.matches("[0-9.]+");
  }

  private static software.amazon.awssdk.auth.credentials.AwsCredentials credentials(
      ParConfig.Credentials c) {
    return c.sessionToken().isPresent()
        ? AwsSessionCredentials.create(c.accessKeyId(), c.secretAccessKey(), c.sessionToken().get())
        : AwsBasicCredentials.create(c.accessKeyId(), c.secretAccessKey());
  }

  ObjectSource object(PackageRef.S3Object object) {
    return new S3Source(object);
  }

  /** Every folder and key directly below a prefix. */
  Listing list(String bucket, String prefix) throws FetchFailure {
    var folders = new ArrayList<String>();
    var keys = new ArrayList<String>();
    var request =
        ListObjectsV2Request.builder().bucket(bucket).prefix(prefix).delimiter("/").build();
    try {
      for (ListObjectsV2Response page : client.listObjectsV2Paginator(request)) {
        page.commonPrefixes().stream().map(CommonPrefix::prefix).forEach(folders::add);
        page.contents().stream().map(S3Object::key).forEach(keys::add);
      }
    } catch (SdkException e) {
      throw new S3Errors(bucket, prefix, "s3:ListBucket", region).of(e);
    }
    return new Listing(folders, keys);
  }

  @Override
  public void close() {
    client.close();
  }

  private final class S3Source implements ObjectSource {
    private final PackageRef.S3Object object;

    S3Source(PackageRef.S3Object object) {
      this.object = object;
    }

    @Override
    public String address() {
      return "s3://" + object.bucket() + "/" + object.key();
    }

    @Override
    public FetchFailure broken(Exception cause) {
      return new S3Errors(object.bucket(), object.key(), "s3:GetObject", region).of(cause);
    }

    @Override
    public Response get(Ask ask) throws FetchFailure {
      var request =
          GetObjectRequest.builder()
              .bucket(object.bucket())
              .key(object.key())
              .versionId(object.versionId().orElse(null))
              .range(ask.range().orElse(null))
              .ifMatch(ask.ifMatch().map(tag -> '"' + tag + '"').orElse(null))
              .ifNoneMatch(ask.ifNoneMatch().map(tag -> '"' + tag + '"').orElse(null))
              // As a plain header, for the SDK's own member would make it hash the body as well.
              .overrideConfiguration(o -> o.putHeader("x-amz-checksum-mode", "ENABLED"))
              .build();
      try {
        return answer(client.getObject(request));
      } catch (S3Exception e) {
        if (e.statusCode() == 304) {
          return Response.unchanged(ask.ifNoneMatch());
        }
        throw broken(e);
      } catch (SdkException e) {
        throw broken(e);
      }
    }

    private Response answer(ResponseInputStream<GetObjectResponse> stream) {
      GetObjectResponse head = stream.response();
      boolean partial = false;
      long start = 0;
      OptionalLong total =
          head.contentLength() == null
              ? OptionalLong.empty()
              : OptionalLong.of(head.contentLength());
      if (head.contentRange() != null) {
        Matcher range = CONTENT_RANGE.matcher(head.contentRange());
        if (range.matches()) {
          partial = true;
          start = Long.parseLong(range.group(1));
          total = OptionalLong.of(Long.parseLong(range.group(2)));
        }
      }
      return new Response(
          false,
          partial,
          start,
          total,
          Optional.ofNullable(head.eTag()).flatMap(ObjectSource::strong),
          Optional.ofNullable(head.versionId()),
          checksums(head),
          stream,
          stream::abort);
    }
  }

  private static Map<String, String> checksums(GetObjectResponse head) {
    var checksums = new TreeMap<String, String>();
    head.sdkHttpResponse()
        .forEachHeader(
            (name, values) -> {
              String lower = name.toLowerCase(Locale.ROOT);
              if (lower.startsWith("x-amz-checksum-") && !values.isEmpty()) {
                checksums.put(lower, values.get(0));
              }
            });
    return checksums;
  }
}
