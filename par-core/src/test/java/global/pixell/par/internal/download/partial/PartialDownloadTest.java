package global.pixell.par.internal.download.partial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.internal.io.FileMutex;
import global.pixell.par.internal.remote.ContentPin;
import java.io.IOException;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.HashSet;
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
    leave(new ByteRange(0, 10), new ByteRange(20, 30));

    try (PartialDownload next = partials().claimExisting(ADDRESS).orElseThrow()) {
      assertThat(next.lastCheckpoint())
          .hasValue(
              new PartialDownload.Checkpoint(
                  PIN, List.of(new ByteRange(0, 10), new ByteRange(20, 30))));
    }
  }

  @Test
  void what_somebody_works_at_nobody_else_gets() throws IOException {
    leave(new ByteRange(0, 10));
    try (PartialDownload owner = partials().claimExisting(ADDRESS).orElseThrow()) {
      assertThat(owner.lastCheckpoint()).isPresent();
      assertThat(partials().claimExisting(ADDRESS)).isEmpty();
      assertThat(partials().claimExisting("s3://bucket/other")).isEmpty();
    }
    assertThat(heldByNext()).isPresent();
  }

  @Test
  void where_locks_may_not_be_asked_nothing_is_begun_or_taken() throws IOException {
    leave(new ByteRange(0, 10));
    PartialDownloads withoutLocks = PartialDownloads.in(directory(), false);

    assertThat(withoutLocks.create(ADDRESS)).isEmpty();
    assertThat(withoutLocks.claimExisting(ADDRESS)).isEmpty();
    assertThat(directory()).isDirectoryContaining(folder -> true);
  }

  @Test
  void where_locks_end_at_the_host_one_of_two_gets_it_and_the_other_finds_its_file_gone()
      throws IOException {
    leave(new ByteRange(0, 10));
    try (PartialDownload first = onAHostOfItsOwn().claimExisting(ADDRESS).orElseThrow();
        PartialDownload second = onAHostOfItsOwn().claimExisting(ADDRESS).orElseThrow()) {
      assertThat(second.lastCheckpoint()).isPresent();
      assertThat(first.lastCheckpoint()).isEmpty();
      assertThatThrownBy(() -> first.moveTo(root.resolve("first")))
          .isInstanceOf(NoSuchFileException.class);

      first.discard();
      second.moveTo(root.resolve("second"));
    }

    assertThat(root.resolve("second")).hasBinaryContent(new byte[101]);
    assertThat(directory()).isEmptyDirectory();
  }

  private PartialDownloads onAHostOfItsOwn() {
    FileMutex.Locker alwaysFree =
        channel ->
            new FileLock(channel, 0, 1, false) {
              @Override
              public boolean isValid() {
                return true;
              }

              @Override
              public void release() {}
            };
    return new PartialDownloads(directory(), Optional.of(alwaysFree), new HashSet<>());
  }

  @Test
  void where_nothing_is_left_nothing_is_made() {
    assertThat(partials().claimExisting(ADDRESS)).isEmpty();
    assertThat(directory()).doesNotExist();
  }

  @Test
  void a_data_file_that_is_shorter_than_the_journal_says_is_not_believed() throws IOException {
    leave(new ByteRange(0, 101));
    assertThat(heldByNext()).isEmpty();

    AtomicFiles.deleteTree(directory());
    leave(new ByteRange(0, 60));
    Files.write(data(), new byte[59]);
    assertThat(heldByNext()).isEmpty();
  }

  @Test
  void a_journal_cut_or_changed_anywhere_is_believed_only_as_far_as_it_is_whole()
      throws IOException {
    leave(new ByteRange(0, 10), new ByteRange(20, 30));
    byte[] journal = Files.readAllBytes(journal());
    PartialDownload.Checkpoint whole = heldByNext().orElseThrow();
    var random = new Random(11);
    for (int round = 0; round < 400; round++) {
      byte[] hurt = journal.clone();
      if (random.nextBoolean()) {
        hurt = java.util.Arrays.copyOf(hurt, random.nextInt(hurt.length));
      } else {
        hurt[random.nextInt(hurt.length)] ^= (byte) (1 + random.nextInt(255));
      }
      Files.write(journal(), hurt, StandardOpenOption.TRUNCATE_EXISTING);

      Optional<PartialDownload.Checkpoint> held = heldByNext();

      held.ifPresent(h -> assertThat(h).isEqualTo(whole));
      assertThat(held.isPresent() && hurt.length < journal.length).isFalse();
    }
  }

  @Test
  void garbage_is_ignored() throws IOException {
    var random = new Random(12);
    leave(new ByteRange(0, 10));
    for (int round = 0; round < 200; round++) {
      byte[] garbage = new byte[random.nextInt(300)];
      random.nextBytes(garbage);
      Files.write(journal(), garbage);

      assertThat(heldByNext()).isEmpty();
    }
  }

  @Test
  void the_last_whole_note_counts() throws IOException {
    try (PartialDownload partial = partials().create(ADDRESS).orElseThrow()) {
      Files.write(partial.data(), new byte[100]);
      partial.start(PIN);
      partial.checkpoint(List.of(new ByteRange(0, 10)));
      partial.checkpoint(List.of(new ByteRange(0, 20)));
    }
    Files.writeString(journal(), "12345678 {\"present\":[0,", StandardOpenOption.APPEND);

    assertThat(heldByNext().orElseThrow().present()).containsExactly(new ByteRange(0, 20));
  }

  @Test
  void a_sweep_takes_what_is_old_and_nobodys() throws IOException {
    Instant past = Instant.now().minusSeconds(3600);
    Instant future = Instant.now().plusSeconds(3600);
    leave(new ByteRange(0, 10));
    partials().sweep(past);
    assertThat(data()).exists();

    try (PartialDownload owner = partials().claimExisting(ADDRESS).orElseThrow()) {
      partials().sweep(future);
      assertThat(owner.data()).exists();
    }

    partials().sweep(future);
    assertThat(directory()).isEmptyDirectory();
    PartialDownloads.in(root.resolve("absent"), true).sweep(future);
  }

  @Test
  void what_a_process_left_without_bytes_or_without_a_journal_is_swept_at_once()
      throws IOException {
    Instant past = Instant.now().minusSeconds(3600);
    for (String half : List.of("data", "journal")) {
      leave(new ByteRange(0, 10));
      Files.delete(file(half));

      partials().sweep(past);

      assertThat(directory()).as("without " + half).isEmptyDirectory();
    }
    try (PartialDownload begun = partials().create(ADDRESS).orElseThrow()) {
      partials().sweep(past);
      assertThat(AtomicFiles.parentOf(begun.data())).isDirectory();
    }
  }

  @Test
  void without_locks_a_sweep_goes_by_age_alone() throws IOException {
    leave(new ByteRange(0, 10));
    PartialDownloads.in(directory(), false).sweep(Instant.now().minusSeconds(3600));
    assertThat(data()).exists();

    PartialDownloads.in(directory(), false).sweep(Instant.now().plusSeconds(3600));

    assertThat(directory()).isEmptyDirectory();
  }

  @Test
  void what_cannot_be_locked_spoils_no_sweep() throws IOException {
    leave(new ByteRange(0, 10));
    Path strange = directory().resolve("strange");
    Files.createDirectories(PartialDownload.journal(strange));

    partials().sweep(Instant.now().plusSeconds(3600));

    assertThat(directory()).isDirectoryNotContaining(folder -> !folder.equals(strange));
  }

  private void leave(ByteRange... present) throws IOException {
    try (PartialDownload partial = partials().create(ADDRESS).orElseThrow()) {
      Files.write(partial.data(), new byte[101]);
      partial.start(PIN);
      partial.checkpoint(List.of(present));
    }
  }

  private Optional<PartialDownload.Checkpoint> heldByNext() {
    try (PartialDownload next = partials().claimExisting(ADDRESS).orElseThrow()) {
      return next.lastCheckpoint();
    }
  }

  private PartialDownloads partials() {
    return PartialDownloads.in(directory(), true);
  }

  private Path directory() {
    return root.resolve("partial");
  }

  private Path data() throws IOException {
    return file("data");
  }

  private Path journal() throws IOException {
    return file("journal");
  }

  /** A file of the only partial download. */
  private Path file(String name) throws IOException {
    List<Path> folders = AtomicFiles.list(directory(), "*");
    assertThat(folders).hasSize(1);
    return folders.get(0).resolve(name);
  }
}
