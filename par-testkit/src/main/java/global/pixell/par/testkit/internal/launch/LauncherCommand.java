package global.pixell.par.testkit.internal.launch;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

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
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
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

  private static void addDistribution(List<String> command, Path directory) {
    Path lib = directory.resolve("lib");
    Path jar = lib.resolve("par.jar");
    if (!Files.isRegularFile(jar)) {
      throw new IllegalStateException(
          "The system property %s is %s, which has no lib/par.jar. Name the directory of an unpacked"
                  .formatted(DISTRIBUTION, directory)
              + " par-VERSION.tar.gz.");
    }
    // The archives that 'par train' creates, for this Java version. The JVM ignores an archive that
    // does not fit.
    String archive = "par-" + Runtime.version().feature();
    if (Files.isReadable(lib.resolve(archive + ".aot"))) {
      command.add("-XX:AOTCache=" + lib.resolve(archive + ".aot"));
      command.add("-Xlog:aot*=off");
      command.add("-Xlog:cds*=off");
    } else if (Files.isReadable(lib.resolve(archive + ".jsa"))) {
      command.add("-XX:SharedArchiveFile=" + lib.resolve(archive + ".jsa"));
      command.add("-Xlog:cds*=off");
    }
    command.addAll(List.of("-cp", jar.toString()));
  }
}
