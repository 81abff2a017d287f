package global.pixell.par.internal.download.checksum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import global.pixell.par.ParException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ObjectChecksumsTest {

  private static final byte[] BYTES = "123456789".getBytes(StandardCharsets.US_ASCII);

  @ParameterizedTest
  @CsvSource({
    "crc32, y/Q5Jg==",
    "crc32c, 4waSgw==",
    "crc64nvme, rosUhgp5mIg=",
    "sha1, 98O8HYCOBHMq32eZZczDTKeuNEE=",
    "sha256, FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="
  })
  void a_checksum_of_the_whole_object_is_compared(String algorithm, String value) {
    assertThat(proved(Map.of("x-amz-checksum-" + algorithm, value))).isEqualTo(algorithm);
  }

  @Test
  void a_mismatch_is_corrupt_and_says_both() {
    assertThatThrownBy(() -> proved(Map.of("x-amz-checksum-crc32", "AAAAAA==")))
        .isInstanceOfSatisfying(
            ParException.class, e -> assertThat(e.kind()).isEqualTo(ParException.Kind.CORRUPT))
        .hasMessage("s3://b/k has the crc32 y/Q5Jg== (9 bytes), S3 says AAAAAA==.");
  }

  @Test
  void a_composite_checksum_is_not_taken_for_one_of_the_object() {
    assertThat(proved(Map.of("x-amz-checksum-crc32", "AAAAAA==-3"))).isEmpty();
    assertThat(
            proved(Map.of("x-amz-checksum-crc32", "AAAAAA==", "x-amz-checksum-type", "COMPOSITE")))
        .isEmpty();
  }

  @Test
  void what_is_no_value_of_its_algorithm_or_unknown_proves_nothing() {
    assertThat(
            proved(
                Map.of(
                    "x-amz-checksum-crc32", "AAAA",
                    "x-amz-checksum-crc32c", "?",
                    "x-amz-checksum-sha1", "",
                    "x-amz-checksum-md6", "AAAA",
                    "x-amz-checksum-type", "FULL_OBJECT")))
        .isEmpty();
  }

  @Test
  void several_are_all_compared() {
    assertThat(
            proved(
                Map.of(
                    "x-amz-checksum-crc32",
                    "y/Q5Jg==",
                    "x-amz-checksum-crc64nvme",
                    "rosUhgp5mIg=")))
        .isEqualTo("crc64nvme+crc32");
  }

  private static String proved(Map<String, String> headers) {
    var checksums = new ObjectChecksums(headers);
    checksums.update(BYTES, BYTES.length);
    return String.join("+", checksums.proved("s3://b/k", BYTES.length));
  }
}
