package global.pixell.par.testkit.cli.dev;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Without periodic comparisons, so that only file system events end a wait. */
@Timeout(120)
class FolderWatchTest {

  private static final Duration NEVER = Duration.ofDays(1);

  @TempDir Path folder;

  private final List<String> notes = new ArrayList<>();

  @BeforeEach
  void fill() throws IOException {
    Files.writeString(folder.resolve("agent.yaml"), "name: greeter\n");
    Files.createDirectory(folder.resolve("src"));
    Files.writeString(folder.resolve("src/main.py"), "1");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void changes_are_reported_also_in_folders_that_are_new() throws Exception {
    try (var watch = new FolderWatch(folder, notes::add, FolderWatchTest::real, NEVER)) {
      awaits(watch, () -> Files.writeString(folder.resolve("src/main.py"), "22"));
      awaits(
          watch,
          () -> {
            Files.createDirectories(folder.resolve("new/deep"));
            Files.writeString(folder.resolve("new/deep/a.txt"), "1");
          });
      awaits(watch, () -> Files.writeString(folder.resolve("new/deep/a.txt"), "22"));
      awaits(watch, () -> Files.delete(folder.resolve("new/deep/a.txt")));
      awaits(watch, () -> Files.writeString(folder.resolve(".parignore"), "src\n"));
    }
    assertThat(notes).isEmpty();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void a_change_among_too_many_is_not_lost() throws Exception {
    try (var watch = new FolderWatch(folder, notes::add, FolderWatchTest::real, NEVER)) {
      // Java keeps 512 events for a folder, and drops all of them when more arrive.
      for (int i = 0; i < 600; i++) {
        Files.createFile(folder.resolve(i + ".pyc"));
        if (i == 300) {
          Files.createFile(folder.resolve("a.txt"));
        }
      }

      watch.awaitChange(() -> {});
    }
  }

  @Test
  void a_system_without_events_is_said_once_and_polled() throws Exception {
    try (var watch =
        new FolderWatch(
            folder,
            notes::add,
            () -> {
              throw new IOException("User limit of inotify instances reached");
            },
            NEVER)) {
      awaits(watch, () -> Files.writeString(folder.resolve("src/main.py"), "22"));
      awaits(watch, () -> Files.writeString(folder.resolve("src/main.py"), "333"));
    }

    assertThat(notes)
        .containsExactly(
            "the system does not report changes (User limit of inotify instances reached),"
                + " so dev reads the folder again and again");
  }

  private static Optional<WatchService> real() throws IOException {
    return Optional.of(FileSystems.getDefault().newWatchService());
  }

  private interface Change {
    void make() throws IOException;
  }

  private static void awaits(FolderWatch watch, Change change) throws Exception {
    var started = new CountDownLatch(1);
    var waiting =
        new FutureTask<>(
            () -> {
              started.countDown();
              watch.awaitChange(() -> {});
              return true;
            });
    new Thread(waiting).start();
    started.await();
    change.make();
    assertThat(waiting.get(60, TimeUnit.SECONDS)).isTrue();
  }
}
