package global.pixell.par.testkit.internal.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A zip file system represents file systems without permissions. */
class FileModesTest {

  @TempDir Path folder;
  private FileSystem zip;

  @BeforeEach
  void open() throws IOException {
    zip = FileSystems.newFileSystem(folder.resolve("a.zip"), Map.of("create", "true"));
  }

  @AfterEach
  void close() throws IOException {
    zip.close();
  }

  @Test
  void without_permissions_what_linux_could_run_is_executable() throws Exception {
    assertThat(FileModes.ownerMayRun(inZip("script", '#', '!', '/'))).isTrue();
    assertThat(FileModes.ownerMayRun(inZip("program", 0x7f, 'E', 'L', 'F', 2))).isTrue();
    assertThat(FileModes.ownerMayRun(inZip("text", '#', ' '))).isFalse();
    assertThat(FileModes.ownerMayRun(inZip("empty"))).isFalse();
  }

  private Path inZip(String name, int... bytes) throws IOException {
    byte[] content = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      content[i] = (byte) bytes[i];
    }
    return Files.write(zip.getPath("/" + name), content);
  }

  @Test
  void without_permissions_setting_them_does_nothing_and_trees_are_deleted() throws Exception {
    Path root = Files.createDirectories(zip.getPath("/cache/tree"));
    Files.writeString(root.resolve("file"), "x");

    FileModes.set(root, "r-x------");
    ReadOnlyTreeDeleter.delete(zip.getPath("/cache"));

    assertThat(Files.exists(zip.getPath("/cache"))).isFalse();
  }

  @Test
  void with_permissions_they_decide() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "#!/bin/sh");

    FileModes.set(file, "rw-------");
    assertThat(FileModes.ownerMayRun(file)).isFalse();
    FileModes.set(file, "rwx------");
    assertThat(FileModes.ownerMayRun(file)).isTrue();
    assertThat(Files.getPosixFilePermissions(file))
        .isEqualTo(PosixFilePermissions.fromString("rwx------"));
  }
}
