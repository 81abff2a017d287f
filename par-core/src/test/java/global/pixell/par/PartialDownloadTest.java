package global.pixell.par;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.RangePlan.Range;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartialDownloadTest {

  private static final String ADDRESS = "s3://bucket/key";
  private static final ContentPin PIN =
      new ContentPin(
          OptionalLong.of(100),
          Optional.of("tag"),
          Optional.of("version"),
          Map.of("x-amz-checksum-crc32", "AAAAAA=="));

  @TempDir Path root;

  @Test
  void what_was_noted_is_there_for_the_next_owner() throws IOException {
    leave(new Range(0, 10), new Range(20, 30));

    try (PartialDownload next = PartialDownload.left(directory(), ADDRESS).orElseThrow()) {
      assertThat(next.held())
          .hasValue(new PartialDownload.Held(PIN, List.of(new Range(0, 10), new Range(20, 30))));
    }
  }

  @Test
  void two_owners_at_once_there_are_not() {
    try (PartialDownload owner = PartialDownload.claim(directory(), ADDRESS).orElseThrow()) {
      assertThat(owner.held()).isEmpty();
      assertThat(PartialDownload.claim(directory(), ADDRESS)).isEmpty();
      assertThat(PartialDownload.claim(directory(), "s3://bucket/other").map(this::closed))
          .hasValue(true);
    }
    assertThat(PartialDownload.claim(directory(), ADDRESS).map(this::closed)).hasValue(true);
  }

  @Test
  void where_nothing_is_left_nothing_is_made() {
    assertThat(PartialDownload.left(directory(), ADDRESS)).isEmpty();
    assertThat(directory()).doesNotExist();
  }

  @Test
  void another_content_voids_what_was_noted() throws IOException {
    leave(new Range(0, 10));

    try (PartialDownload next = PartialDownload.left(directory(), ADDRESS).orElseThrow()) {
      next.begin(PIN);
      assertThat(next.held()).isEmpty();
    }
  }

  @Test
  void a_data_file_that_is_shorter_than_the_journal_says_is_not_believed() throws IOException {
    leave(new Range(0, 101));
    assertThat(heldByNext()).isEmpty();

    leave(new Range(0, 60));
    Files.write(data(), new byte[59]);
    assertThat(heldByNext()).isEmpty();
  }

  @Test
  void a_journal_cut_or_changed_anywhere_is_believed_only_as_far_as_it_is_whole()
      throws IOException {
    leave(new Range(0, 10), new Range(20, 30));
    byte[] journal = Files.readAllBytes(journal());
    PartialDownload.Held whole = heldByNext().orElseThrow();
    var random = new Random(11);
    for (int round = 0; round < 400; round++) {
      byte[] hurt = journal.clone();
      if (random.nextBoolean()) {
        hurt = java.util.Arrays.copyOf(hurt, random.nextInt(hurt.length));
      } else {
        hurt[random.nextInt(hurt.length)] ^= (byte) (1 + random.nextInt(255));
      }
      Files.write(journal(), hurt, StandardOpenOption.TRUNCATE_EXISTING);

      Optional<PartialDownload.Held> held = heldByNext();

      held.ifPresent(h -> assertThat(h).isEqualTo(whole));
      assertThat(held.isPresent() && hurt.length < journal.length).isFalse();
    }
  }

  @Test
  void garbage_is_ignored() throws IOException {
    var random = new Random(12);
    Files.createDirectories(directory());
    for (int round = 0; round < 200; round++) {
      byte[] garbage = new byte[random.nextInt(300)];
      random.nextBytes(garbage);
      Files.write(journal(), garbage);

      assertThat(heldByNext()).isEmpty();
    }
  }

  @Test
  void the_last_whole_note_counts() throws IOException {
    try (PartialDownload partial = PartialDownload.claim(directory(), ADDRESS).orElseThrow()) {
      Files.write(partial.data(), new byte[100]);
      partial.begin(PIN);
      partial.checkpoint(List.of(new Range(0, 10)));
      partial.checkpoint(List.of(new Range(0, 20)));
    }
    Files.writeString(journal(), "12345678 {\"present\":[0,", StandardOpenOption.APPEND);

    assertThat(heldByNext().orElseThrow().present()).containsExactly(new Range(0, 20));
  }

  @Test
  void a_sweep_takes_what_is_old_and_nobodys() throws IOException {
    leave(new Range(0, 10));
    PartialDownload.sweep(directory(), Instant.now().minusSeconds(3600));
    assertThat(data()).exists();

    try (PartialDownload owner = PartialDownload.left(directory(), ADDRESS).orElseThrow()) {
      PartialDownload.sweep(directory(), Instant.now().plusSeconds(3600));
      assertThat(owner.data()).exists();
    }

    PartialDownload.sweep(directory(), Instant.now().plusSeconds(3600));
    assertThat(directory()).isEmptyDirectory();
    PartialDownload.sweep(root.resolve("absent"), Instant.now());
  }

  private void leave(Range... present) throws IOException {
    try (PartialDownload partial = PartialDownload.claim(directory(), ADDRESS).orElseThrow()) {
      Files.write(partial.data(), new byte[101]);
      partial.begin(PIN);
      partial.checkpoint(List.of(present));
    }
  }

  private Optional<PartialDownload.Held> heldByNext() {
    try (PartialDownload next = PartialDownload.left(directory(), ADDRESS).orElseThrow()) {
      return next.held();
    }
  }

  private boolean closed(PartialDownload partial) {
    partial.close();
    return true;
  }

  private Path directory() {
    return root.resolve("partial");
  }

  private Path data() {
    return file(".data");
  }

  private Path journal() {
    return file(".journal");
  }

  private Path file(String suffix) {
    byte[] address = ADDRESS.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    return directory().resolve(Sha256.of(address).hex() + suffix);
  }
}
