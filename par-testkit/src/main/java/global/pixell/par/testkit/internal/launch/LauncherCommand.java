package global.pixell.par.testkit.internal.launch;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The command line that starts the real launcher, with the memory limit of a container.
 *
 * <p>By default the launcher comes from this JVM's class path. With the system property {@value
 * #DISTRIBUTION} it comes from an unpacked distribution of PAR: the test then boots the software
 * that will be deployed, and does so twice as fast, because {@code par train} has archived the
 * distribution's classes.
 */
public final class LauncherCommand {

  /**
   * The system property with the path of a distribution, the directory that contains {@code bin}.
   */
  public static final String DISTRIBUTION = "par.testkit.launcher";

  private static final String MAIN = "global.pixell.par.launcher.Main";
  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();

  /** The JVM's words about an archive that does not fit; Java 25 renamed a part of them. */
  private static final List<String> NO_ARCHIVE_LOG =
      Runtime.version().feature() < 25
          ? List.of("-Xlog:cds*=off")
          : List.of("-Xlog:cds*=off", "-Xlog:aot*=off");

  private LauncherCommand() {}

  /**
   * The command line that starts the launcher.
   *
   * @param heap the maximum heap, as {@code -Xmx} takes it
   * @param arguments the arguments of the launcher
   * @throws IllegalStateException if the distribution that the property names has no launcher
   */
  public static List<String> of(String heap, List<String> arguments) {
    var command = new ArrayList<String>();
    command.add(JAVA);
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx" + heap));
    String directory = System.getProperty(DISTRIBUTION);
    if (directory == null) {
      command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    } else {
      addDistribution(command, Path.of(directory));
    }
    command.add(MAIN);
    command.addAll(arguments);
    return command;
  }

  /** The archive that {@code par train} created for this Java version. */
  private static Optional<Path> archive(Path lib) {
    return Optional.of(lib.resolve("par-" + Runtime.version().feature() + ".jsa"))
        .filter(Files::isReadable);
  }

  /**
   * The command line that creates the class archive of the distribution; empty without a
   * distribution, and when it has an archive or cannot get one.
   */
  static Optional<List<String>> training() {
    String directory = System.getProperty(DISTRIBUTION);
    if (directory == null) {
      return Optional.empty();
    }
    Path lib = Path.of(directory, "lib");
    return archive(lib).isPresent() || !Files.isWritable(lib)
        ? Optional.empty()
        : Optional.of(List.of(JAVA, "-cp", lib.resolve("par.jar").toString(), MAIN, "train"));
  }

  private static void addDistribution(List<String> command, Path directory) {
    Path lib = directory.resolve("lib");
    Path jar = lib.resolve("par.jar");
    if (!Files.isRegularFile(jar)) {
      throw new IllegalStateException(
          "The system property %s is %s, which has no lib/par.jar. Name the directory of an unpacked"
                  .formatted(DISTRIBUTION, directory)
              + " par-VERSION.tar.gz.");
    }
    // The JVM ignores an archive that does not fit.
    archive(lib)
        .ifPresent(
            archive -> {
              command.add("-XX:SharedArchiveFile=" + archive);
              command.addAll(NO_ARCHIVE_LOG);
            });
    command.addAll(List.of("-cp", jar.toString()));
  }
}
