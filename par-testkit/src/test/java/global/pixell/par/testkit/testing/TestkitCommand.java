package global.pixell.par.testkit.testing;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The command {@code par-testkit} as it is distributed, with the classes of this build, because
 * this module's distribution is packaged after its tests.
 */
public final class TestkitCommand {
  private TestkitCommand() {}

  /**
   * Installs it.
   *
   * @param home the directory to create
   * @return the executable
   */
  public static Path install(Path home) throws IOException {
    Path lib = Files.createDirectories(home.resolve("lib"));
    Path bin = Files.createDirectories(home.resolve("bin"));
    Files.copy(Path.of("../par-launcher/src/main/dist/lib/locale.sh"), lib.resolve("locale.sh"));
    var manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest
        .getMainAttributes()
        .put(
            Attributes.Name.CLASS_PATH,
            Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(entry -> Path.of(entry).toUri().toString())
                .collect(Collectors.joining(" ")));
    for (String name : List.of("par-testkit.jar", "par.jar")) {
      try (var jar = new JarOutputStream(Files.newOutputStream(lib.resolve(name)), manifest)) {
        jar.finish();
      }
    }
    Path command = bin.resolve("par-testkit");
    Files.copy(Path.of("src/main/dist/bin/par-testkit"), command);
    if (!command.toFile().setExecutable(true)) {
      throw new IOException(command + " cannot be made executable");
    }
    return command;
  }
}
