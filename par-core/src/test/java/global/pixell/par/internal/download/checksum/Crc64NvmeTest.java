package global.pixell.par.internal.download.checksum;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Crc64NvmeTest {

  @Test
  void the_published_check_value_comes_out() {
    var crc = new Crc64Nvme();
    byte[] check = "123456789".getBytes(StandardCharsets.US_ASCII);
    crc.update(check, 0, check.length);

    assertThat(crc.getValue()).isEqualTo(0xAE8B14860A799888L);
  }

  @Test
  void nothing_has_the_checksum_nought() {
    assertThat(new Crc64Nvme().getValue()).isZero();
  }

  @Test
  void eight_bytes_a_step_agree_with_one_bit_a_step_however_the_bytes_are_cut() {
    var random = new Random(7);
    for (int round = 0; round < 200; round++) {
      byte[] bytes = new byte[random.nextInt(100)];
      random.nextBytes(bytes);
      var crc = new Crc64Nvme();
      for (int at = 0; at < bytes.length; ) {
        int length = Math.min(bytes.length - at, 1 + random.nextInt(40));
        crc.update(bytes, at, length);
        at += length;
      }

      assertThat(crc.getValue()).isEqualTo(bitByBit(bytes));
      crc.reset();
      for (byte b : bytes) {
        crc.update(b);
      }
      assertThat(crc.getValue()).isEqualTo(bitByBit(bytes));
    }
  }

  /** The definition, most significant bit first, with its input and output reflected. */
  private static long bitByBit(byte[] bytes) {
    long crc = -1;
    for (byte b : bytes) {
      crc ^= Long.reverse(b & 0xffL);
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc << 1) ^ (crc < 0 ? 0xAD93D23594C93659L : 0);
      }
    }
    return ~Long.reverse(crc);
  }
}
