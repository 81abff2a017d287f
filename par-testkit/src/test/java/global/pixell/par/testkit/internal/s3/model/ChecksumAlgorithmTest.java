package global.pixell.par.testkit.internal.s3.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ChecksumAlgorithmTest {

  /** The check values from the catalogue of CRCs; Python computed the digests. */
  @ParameterizedTest
  @CsvSource({
    "CRC32,y/Q5Jg==",
    "CRC32C,4waSgw==",
    "CRC64NVME,rosUhgp5mIg=",
    "SHA1,98O8HYCOBHMq32eZZczDTKeuNEE=",
    "SHA256,FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
    "MD5,JfnnlDI7RTiF9RgfG2JNCw==",
  })
  void each_has_its_known_value(ChecksumAlgorithm algorithm, String expected) {
    byte[] digits = "123456789".getBytes(StandardCharsets.US_ASCII);

    String value = Base64.getEncoder().encodeToString(algorithm.of(digits));

    assertThat(value).isEqualTo(expected);
    assertThat(algorithm.isValue(value)).isTrue();
    assertThat(algorithm.isValue("AAA=")).isFalse();
    assertThat(algorithm.isValue("no base64!")).isFalse();
  }

  @ParameterizedTest
  @EnumSource(ChecksumAlgorithm.class)
  void the_pieces_in_which_bytes_come_do_not_matter(ChecksumAlgorithm algorithm) {
    var random = new Random(3);
    for (int round = 0; round < 50; round++) {
      byte[] bytes = new byte[random.nextInt(200)];
      random.nextBytes(bytes);
      ChecksumAlgorithm.Running running = algorithm.start();
      for (int at = 0; at < bytes.length; ) {
        int length = 1 + random.nextInt(bytes.length - at);
        running.update(bytes, at, length);
        at += length;
      }

      assertThat(running.value()).isEqualTo(algorithm.of(bytes));
    }
  }

  @Test
  void eight_bytes_at_a_time_give_what_one_at_a_time_gives() {
    byte[] bytes = new byte[1003];
    new Random(4).nextBytes(bytes);
    var fast = new Crc64Nvme();
    var slow = new Crc64Nvme();

    fast.update(bytes, 3, 1000);
    for (int i = 3; i < 1003; i++) {
      slow.update(bytes[i]);
    }

    assertThat(fast.getValue()).isEqualTo(slow.getValue());
  }
}
