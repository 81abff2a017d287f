package global.pixell.par.internal.remote.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class Utf8InputStreamTest {

  @Test
  void valid_text_passes_unchanged_whatever_its_length() throws IOException {
    for (int length = 4080; length < 4110; length++) {
      byte[] text =
          ("x".repeat(length) + "\ud83d\ude00ü世").repeat(3).getBytes(StandardCharsets.UTF_8);

      assertThat(read(text)).isEqualTo(text);
    }
  }

  @Test
  void bytes_that_are_not_utf8_are_replaced() throws IOException {
    assertThat(
            new String(
                read(new byte[] {'a', (byte) 0xff, 'b', (byte) 0xc3}), StandardCharsets.UTF_8))
        .isEqualTo("a\ufffdb\ufffd");
    assertThat(read(new byte[0])).isEmpty();
  }

  private static byte[] read(byte[] bytes) throws IOException {
    try (var in = new Utf8InputStream(new ByteArrayInputStream(bytes))) {
      return in.readAllBytes();
    }
  }
}
