package global.pixell.par.testkit.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Identity;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/**
 * The signer of the AWS SDK for Java, an independent implementation, against the fake's
 * verification.
 */
@Timeout(60)
class SdkSigningTest {

  private static final String ODD_KEY = "a b/+%20/ü/(1)!~*'/x=1&y?z";

  private final FakeS3 s3 = FakeS3.start();
  private final AwsCredentials owner =
      AwsBasicCredentials.create(FakeS3.ACCESS_KEY, FakeS3.SECRET_KEY);

  @BeforeEach
  void fill() {
    s3.createBucket("bucket");
  }

  @AfterEach
  void close() {
    s3.close();
  }

  /** Over plain HTTP the SDK signs each chunk and the trailer after them. */
  @Test
  void an_upload_in_signed_chunks_with_a_signed_trailer_is_proved() {
    String content = "0123456789".repeat(50_000);
    try (S3Client client = client(owner)) {
      client.putObject(
          put -> put.bucket("bucket").key(ODD_KEY).checksumAlgorithm(ChecksumAlgorithm.SHA256),
          RequestBody.fromString(content));

      ResponseBytes<GetObjectResponse> got =
          client.getObjectAsBytes(get -> get.bucket("bucket").key(ODD_KEY));

      assertThat(got.asUtf8String()).isEqualTo(content);
    }
  }

  @Test
  void a_wrong_secret_is_a_signature_that_does_not_match() {
    refused(AwsBasicCredentials.create(FakeS3.ACCESS_KEY, "another"), 403, "SignatureDoesNotMatch");
    refused(AwsBasicCredentials.create("AKIANOBODY", "another"), 403, "InvalidAccessKeyId");
  }

  @Test
  void a_session_token_is_proved_and_ends() {
    Identity task = s3.identity("task", "ASIATASK", "secret").session("token", null);

    try (S3Client client = client(AwsSessionCredentials.create("ASIATASK", "secret", "token"))) {
      assertThat(client.listBuckets().buckets()).hasSize(1);
      assertThat(client.listBuckets().owner().id()).isEqualTo(task.canonicalId());
    }
    refused(AwsSessionCredentials.create("ASIATASK", "secret", "made-up"), 400, "InvalidToken");
    task.session("token", Instant.EPOCH);
    refused(AwsSessionCredentials.create("ASIATASK", "secret", "token"), 400, "ExpiredToken");
  }

  @Test
  void a_presigned_url_of_the_sdk_opens_the_object() throws Exception {
    s3.put("bucket", ODD_KEY, "content".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    URI url;
    try (S3Presigner presigner =
        S3Presigner.builder()
            .endpointOverride(s3.endpoint())
            .region(Region.US_EAST_2)
            .credentialsProvider(StaticCredentialsProvider.create(owner))
            .serviceConfiguration(S3Configuration.builder().pathStyleAccessEnabled(true).build())
            .build()) {
      url =
          presigner
              .presignGetObject(
                  presign ->
                      presign
                          .signatureDuration(Duration.ofMinutes(1))
                          .getObjectRequest(get -> get.bucket("bucket").key(ODD_KEY)))
              .url()
              .toURI();
    }

    assertThat(
            HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofString())
                .body())
        .isEqualTo("content");
  }

  private void refused(AwsCredentials credentials, int status, String code) {
    Consumer<S3Client> call = S3Client::listBuckets;
    try (S3Client client = client(credentials)) {
      S3Exception e = catchThrowableOfType(S3Exception.class, () -> call.accept(client));
      assertThat(e.awsErrorDetails().errorCode()).isEqualTo(code);
      assertThat(e.statusCode()).isEqualTo(status);
    }
  }

  private S3Client client(AwsCredentials credentials) {
    return S3Client.builder()
        .endpointOverride(s3.endpoint())
        .region(Region.US_EAST_2)
        .forcePathStyle(true)
        .credentialsProvider(StaticCredentialsProvider.create(credentials))
        .build();
  }
}
