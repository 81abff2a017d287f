package global.pixell.par.testkit.internal.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LauncherCommandTest {

  private @Nullable String before;

  @BeforeEach
  void forget() {
    before = System.clearProperty(LauncherCommand.DISTRIBUTION);
  }

  @AfterEach
  void restore() {
    System.clearProperty(LauncherCommand.DISTRIBUTION);
    if (before != null) {
      System.setProperty(LauncherCommand.DISTRIBUTION, before);
    }
  }

  @Test
  void the_launcher_comes_from_the_class_path_unless_a_distribution_is_named() {
    assertThat(LauncherCommand.of("64m", List.of("health")))
        .containsSubsequence("-cp", System.getProperty("java.class.path"))
        .endsWith("global.pixell.par.launcher.Main", "health");
  }

  @Test
  void a_distribution_is_started_with_the_class_archive_of_this_java(@TempDir Path directory)
      throws Exception {
    Path lib = Files.createDirectory(directory.resolve("lib"));
    Path jar = Files.createFile(lib.resolve("par.jar"));
    System.setProperty(LauncherCommand.DISTRIBUTION, directory.toString());

    assertThat(LauncherCommand.of("64m", List.of()))
        .containsSubsequence("-cp", jar.toString())
        .noneMatch(word -> word.contains("Archive") || word.contains("AOT"));

    Path archive = lib.resolve("par-" + Runtime.version().feature() + ".jsa");
    Files.createFile(archive);
    assertThat(LauncherCommand.of("64m", List.of())).contains("-XX:SharedArchiveFile=" + archive);
  }

  @Test
  void a_directory_that_is_no_distribution_is_refused_by_name(@TempDir Path directory) {
    System.setProperty(LauncherCommand.DISTRIBUTION, directory.toString());

    assertThatThrownBy(() -> LauncherCommand.of("64m", List.of()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(LauncherCommand.DISTRIBUTION + " is " + directory)
        .hasMessageContaining("par-VERSION.tar.gz");
  }
}
