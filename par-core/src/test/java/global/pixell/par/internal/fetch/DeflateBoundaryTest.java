package global.pixell.par.internal.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.internal.archive.EntryReader;
import global.pixell.par.internal.archive.TestUnpack;
import global.pixell.par.internal.archive.TestZip;
import global.pixell.par.internal.archive.UnpackLimits;
import global.pixell.par.internal.archive.UnpackSummary;
import global.pixell.par.internal.download.partial.ArrivingFile;
import global.pixell.par.internal.testing.Soak;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Content that ends near the end of a reader's buffer. An inflater may have consumed all of its
 * input when the output buffer is exactly full, and still hold back the last bytes of the content.
 */
class DeflateBoundaryTest {

  private static final int BUFFER = EntryReader.BUFFER;

  /** One deflate symbol stands for at most 258 bytes, so an inflater holds back hardly more. */
  private static final int MAX_OWED = 264;

  @TempDir private Path folder;

  private static Stream<Arguments> contents() {
    byte[] noise = new byte[300];
    new Random(7).nextBytes(noise);
    return Stream.of(
        Arguments.of("zeros", new byte[] {0}),
        Arguments.of("ones", new byte[] {-1}),
        Arguments.of("two bytes again and again", new byte[] {1, 2}),
        Arguments.of("seven bytes again and again", TestZip.utf8("silence")),
        Arguments.of("300 bytes of noise again and again", noise));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("contents")
  void repetitive_content_of_every_size_around_a_full_buffer_is_read(String what, byte[] period) {
    int max = period.length == 1 ? Soak.rounds(1, 3) : 1;
    for (int buffers = 1; buffers <= max; buffers++) {
      TestZip zip = TestZip.of().file(TestZip.utf8("noise"), noise(1 << 20), e -> e.stored());
      for (int more = -3; more <= MAX_OWED; more++) {
        add(zip, repeated(period, buffers * BUFFER + more), more % 2 == 0 ? 1 : 6);
      }

      UnpackSummary tree = TestUnpack.check(zip.archive(), UnpackLimits.DEFAULT);

      assertThat(tree.files()).as(what).isEqualTo(MAX_OWED + 5);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("contents")
  void repetitive_content_that_fills_a_small_buffer_is_read(String what, byte[] period) {
    for (int size = 0; size <= 3 * MAX_OWED; size++) {
      TestZip zip = TestZip.of();
      add(zip, repeated(period, size), 6);

      UnpackSummary tree = TestUnpack.check(zip.archive(), UnpackLimits.DEFAULT);

      assertThat(tree.bytes()).as(what).isEqualTo(size);
    }
  }

  @Test
  void compressed_data_of_every_length_around_a_full_window_are_read() {
    byte[] noise = noise(2 * BUFFER);
    for (int level : new int[] {Deflater.NO_COMPRESSION, Deflater.DEFAULT_COMPRESSION}) {
      for (int less = 0; less < 80; less++) {
        int size = BUFFER * (1 + less % 2) - less;
        TestZip zip = TestZip.of();
        zip.file(
            TestZip.utf8("f"), Arrays.copyOf(noise, size), e -> e.data = deflate(e.content, level));
        add(zip, new byte[BUFFER + less], 6);

        UnpackSummary tree = TestUnpack.check(zip.archive(), UnpackLimits.DEFAULT);

        assertThat(tree.bytes()).isEqualTo(size + BUFFER + less);
      }
    }
  }

  @Test
  void what_is_unpacked_behind_a_download_is_the_whole_content() throws IOException {
    TestZip zip = TestZip.of().file(TestZip.utf8("noise"), noise(1 << 20), e -> e.stored());
    List<Integer> sizes = new ArrayList<>();
    for (int more = 0; more <= MAX_OWED; more += 3) {
      sizes.add(BUFFER + more);
      add(zip, new byte[BUFFER + more], 6);
    }
    byte[] archive = zip.bytes();
    ArrivingFile file = ArrivingFile.create(folder.resolve("download"));
    file.setSize(archive.length);
    try (UnpackAhead ahead =
        new UnpackAhead(() -> folder.resolve("staging"), UnpackLimits.DEFAULT, () -> false, 0)) {
      ahead.arriving(file);
      for (int offset = 0; offset < archive.length; offset += 10_000) {
        int length = Math.min(10_000, archive.length - offset);
        file.write(offset, ByteBuffer.wrap(archive, offset, length));
      }

      Path staging = ahead.finish().orElseThrow().staging();

      for (int size : sizes) {
        assertThat(Files.readAllBytes(staging.resolve("f" + size))).isEqualTo(new byte[size]);
      }
    } finally {
      file.endWriting();
      file.close();
    }
  }

  @Test
  void a_package_of_blank_content_is_inspected() throws IOException {
    Path file = folder.resolve("t.apkg");
    TestZip zip = TestZip.of().file("agent.yaml", "name: a\nversion: 1.0.0\n");
    add(zip, new byte[262_244], 6);
    Files.write(file, zip.bytes());

    assertThat(Inspection.of(file, UnpackLimits.DEFAULT, () -> false).unpackedBytes())
        .isEqualTo(262_244 + 23);
  }

  private static void add(TestZip zip, byte[] content, int level) {
    zip.file(TestZip.utf8("f" + content.length), content, e -> e.data = deflate(e.content, level));
  }

  private static byte[] noise(int length) {
    byte[] noise = new byte[length];
    new Random(1).nextBytes(noise);
    return noise;
  }

  private static byte[] repeated(byte[] period, int length) {
    byte[] content = new byte[length];
    for (int done = 0; done < length; ) {
      int next = done == 0 ? period.length : Math.min(done, length - done);
      System.arraycopy(done == 0 ? period : content, 0, content, done, Math.min(next, length));
      done += next;
    }
    return content;
  }

  private static byte[] deflate(byte[] content, int level) {
    Deflater deflater = new Deflater(level, true);
    deflater.setInput(content);
    deflater.finish();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] chunk = new byte[8192];
    while (!deflater.finished()) {
      out.write(chunk, 0, deflater.deflate(chunk));
    }
    deflater.end();
    return out.toByteArray();
  }
}
