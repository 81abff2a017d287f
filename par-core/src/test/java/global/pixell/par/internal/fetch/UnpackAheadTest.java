package global.pixell.par.internal.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.archive.TestZip;
import global.pixell.par.internal.archive.TreeWriter;
import global.pixell.par.internal.archive.UnpackLimits;
import global.pixell.par.internal.archive.Unpacker;
import global.pixell.par.internal.archive.UnpackerTest;
import global.pixell.par.internal.archive.ZipDirectory;
import global.pixell.par.internal.cache.StagedTree;
import global.pixell.par.internal.download.partial.ArrivingFile;
import global.pixell.par.internal.testing.Soak;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Unpacking during a download: which result applies, when it applies, and that no files remain. */
@Timeout(60)
class UnpackAheadTest {

  private static final int PIECE = 64 << 10;

  @TempDir private Path folder;
  private int downloads;
  private final List<ArrivingFile> files = new ArrayList<>();

  private UnpackAhead ahead(long minBytes) {
    return ahead(() -> folder.resolve("staging-" + downloads), () -> false, minBytes);
  }

  private static UnpackAhead ahead(Supplier<Path> stagings, BooleanSupplier closed, long minBytes) {
    return new UnpackAhead(stagings, UnpackLimits.DEFAULT, closed, minBytes);
  }

  private ArrivingFile download(byte[] content) throws IOException {
    ArrivingFile file = ArrivingFile.create(folder.resolve("download-" + ++downloads));
    file.setSize(content.length);
    files.add(file);
    return file;
  }

  @AfterEach
  void closeFiles() throws IOException {
    for (ArrivingFile file : files) {
      file.endWriting();
      file.close();
    }
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().startsWith("par-unpack"));
  }

  private static void bring(ArrivingFile file, byte[] content, int from, int to)
      throws IOException {
    file.write(from, ByteBuffer.wrap(content, from, to - from));
  }

  private static void until(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      assertThat(Thread.currentThread().isInterrupted()).as("the time is over").isFalse();
      Thread.onSpinWait();
    }
  }

  private static TestZip files(int seed) {
    TestZip zip = TestZip.of();
    for (int i = 0; i < 12; i++) {
      byte[] noise = new byte[new Random(seed * 100L + i).nextInt(150_000)];
      new Random(i).nextBytes(noise);
      zip.file(TestZip.utf8("d" + i % 3 + "/f" + i), noise, e -> e.method = e.name[1] % 2 * 8);
    }
    return zip;
  }

  @Test
  void a_tree_is_the_same_in_whatever_order_its_bytes_arrive() throws IOException {
    for (int seed = 0; seed < Soak.rounds(6, 20); seed++) {
      byte[] content = files(seed).bytes();
      Path expected = Files.createDirectory(folder.resolve("expected-" + seed));
      Unpacker.unpack(
          ZipDirectory.read(TestZip.archive(content), UnpackLimits.DEFAULT),
          TreeWriter.readOnly(expected, 0),
          1,
          () -> false);
      List<Integer> pieces = new ArrayList<>();
      for (int at = 0; at < content.length; at += PIECE) {
        pieces.add(at);
      }
      Collections.shuffle(pieces, new Random(seed));
      try (UnpackAhead ahead = ahead(0)) {
        ArrivingFile file = download(content);
        ahead.arriving(file);
        for (int at : pieces) {
          bring(file, content, at, Math.min(content.length, at + PIECE));
        }

        StagedTree staged = ahead.finish().orElseThrow();

        assertThat(UnpackerTest.tree(staged.staging())).isEqualTo(UnpackerTest.tree(expected));
        assertThat(staged.content().files()).isEqualTo(12);
      }
    }
  }

  @Test
  void entries_are_written_while_later_ones_are_still_to_come() throws IOException {
    byte[] content = files(1).bytes();
    int most = content.length * 3 / 4;
    try (UnpackAhead ahead = ahead(0)) {
      ArrivingFile file = download(content);
      ahead.arriving(file);
      bring(file, content, content.length - 5_000, content.length);
      bring(file, content, 0, content.length / 2);

      Path first = folder.resolve("staging-1/d0/f0");
      until(() -> Files.exists(first));

      assertThat(file.isComplete()).isFalse();
      bring(file, content, content.length / 2, most);
      bring(file, content, most, content.length);
      assertThat(ahead.finish()).isPresent();
    }
  }

  @Test
  void the_directory_at_the_end_is_asked_for_first() throws IOException {
    byte[] content = files(1).bytes();
    try (UnpackAhead ahead = ahead(0)) {
      ArrivingFile file = download(content);

      ahead.arriving(file);

      until(() -> file.wanted().isPresent());
      assertThat(file.wanted()).hasValue(content.length - 22L);
    }
  }

  @Test
  void a_small_package_is_left_to_be_unpacked_when_it_is_whole() throws IOException {
    byte[] content = files(1).bytes();
    try (UnpackAhead ahead = ahead(content.length + 1L)) {
      ahead.arriving(download(content));

      assertThat(ahead.finish()).isEmpty();
      assertThat(folder.resolve("staging-1")).doesNotExist();
    }
  }

  @Test
  void a_refusal_waits_until_the_bytes_are_proved() throws IOException {
    byte[] content = files(1).bytes();
    content[40] ^= 1;
    try (UnpackAhead ahead = ahead(0)) {
      ArrivingFile file = download(content);
      ahead.arriving(file);
      bring(file, content, 0, content.length);

      ParException refused = catchThrowableOfType(ParException.class, ahead::finish);

      assertThat(refused.kind()).isEqualTo(Kind.BAD_PACKAGE);
    }
    assertThat(folder.resolve("staging-1")).doesNotExist();
  }

  @Test
  void another_content_begins_anew_and_leaves_nothing_of_the_first() throws IOException {
    byte[] old = files(1).bytes();
    byte[] current = files(2).bytes();
    try (UnpackAhead ahead = ahead(0)) {
      ArrivingFile first = download(old);
      ahead.arriving(first);
      bring(first, old, old.length / 2, old.length);
      first.fail(new IOException("changed"));

      ArrivingFile second = download(current);
      ahead.arriving(second);
      bring(second, current, 0, current.length);

      assertThat(ahead.finish().orElseThrow().staging()).isEqualTo(folder.resolve("staging-2"));
      assertThat(folder.resolve("staging-1")).doesNotExist();
      assertThat(folder.resolve("staging-2/d0/f0")).exists();
    }
    assertThat(folder.resolve("staging-2")).doesNotExist();
  }

  @Test
  void closing_in_the_middle_of_a_download_stops_at_once_and_cleans_up() throws IOException {
    byte[] content = files(1).bytes();
    ArrivingFile file = download(content);
    UnpackAhead ahead = ahead(0);
    ahead.arriving(file);
    bring(file, content, content.length / 2, content.length);
    Thread.currentThread().interrupt();

    ahead.close();

    assertThat(Thread.interrupted()).as("the interrupt is kept").isTrue();
    assertThat(folder.resolve("staging-1")).doesNotExist();
  }

  @Test
  void an_interrupt_of_who_waits_for_the_tree_stops_the_work() throws Exception {
    byte[] content = files(1).bytes();
    ArrivingFile file = download(content);
    CompletableFuture<Throwable> thrown = new CompletableFuture<>();
    try (UnpackAhead ahead = ahead(0)) {
      ahead.arriving(file);
      bring(file, content, content.length / 2, content.length);
      Thread waiting =
          new Thread(
              () -> {
                try {
                  ahead.finish();
                } catch (ParException e) {
                  thrown.complete(e);
                }
              });
      waiting.start();

      waiting.interrupt();

      assertThat(thrown.get())
          .isInstanceOfSatisfying(
              ParException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CANCELLED));
    }
  }

  @Test
  void a_disk_that_fails_leaves_the_work_to_who_comes_after_the_proof() throws IOException {
    byte[] content = files(1).bytes();
    Path missing = folder.resolve("missing/staging");
    try (UnpackAhead ahead = new UnpackAhead(() -> missing, UnpackLimits.DEFAULT, () -> false, 0)) {
      ArrivingFile file = download(content);
      ahead.arriving(file);
      bring(file, content, 0, content.length);

      assertThat(ahead.finish()).isEmpty();
    }
  }

  @Test
  void what_the_disk_has_no_room_for_is_left_to_who_may_make_room() throws IOException {
    long huge = 2 * Files.getFileStore(folder).getUsableSpace();
    long directory = 30 + 4 + huge;
    byte[] tail =
        TestZip.of()
            .file(
                "huge",
                "",
                e -> {
                  e.stored().noLocal = true;
                  e.centralZip64 = true;
                  e.offset = 0L;
                  e.size = huge;
                  e.compressed = huge;
                })
            .lie(z -> z.zip64 = true)
            .lie(z -> z.directoryOffset = directory)
            .lie(z -> z.locatorOffset = directory + 50 + 28)
            .bytes();
    UnpackLimits limits = new UnpackLimits(Long.MAX_VALUE, 10);
    try (UnpackAhead ahead =
        new UnpackAhead(() -> folder.resolve("staging-1"), limits, () -> false, 0)) {
      ArrivingFile file = ArrivingFile.create(folder.resolve("download"));
      files.add(file);
      file.setSize(directory + tail.length);
      ahead.arriving(file);
      // A sparse file: only its directory arrives.
      file.write(directory, ByteBuffer.wrap(tail));

      assertThat(ahead.finish()).isEmpty();
      assertThat(folder.resolve("staging-1")).doesNotExist();
    }
  }
}
