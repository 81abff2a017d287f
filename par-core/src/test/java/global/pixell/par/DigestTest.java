package global.pixell.par;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.ParException.Kind;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DigestTest {

  private static final String ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  @TempDir Path directory;

  @Test
  void the_digest_of_a_file_is_what_sha256sum_prints() throws Exception {
    Path file = Files.writeString(directory.resolve("abc"), "abc");

    assertThat(Digest.of(file))
        .isEqualTo(Digest.parse("SHA256:" + ABC.toUpperCase(java.util.Locale.ROOT)));
    assertThat(Digest.of(file)).hasToString("sha256:" + ABC);
  }

  @Test
  void a_file_that_is_absent_or_no_file_is_refused() {
    assertThat(refused(directory.resolve("absent")).kind()).isEqualTo(Kind.NOT_FOUND);
    assertThat(refused(directory).kind()).isEqualTo(Kind.DISK);
  }

  @Test
  void an_interrupt_ends_the_reading() throws Exception {
    Path file = Files.writeString(directory.resolve("abc"), "abc");
    Thread.currentThread().interrupt();

    ParException e = refused(file);

    assertThat(Thread.interrupted()).isTrue();
    assertThat(e.kind()).isEqualTo(Kind.CANCELLED);
  }

  private static ParException refused(Path file) {
    return catchThrowableOfType(ParException.class, () -> Digest.of(file));
  }
}
