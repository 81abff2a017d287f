package global.pixell.par.internal.cache;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.internal.archive.UnpackerTest;
import global.pixell.par.internal.io.ProcessId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TreeCopyTest {

  @TempDir private Path folder;
  private Path tree;

  @BeforeEach
  void tree() throws IOException {
    tree = folder.resolve("tree");
    Files.createDirectories(tree.resolve("secret"));
    Files.writeString(tree.resolve("secret/a"), "x");
    Files.setPosixFilePermissions(
        tree.resolve("secret"), PosixFilePermissions.fromString("r-x--x---"));
  }

  @Test
  void folders_keep_their_modes_and_can_be_written_by_their_owner() throws IOException {
    Path copy = folder.resolve("out/copy");

    TreeCopy.copy(tree, copy);

    assertThat(UnpackerTest.modes(copy)).containsEntry("secret/", "rwx--x---");
    assertThat(copy.resolve("secret/a")).hasContent("x");
  }

  @Test
  void what_a_killed_copy_left_is_removed_by_the_next_and_a_living_one_s_is_not() throws Exception {
    Process dead = new ProcessBuilder("true").start();
    dead.waitFor();
    String machine = ProcessId.current().machine();
    Path killed = folder.resolve(".par-copy-" + machine + "-" + dead.pid() + "-1-0a0b0c0d.1");
    Files.createDirectories(killed.resolve("half"));
    Path living = Files.createDirectory(folder.resolve(".par-copy-" + ProcessId.current() + ".2"));

    TreeCopy.copy(tree, folder.resolve("copy"));

    assertThat(killed).doesNotExist();
    assertThat(living).exists();
    assertThat(folder.resolve("copy/secret/a")).exists();
  }
}
