package global.pixell.par.internal.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.ParException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The error for a file that is not a zip names the file's real format. */
class ForeignFormatTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<!DOCTYPE html><html><body>Sign in</body></html>|it is an HTML page.",
        "  <html lang='en'><head></head></html>|it is an HTML page.",
        "<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>|error answer of S3 (NoSuchKey)",
        "<Error><Code>AccessDenied</Code><Message>x</Message></Error>|answer of S3 (AccessDenied)",
        "<?xml version='1.0'?><project/>|it is an XML document.",
        "version https://git-lfs.github.com/spec/v1 oid sha256:4d7a size 12345|a Git LFS pointer",
        "{\"message\": \"Not found\"}|it is JSON text.",
        "#!/bin/sh exec python3 main.py and more|it is a script.",
        "BZh91AY&SY and so on, and so on|it is a bzip2 file, such as a .tar.bz2.",
        "%PDF-1.7 and so on, and so on|it is a PDF document.",
        "Rar!\u001a\u0007\u0000 and so on, and so on|it is a RAR archive.",
        "tiny|it has 4 bytes, the smallest zip has 22.",
        "<html/>|it is an HTML page.",
      })
  void is_named_by_its_first_bytes(String content, String sentence) {
    assertThat(refusal(content.getBytes(StandardCharsets.ISO_8859_1)))
        .hasMessageContaining(sentence);
  }

  @Test
  void a_compressed_tar_is_named() throws IOException {
    var out = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(out)) {
      gzip.write(new byte[10_240]);
    }

    assertThat(refusal(out.toByteArray()))
        .hasMessage("The package is not a safe zip: it is a gzip file, such as a .tar.gz.");
    assertThat(refusal(out.toByteArray()).hint()).contains("Build the package as a zip");
  }

  @Test
  void a_tar_is_named_by_the_word_in_the_middle_of_its_first_block() {
    byte[] tar = new byte[1024];
    System.arraycopy(TestZip.utf8("agent.yaml"), 0, tar, 0, 10);
    System.arraycopy(TestZip.utf8("ustar"), 0, tar, 257, 5);

    assertThat(refusal(tar)).hasMessageContaining("it is a tar archive.");
  }

  @Test
  void a_file_of_zeros_and_a_cut_zip_are_named() {
    byte[] zip = TestZip.of().file("a", "content").bytes();

    assertThat(refusal(new byte[4096])).hasMessageContaining("begins with nothing but zeros");
    assertThat(refusal(Arrays.copyOf(zip, 40)))
        .hasMessageContaining("a zip without its end; it was cut off after 40 bytes.");
  }

  @Test
  void what_a_saved_error_says_reaches_no_sentence() {
    assertThat(refusal(TestZip.utf8("<Error><Code>No\u001b[31mSuchKey</Code></Error>")))
        .hasMessageContaining("it is an XML document.");
  }

  private static ParException refusal(byte[] content) {
    ParException refused =
        catchThrowableOfType(
            ParException.class,
            () -> ZipDirectory.read(TestZip.archive(content), UnpackLimits.DEFAULT));
    assertThat(refused.kind()).isEqualTo(ParException.Kind.BAD_PACKAGE);
    return refused;
  }
}
