package global.pixell.par.testkit.testing;

import java.nio.file.Files;
import java.nio.file.Path;

/** Finds the project's {@code iam} folder, whatever the working directory of the tests is. */
public final class IamFolder {

  private IamFolder() {}

  /** A file or folder of {@code iam}; {@code ..} leads to the top of the project. */
  public static Path file(String name) {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path candidate = at.resolve("iam").resolve(name);
      if (Files.exists(candidate)) {
        return candidate;
      }
    }
    throw new IllegalStateException("no iam/" + name + " above " + Path.of("").toAbsolutePath());
  }
}
