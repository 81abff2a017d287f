package global.pixell.par.testkit.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Fault;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;
import software.amazon.awssdk.transfer.s3.S3TransferManager;

/**
 * The AWS SDK for Java with its defaults: synchronous, asynchronous, transfers of large objects.
 */
@Timeout(300)
class SdkClientsTest {

  private static final StaticCredentialsProvider CREDENTIALS =
      StaticCredentialsProvider.create(
          AwsBasicCredentials.create(FakeS3.ACCESS_KEY, FakeS3.SECRET_KEY));

  private final FakeS3 s3 = FakeS3.start();

  @AfterEach
  void close() {
    s3.close();
  }

  @Test
  void the_synchronous_client_fills_and_reads_it() {
    try (S3Client client = synchronous()) {
      client.createBucket(request -> request.bucket("bucket"));
      for (int i = 0; i < 5; i++) {
        String key = "odd +\u00fc/" + i;
        client.putObject(
            request -> request.bucket("bucket").key(key), RequestBody.fromString("content " + i));
      }

      assertThat(
              client
                  .getObjectAsBytes(request -> request.bucket("bucket").key("odd +\u00fc/3"))
                  .asUtf8String())
          .isEqualTo("content 3");
      assertThat(
              client
                  .listObjectsV2Paginator(request -> request.bucket("bucket").maxKeys(2))
                  .contents()
                  .stream()
                  .map(S3Object::key))
          .containsExactly(
              "odd +\u00fc/0", "odd +\u00fc/1", "odd +\u00fc/2", "odd +\u00fc/3", "odd +\u00fc/4");
      assertThat(
              client
                  .listObjectsV2(r -> r.bucket("bucket").encodingType(EncodingType.URL).maxKeys(1))
                  .contents())
          .extracting(S3Object::key)
          .containsExactly("odd +\u00fc/0");
      assertThatThrownBy(() -> client.getObjectAsBytes(r -> r.bucket("bucket").key("absent")))
          .isInstanceOf(NoSuchKeyException.class);
    }
  }

  @ParameterizedTest
  @EnumSource(
      mode = Mode.INCLUDE,
      names = {"CRC32", "SHA1", "SHA256"})
  void its_checksums_are_proved_on_both_sides(ChecksumAlgorithm algorithm) {
    s3.createBucket("bucket");
    try (S3Client client = synchronous()) {
      client.putObject(
          request -> request.bucket("bucket").key("key").checksumAlgorithm(algorithm),
          RequestBody.fromBytes(random(200_000)));

      assertThat(
              client
                  .getObjectAsBytes(
                      request ->
                          request.bucket("bucket").key("key").checksumMode(ChecksumMode.ENABLED))
                  .asByteArray())
          .isEqualTo(random(200_000));
      s3.onGet("key").inject(Fault.flipByteAt(7));
      assertThatThrownBy(
              () ->
                  client.getObjectAsBytes(
                      request ->
                          request.bucket("bucket").key("key").checksumMode(ChecksumMode.ENABLED)))
          .hasMessageContaining("checksum");
    }
  }

  @Test
  void its_presigned_urls_open_for_anybody() throws Exception {
    s3.createBucket("bucket");
    HttpClient anybody = HttpClient.newHttpClient();
    try (S3Presigner presigner = presigner()) {
      URI put =
          presigner
              .presignPutObject(
                  request ->
                      request
                          .signatureDuration(Duration.ofMinutes(1))
                          .putObjectRequest(object -> object.bucket("bucket").key("a b")))
              .url()
              .toURI();
      URI get =
          presigner
              .presignGetObject(
                  request ->
                      request
                          .signatureDuration(Duration.ofMinutes(1))
                          .getObjectRequest(object -> object.bucket("bucket").key("a b")))
              .url()
              .toURI();
      HttpRequest upload =
          HttpRequest.newBuilder(put).PUT(BodyPublishers.ofString("from anybody")).build();

      assertThat(anybody.send(upload, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
      assertThat(anybody.send(HttpRequest.newBuilder(get).build(), BodyHandlers.ofString()).body())
          .isEqualTo("from anybody");
    }
  }

  @Test
  void the_asynchronous_client_sends_and_gets_in_parts() {
    s3.createBucket("bucket");
    byte[] content = random(20 << 20);
    try (S3AsyncClient client = asynchronous()) {
      client
          .putObject(
              request -> request.bucket("bucket").key("big"), AsyncRequestBody.fromBytes(content))
          .join();

      assertThat(
              client
                  .getObject(
                      request -> request.bucket("bucket").key("big"),
                      AsyncResponseTransformer.toBytes())
                  .join()
                  .asByteArray())
          .isEqualTo(content);
    }
    assertThat(s3.count("UploadPart")).isGreaterThan(1);
    assertThat(s3.count("GetObject")).isGreaterThan(1);
  }

  @Test
  void the_transfer_manager_takes_a_large_file_there_and_back(@TempDir Path folder)
      throws Exception {
    s3.createBucket("bucket");
    Path file = Files.write(folder.resolve("big"), random(20 << 20));
    Path back = folder.resolve("back");
    try (S3AsyncClient client = asynchronous();
        S3TransferManager transfers = S3TransferManager.builder().s3Client(client).build()) {
      transfers
          .uploadFile(
              upload -> upload.source(file).putObjectRequest(r -> r.bucket("bucket").key("b")))
          .completionFuture()
          .join();
      transfers
          .copy(
              copy ->
                  copy.copyObjectRequest(
                      r ->
                          r.sourceBucket("bucket")
                              .sourceKey("b")
                              .destinationBucket("bucket")
                              .destinationKey("c")))
          .completionFuture()
          .join();
      transfers
          .downloadFile(
              download ->
                  download.destination(back).getObjectRequest(r -> r.bucket("bucket").key("c")))
          .completionFuture()
          .join();
    }

    assertThat(back).hasSameBinaryContentAs(file);
  }

  private S3Client synchronous() {
    return S3Client.builder()
        .endpointOverride(s3.endpoint())
        .region(Region.US_EAST_2)
        .credentialsProvider(CREDENTIALS)
        .httpClient(UrlConnectionHttpClient.create())
        .forcePathStyle(true)
        .build();
  }

  private S3AsyncClient asynchronous() {
    return S3AsyncClient.builder()
        .endpointOverride(s3.endpoint())
        .region(Region.US_EAST_2)
        .credentialsProvider(CREDENTIALS)
        .httpClientBuilder(NettyNioAsyncHttpClient.builder())
        .forcePathStyle(true)
        .multipartEnabled(true)
        .build();
  }

  private S3Presigner presigner() {
    return S3Presigner.builder()
        .endpointOverride(s3.endpoint())
        .region(Region.US_EAST_2)
        .credentialsProvider(CREDENTIALS)
        .serviceConfiguration(S3Configuration.builder().pathStyleAccessEnabled(true).build())
        .build();
  }

  private static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new Random(1).nextBytes(bytes);
    return bytes;
  }
}
