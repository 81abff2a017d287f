package global.pixell.par.internal.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import global.pixell.par.ParException;
import global.pixell.par.internal.download.partial.ArrivingFile;
import global.pixell.par.internal.download.partial.ByteRange;
import global.pixell.par.internal.io.ArchiveBytes;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ArrivingFileTest {

  @TempDir Path directory;
  private ArrivingFile file;

  @BeforeEach
  void create() throws IOException {
    file = ArrivingFile.create(directory.resolve("package"));
  }

  @AfterEach
  void close() throws IOException {
    file.endWriting();
    file.close();
  }

  @Test
  void bytes_that_are_here_are_read_at_once() throws IOException {
    file.setSize(10);
    write(4, "4567");

    assertThat(read(5, 3)).isEqualTo("567");
    assertThat(file.bytesPresent()).isEqualTo(4);
    assertThat(file.isComplete()).isFalse();
  }

  @Test
  void a_reader_waits_for_its_bytes_and_says_which() throws Exception {
    file.setSize(10);
    write(0, "01");
    FutureTask<String> reader = start(() -> read(1, 4));
    awaitWanted(2);

    write(2, "23");
    write(4, "4");

    assertThat(reader.get()).isEqualTo("1234");
    assertThat(file.wanted()).isEmpty();
  }

  @Test
  void the_lowest_position_waited_for_is_wanted_first() throws Exception {
    file.setSize(10);
    FutureTask<String> end = start(() -> read(8, 2));
    awaitWanted(8);
    FutureTask<String> middle = start(() -> read(5, 1));
    awaitWanted(5);

    write(5, "5");
    middle.get();
    assertThat(file.wanted()).hasValue(8);
    write(8, "89");

    assertThat(end.get()).isEqualTo("89");
  }

  @Test
  void a_failure_wakes_readers_with_its_reason_and_keeps_them_from_what_is_here() throws Exception {
    file.setSize(4);
    write(0, "01");
    FutureTask<String> reader = start(() -> read(0, 4));
    awaitWanted(2);
    var reason = new ParException(ParException.Kind.UNAVAILABLE, "It changed.", "Fetch again.");

    file.fail(reason);
    file.fail(new IOException("a second reason is too late"));

    assertThatThrownBy(reader::get).isInstanceOf(ExecutionException.class).hasCause(reason);
    assertThatThrownBy(() -> read(0, 2)).isSameAs(reason);
    assertThatThrownBy(() -> file.awaitRun(0)).isSameAs(reason);
  }

  @Test
  void what_comes_after_a_failure_is_not_written() throws Exception {
    file.fail(new IOException("gone"));

    write(0, "0123");

    assertThat(Files.size(file.file())).isZero();
  }

  @Test
  void an_interrupt_wakes_a_reader_and_leaves_the_writers_alone() throws Exception {
    file.setSize(4);
    var caught = new CompletableFuture<Throwable>();
    var reader =
        new Thread(
            () -> {
              try {
                read(0, 4);
              } catch (IOException e) {
                caught.complete(e);
              }
            });
    reader.start();
    awaitWanted(0);

    reader.interrupt();

    assertThat(caught.get()).isInstanceOf(InterruptedIOException.class);
    write(0, "0123");
    assertThat(file.isComplete()).isTrue();
  }

  @Test
  void an_interrupted_reader_of_its_own_leaves_the_other_readers_alone() throws Exception {
    file.setSize(4);
    write(0, "0123");
    try (ArchiveBytes own = file.reader()) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> own.readFully(0, ByteBuffer.allocate(4)))
          .isInstanceOf(IOException.class);
      assertThat(Thread.interrupted()).isTrue();

      assertThat(read(0, 4)).isEqualTo("0123");
    }
    assertThat(read(0, 4)).isEqualTo("0123");
  }

  @Test
  void beyond_the_end_there_is_nothing_to_wait_for() throws Exception {
    FutureTask<String> early = start(() -> read(0, 5));
    awaitWanted(0);

    file.setSize(4);

    assertThatThrownBy(early::get).hasCauseInstanceOf(EOFException.class);
    assertThatThrownBy(() -> read(4, 1)).isInstanceOf(EOFException.class);
    assertThat(read(4, 0)).isEmpty();
  }

  @Test
  void a_byte_is_written_once_by_whoever_brings_it_first() throws Exception {
    file.setSize(8);
    write(2, "23");

    write(0, "xxxxxxxx");

    assertThat(read(0, 8)).isEqualTo("xx23xxxx");
  }

  @Test
  void a_size_that_nobody_told_is_not_made_up() {
    assertThat(file.isSizeKnown()).isFalse();
    assertThatThrownBy(file::size).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void a_file_can_be_gone_on_with() throws Exception {
    file.setSize(6);
    write(0, "01");
    write(4, "4");
    try (ArrivingFile again = ArrivingFile.resume(file.file(), 6, file.present())) {

      assertThat(again.missing(0, 6)).containsExactly(new ByteRange(2, 4), new ByteRange(5, 6));
      again.write(0, bytes("xx23x5"));
      again.endWriting();

      assertThat(again.isComplete()).isTrue();
      assertThat(Files.readString(file.file())).isEqualTo("012345");
    }
  }

  @Test
  void beginning_anew_leaves_late_writers_of_the_old_content_without_effect() throws Exception {
    write(0, "old content");
    try (ArrivingFile anew = ArrivingFile.create(file.file())) {
      write(11, " and more of it");
      anew.write(0, bytes("new"));
      anew.endWriting();

      assertThat(Files.readString(file.file())).isEqualTo("new");
    }
  }

  @Test
  void many_writers_and_readers_see_the_same_bytes_in_whatever_order_they_come() throws Exception {
    for (int seed = 0; seed < 10; seed++) {
      byte[] content = new byte[200_000];
      var random = new Random(seed);
      random.nextBytes(content);
      try (ArrivingFile arriving = ArrivingFile.create(directory.resolve("many-" + seed))) {
        arriving.setSize(content.length);
        var pieces = new ArrayList<ByteRange>();
        for (int at = 0; at < content.length; ) {
          int end = Math.min(content.length, at + 1 + random.nextInt(9000));
          pieces.add(new ByteRange(at, end));
          at = end;
        }
        Collections.shuffle(pieces, random);
        var work = new ArrayList<FutureTask<?>>();
        for (int r = 0; r < 3; r++) {
          int seedOfReader = seed * 31 + r;
          work.add(start(() -> readRandomly(arriving, content, new Random(seedOfReader))));
        }
        for (List<ByteRange> share :
            List.of(
                pieces.subList(0, pieces.size() / 2),
                pieces.subList(pieces.size() / 3, pieces.size()))) {
          work.add(start(() -> writeAll(arriving, content, share)));
        }
        for (FutureTask<?> task : work) {
          task.get(30, TimeUnit.SECONDS);
        }
        arriving.endWriting();
        assertThat(arriving.isComplete()).isTrue();
        assertThat(Files.readAllBytes(arriving.file())).isEqualTo(content);
      }
    }
  }

  private static String readRandomly(ArrivingFile file, byte[] content, Random random)
      throws IOException {
    for (int i = 0; i < 50; i++) {
      int from = random.nextInt(content.length);
      int length = random.nextInt(Math.min(20_000, content.length - from) + 1);
      ByteBuffer target = ByteBuffer.allocate(length);
      file.readFully(from, target);
      assertThat(target.array()).isEqualTo(Arrays.copyOfRange(content, from, from + length));
    }
    return "";
  }

  private static String writeAll(ArrivingFile file, byte[] content, List<ByteRange> pieces)
      throws IOException {
    for (ByteRange piece : pieces) {
      file.write(piece.from(), ByteBuffer.wrap(content, (int) piece.from(), (int) piece.length()));
    }
    return "";
  }

  @Test
  void a_disk_that_takes_no_more_is_reported_with_the_size_of_the_download() {
    file.setSize(4711);

    assertThat(file.writeError(new IOException("No space left on device")))
        .hasMessageMatching(
            "PAR could not write 4711 bytes of the download to .*package: the disk takes no more"
                + " although \\d+ of \\d+ bytes are free: its inodes or a quota are used up.");
  }

  private void write(long position, String text) throws IOException {
    file.write(position, bytes(text));
  }

  private String read(long position, int length) throws IOException {
    ByteBuffer target = ByteBuffer.allocate(length);
    file.readFully(position, target);
    return new String(target.array(), java.nio.charset.StandardCharsets.US_ASCII);
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
  }

  private static <T> FutureTask<T> start(Callable<T> work) {
    var task = new FutureTask<>(work);
    var thread = new Thread(task);
    thread.setDaemon(true);
    thread.start();
    return task;
  }

  private void awaitWanted(long position) {
    while (!file.wanted().equals(OptionalLong.of(position))) {
      Thread.onSpinWait();
    }
  }
}
