package global.pixell.par.internal.remote.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import global.pixell.par.ParConfig;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Addresses of buckets, and what the signature says about region and service. */
class S3EndpointTest {

  private final Map<String, String> environment = new HashMap<>();

  @AfterEach
  void unset() {
    System.clearProperty("aws.useFipsEndpoint");
    System.clearProperty("aws.useDualstackEndpoint");
    System.clearProperty("aws.endpointUrlS3");
  }

  private S3Endpoint.Address address(String region, String bucket) {
    environment.put("AWS_REGION", region);
    return S3Endpoint.of(ParConfig.fromEnvironment(environment).s3()).bucket(bucket);
  }

  @ParameterizedTest
  @CsvSource({
    "us-east-1,      bucket,    https://bucket.s3.us-east-1.amazonaws.com",
    "eu-west-1,      bucket,    https://bucket.s3.eu-west-1.amazonaws.com",
    "cn-north-1,     bucket,    https://bucket.s3.cn-north-1.amazonaws.com.cn",
    "us-gov-west-1,  bucket,    https://bucket.s3.us-gov-west-1.amazonaws.com",
    "us-iso-east-1,  bucket,    https://bucket.s3.us-iso-east-1.c2s.ic.gov",
    "eu-nowhere-9,   bucket,    https://bucket.s3.eu-nowhere-9.amazonaws.com",
    // A wildcard certificate covers one label only.
    "eu-west-1,      my.bucket, https://s3.eu-west-1.amazonaws.com/my.bucket",
    // The alias of an access point is used like a bucket.
    "eu-west-1,      ap-x-s3alias, https://ap-x-s3alias.s3.eu-west-1.amazonaws.com",
  })
  void each_partition_has_its_own_addresses(String region, String bucket, String url) {
    S3Endpoint.Address address = address(region, bucket);

    assertThat(address.url()).hasToString(url);
    assertThat(address.signature().signingRegion()).isEqualTo(region);
    assertThat(address.signature().signingName()).isEqualTo("s3");
  }

  @Test
  void fips_and_dual_stack_are_those_of_the_process() {
    System.setProperty("aws.useFipsEndpoint", "true");
    assertThat(address("us-east-2", "b12").url())
        .hasToString("https://b12.s3-fips.us-east-2.amazonaws.com");

    System.setProperty("aws.useDualstackEndpoint", "true");
    assertThat(address("us-east-2", "b12").url())
        .hasToString("https://b12.s3-fips.dualstack.us-east-2.amazonaws.com");
  }

  @Test
  void an_endpoint_of_the_process_counts_where_none_is_configured() {
    System.setProperty("aws.endpointUrlS3", "http://localhost:9000");
    assertThat(address("us-east-2", "b12").url()).hasToString("http://b12.localhost:9000");

    environment.put("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:4566");
    assertThat(address("us-east-2", "b12").url()).hasToString("http://127.0.0.1:4566/b12");
  }

  @Test
  void an_endpoint_keeps_its_own_path() {
    environment.put("AWS_ENDPOINT_URL_S3", "http://gateway.invalid/s3");
    assertThat(address("us-east-2", "b12").url()).hasToString("http://gateway.invalid/s3/b12");
  }

  /** The address that PAR makes by itself is the one of the SDK's rules, or none. */
  @Test
  void the_usual_addresses_are_those_of_the_rules() {
    int plain = 0;
    for (String endpoint :
        List.of(
            "",
            "http://localhost:9000",
            "https://minio.corp.internal",
            "http://10.0.0.1:80",
            "https://s3.eu-west-1.amazonaws.com",
            "https://gateway.invalid/s3/")) {
      environment.put("AWS_ENDPOINT_URL_S3", endpoint);
      for (String addressing : List.of("auto", "path", "virtual")) {
        environment.put("PAR_S3_ADDRESSING", addressing);
        for (String region :
            List.of(
                "us-east-1",
                "us-east-2",
                "ap-southeast-5",
                "mx-central-1",
                "us-gov-west-1",
                "cn-north-1",
                "eusc-de-east-1",
                "us-isob-east-1",
                "eu-nowhere-9")) {
          for (String bucket :
              List.of(
                  "bucket",
                  "b12",
                  "my.bucket",
                  "ap-x-s3alias",
                  "a--x-s3",
                  "a--b",
                  "1-2",
                  "my-bucket-9")) {
            plain += agreeing(region, bucket);
          }
        }
      }
    }
    assertThat(plain).isGreaterThan(200);
  }

  /** 1 where PAR needs no rules. */
  private int agreeing(String region, String bucket) {
    environment.put("AWS_REGION", region);
    S3Endpoint endpoint = S3Endpoint.of(ParConfig.fromEnvironment(environment).s3());
    Optional<S3Endpoint.Address> plain = endpoint.plainAddress(bucket);
    plain.ifPresent(
        address ->
            assertThat(address).as(environment + " " + bucket).isEqualTo(endpoint.byRules(bucket)));
    return plain.isPresent() ? 1 : 0;
  }

  @Test
  void what_the_rules_do_not_know_is_refused() {
    System.setProperty("aws.useFipsEndpoint", "true");
    assertThatThrownBy(() -> address("cn-north-1", "b12"))
        .hasMessageContaining("Partition does not support FIPS");
  }
}
