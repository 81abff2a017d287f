package global.pixell.par.internal.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessIdTest {

  @Test
  void the_files_of_another_class_loader_of_this_jvm_are_not_abandoned(@TempDir Path directory)
      throws Exception {
    String other = nameInAnotherClassLoader();
    assertThat(other).isNotEqualTo(ProcessId.current().toString());
    Path file = Files.createFile(directory.resolve("lease." + other));

    assertThat(ProcessId.isStale(file, Instant.now().plusSeconds(3600))).isFalse();
    assertThat(ProcessId.of(file)).get().matches(ProcessId::isOtherLoader);
  }

  @Test
  void the_files_of_a_former_process_with_our_number_are_abandoned(@TempDir Path directory)
      throws Exception {
    ProcessId self = ProcessId.current();
    var former = new ProcessId(self.machine(), self.pid(), self.started() - 1, "0000aaaa");
    Path file = Files.createFile(directory.resolve("lease." + former));

    assertThat(ProcessId.isStale(file, Instant.now())).isTrue();
  }

  private static String nameInAnotherClassLoader() throws Exception {
    List<URL> path = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      path.add(Path.of(entry).toUri().toURL());
    }
    try (var loader =
        new URLClassLoader(path.toArray(new URL[0]), ClassLoader.getPlatformClassLoader())) {
      Class<?> type = loader.loadClass(ProcessId.class.getName());
      assertThat(type).isNotSameAs(ProcessId.class);
      return String.valueOf(type.getMethod("current").invoke(null));
    }
  }
}
