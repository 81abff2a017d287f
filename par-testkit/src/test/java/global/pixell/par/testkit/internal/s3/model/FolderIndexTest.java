package global.pixell.par.testkit.internal.s3.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderIndexTest {

  @TempDir Path root;

  private final List<String> reads = new ArrayList<>();

  /** A clock by which every change of this test is an hour old. */
  private final InstantSource later = () -> Instant.now().plus(Duration.ofHours(1));

  @BeforeEach
  void fill() throws IOException {
    for (String key : List.of("b/1", "b/2", "a-b/1", "a/c/1", "top")) {
      write(key);
    }
  }

  @Test
  void the_pages_of_a_listing_walk_the_folder_once() throws IOException {
    FolderIndex index = index(later);

    assertThat(index.files("").keySet()).containsExactly("a-b/1", "a/c/1", "b/1", "b/2", "top");
    assertThat(reads).containsExactlyInAnyOrder("", "a", "a/c", "a-b", "b");
    reads.clear();
    for (int page = 2; page < 10; page++) {
      assertThat(index.files("").keySet()).hasSize(5);
    }
    assertThat(reads).isEmpty();
  }

  @Test
  void only_directories_that_changed_are_read_again() throws IOException {
    FolderIndex index = index(later);
    index.files("");
    reads.clear();

    change("b", () -> write("b/3"));
    assertThat(index.files("").keySet()).contains("b/3");
    change("a/c", () -> Files.delete(root.resolve("a/c/1")));
    assertThat(index.files("").keySet()).doesNotContain("a/c/1");
    change("a", () -> Files.move(root.resolve("a/c"), root.resolve("a/d")));
    write("a/d/new");
    assertThat(index.files("").keySet()).contains("a/d/new");

    assertThat(reads).containsExactly("b", "a/c", "a", "a/d");
  }

  @Test
  void a_directory_that_has_just_changed_is_read_again_because_its_time_may_stand_still()
      throws IOException {
    FolderIndex index = index(Instant::now);

    index.files("");
    index.files("");

    assertThat(reads).hasSize(10);
  }

  @Test
  void a_prefix_reads_only_the_directories_on_its_way() throws IOException {
    assertThat(index(later).files("a/c").keySet()).containsExactly("a/c/1");
    assertThat(reads).containsExactly("", "a", "a/c");
  }

  @Test
  void a_directory_that_is_gone_has_no_files() throws IOException {
    FolderIndex index = index(later);
    index.files("");

    try (Stream<Path> all = Files.walk(root.resolve("b"))) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }

    assertThat(index.files("b/")).isEmpty();
  }

  @Test
  void a_link_counts_as_long_as_it_stays_inside(@TempDir Path outside) throws IOException {
    Path secret = Files.writeString(outside.resolve("secret"), "");
    Files.createSymbolicLink(root.resolve("in"), root.resolve("b/1"));
    Files.createSymbolicLink(root.resolve("out"), secret);
    FolderIndex index = index(later);

    assertThat(index.files("").keySet()).contains("in").doesNotContain("out");
    Files.delete(root.resolve("b/1"));
    assertThat(index.files("").keySet()).doesNotContain("in");
  }

  private FolderIndex index(InstantSource clock) {
    return new FolderIndex(
        root,
        directory -> {
          reads.add(root.relativize(directory).toString());
          try (Stream<Path> all = Files.list(directory)) {
            return all.toList();
          }
        },
        clock);
  }

  private void write(String key) throws IOException {
    Path file = root.resolve(key);
    Files.createDirectories(file.getParent());
    Files.writeString(file, key);
  }

  private interface Change {
    void make() throws IOException;
  }

  /**
   * A directory's time has the resolution of the kernel's ticks, so this method waits for the next
   * tick.
   */
  private void change(String directory, Change change) throws IOException {
    Path path = root.resolve(directory);
    Object before = Files.getAttribute(path, "lastModifiedTime");
    change.make();
    while (Files.getAttribute(path, "lastModifiedTime").equals(before)) {
      Files.delete(Files.createTempFile(path, "", ""));
    }
  }
}
