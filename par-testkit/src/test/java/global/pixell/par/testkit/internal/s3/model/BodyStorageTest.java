package global.pixell.par.testkit.internal.s3.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import global.pixell.par.testkit.internal.io.BlockInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BodyStorageTest {

  private static final int LIMIT = 1 << 20;

  private final BodyStorage storage = new BodyStorage(LIMIT);

  @AfterEach
  void close() throws IOException {
    storage.close();
  }

  @Test
  void small_bodies_spill_when_all_of_them_are_too_large_together() throws IOException {
    var bodies = new ArrayList<Content>();
    for (int i = 0; i < 64; i++) {
      bodies.add(store(bytes(i, 100_000)));
    }

    assertThat(storage.inMemory()).isBetween(900_000L, (long) LIMIT);
    assertThat(storage.inFile()).isEqualTo(54 * 100_000L);
    for (int i = 0; i < bodies.size(); i++) {
      assertThat(read(bodies.get(i), 0, 100_000)).isEqualTo(bytes(i, 100_000));
    }
  }

  @Test
  void bodies_in_the_file_take_no_name_and_one_descriptor() throws IOException {
    int before = descriptors().size();
    var bodies = new ArrayList<Content>();
    for (int i = 0; i < 50; i++) {
      bodies.add(store(bytes(i, LIMIT + 1)));
    }

    // Other threads of this JVM may also open files.
    assertThat(descriptors()).hasSizeLessThan(before + 25);
    assertThat(descriptors()).noneMatch(file -> file.endsWith(".bodies"));
    assertThat(bodies).hasSize(50);
  }

  @Test
  void the_space_of_bodies_that_are_gone_is_used_again() throws IOException {
    for (int i = 0; i < 5; i++) {
      assertThat(store(bytes(i, 3 * LIMIT)).size()).isEqualTo(3 * LIMIT);
      while (storage.inUse() > 0) {
        System.gc();
      }
    }

    assertThat(storage.inFile()).isEqualTo(3 * LIMIT);
  }

  @Test
  void an_interrupted_reader_disturbs_nobody() throws IOException {
    Content body = store(bytes(1, 2 * LIMIT));
    Thread.currentThread().interrupt();
    try {
      assertThat(read(body, 5, 10)).isEqualTo(Arrays.copyOfRange(bytes(1, 2 * LIMIT), 5, 15));
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(read(body, 0, 2 * LIMIT)).isEqualTo(bytes(1, 2 * LIMIT));
  }

  @Test
  void a_body_that_breaks_off_leaves_its_space() throws IOException {
    for (int i = 0; i < 10; i++) {
      var broken =
          new BlockInputStream() {
            private int remaining = 2 * LIMIT;

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
              if (remaining == 0) {
                throw new IOException("broken off");
              }
              int n = Math.min(length, remaining);
              remaining -= n;
              return n;
            }
          };
      assertThatThrownBy(() -> storage.store(broken, (bytes, offset, length) -> {}))
          .hasMessage("broken off");
    }

    assertThat(storage.inFile()).isLessThanOrEqualTo(2 * LIMIT);
  }

  @Test
  void extents_never_overlap_and_are_merged() throws IOException {
    var random = new Random(25);
    Map<Integer, List<SpillFile.Extent>> kept = new HashMap<>();
    try (var file = new SpillFile()) {
      long live = 0;
      for (int i = 0; i < 2000; i++) {
        if (random.nextInt(3) > 0) {
          byte[] content = bytes(i, 1 + random.nextInt(500));
          kept.put(i, file.write(content, content.length));
          live += content.length;
        } else if (!kept.isEmpty()) {
          Integer gone = kept.keySet().iterator().next();
          List<SpillFile.Extent> extents = kept.remove(gone);
          live -= extents.stream().mapToLong(SpillFile.Extent::length).sum();
          file.free(extents);
        }
      }
      for (var each : kept.entrySet()) {
        int length = each.getValue().stream().mapToInt(extent -> (int) extent.length()).sum();
        byte[] read = new byte[length];
        int done = 0;
        for (SpillFile.Extent extent : each.getValue()) {
          done += file.read(extent.position(), read, done, (int) extent.length());
        }
        assertThat(read).isEqualTo(bytes(each.getKey(), length));
      }
      kept.values().forEach(file::free);
      assertThat(file.write(new byte[(int) file.size()], (int) file.size())).hasSize(1);
      assertThat(live).isPositive();
    }
  }

  private Content store(byte[] bytes) throws IOException {
    return storage.store(new ByteArrayInputStream(bytes), (buffer, offset, length) -> {});
  }

  private static byte[] read(Content content, long from, int length) throws IOException {
    try (InputStream in = content.open(from, length)) {
      return in.readAllBytes();
    }
  }

  private static byte[] bytes(int seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** The open files of this process, as Linux lists them; empty on other systems. */
  private static List<String> descriptors() throws IOException {
    var files = new ArrayList<String>();
    Path all = Path.of("/proc/self/fd");
    if (Files.isDirectory(all)) {
      try (Stream<Path> each = Files.list(all)) {
        for (Path link : each.toList()) {
          try {
            // Linux appends a note to the name of a deleted file.
            files.add(Files.readSymbolicLink(link).toString());
          } catch (IOException e) {
            // The file was closed after it was listed.
          }
        }
      }
    }
    return files;
  }
}
