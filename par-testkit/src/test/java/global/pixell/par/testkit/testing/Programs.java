package global.pixell.par.testkit.testing;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The programs of this machine that a test may need. */
public final class Programs {

  private Programs() {}

  /** Whether a program is on the {@code PATH} of this process. */
  public static boolean isInstalled(String name) {
    return isOn(System.getenv("PATH"), name);
  }

  /** Whether a program is in one of the folders of a {@code PATH}. */
  public static boolean isOn(String path, String name) {
    return Stream.of(path.split(File.pathSeparator, -1))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
  }
}
