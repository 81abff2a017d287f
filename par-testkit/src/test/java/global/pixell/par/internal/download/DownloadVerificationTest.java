package global.pixell.par.internal.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.Digest;
import global.pixell.par.ParException;
import global.pixell.par.internal.io.Sha256;
import global.pixell.par.testkit.Fault;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a download compares its bytes with. */
class DownloadVerificationTest extends DownloadTestCase {

  @Test
  void the_checksum_of_the_whole_object_is_evidence_though_it_came_in_parts() {
    put(content);

    assertThat(download().verifiedBy()).isEqualTo("length+crc64nvme");
  }

  @Test
  void a_wrong_digest_is_corrupt_after_one_download_and_says_both() {
    put(content);
    Digest expected = Sha256.of(noise(1));

    ParException e =
        catchThrowableOfType(
            ParException.class, () -> run(Optional.of(expected), Optional.empty()));

    assertThat(e.kind()).isEqualTo(ParException.Kind.CORRUPT);
    assertThat(e)
        .hasMessageContaining(expected.hex())
        .hasMessageContaining(Sha256.of(content).hex());
    assertThat(s3.requests()).hasSizeLessThanOrEqualTo(14);
  }

  @Test
  void a_given_digest_is_compared_instead_of_the_checksums_that_it_would_prove() {
    put(content);

    Download.Result result = run(Optional.of(Sha256.of(content)), Optional.empty());

    assertThat(result)
        .isInstanceOfSatisfying(
            Download.Downloaded.class,
            done -> assertThat(done.verifiedBy()).isEqualTo("length+sha256"));
  }

  @Test
  void a_byte_flipped_on_the_way_is_not_blamed_on_the_digest() {
    put(noise(PART));
    s3.onGet(KEY).inject(Fault.flipByteAt(10));
    Digest expected = Sha256.of(noise(PART));

    ParException e =
        catchThrowableOfType(
            ParException.class, () -> run(Optional.of(expected), Optional.empty()));

    assertThat(e.kind()).isEqualTo(ParException.Kind.CORRUPT);
    assertThat(e).hasMessageContaining("has the crc64nvme ").hasMessageContaining(", S3 says ");
  }

  @Test
  void a_flipped_byte_in_any_part_is_found_by_the_checksum() {
    put(content);
    s3.onGet(KEY).inject(Fault.truncateAt(1000));
    s3.onGet(KEY).times(4).inject(Fault.flipByteAt(10));

    ParException e = refused();

    assertThat(e.kind()).isEqualTo(ParException.Kind.CORRUPT);
    assertThat(e).hasMessageContaining("has the crc64nvme ").hasMessageContaining(", S3 says ");
  }
}
