package global.pixell.par.testkit.distribution;

import global.pixell.par.launcher.Main;
import global.pixell.par.testkit.internal.launch.LauncherCommand;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Lets the tests boot the distribution if the same build has just created it, because its class
 * archive halves the time of each boot. If the launcher's classes come from a folder, as in {@code
 * mvn test} or an editor, the distribution comes from an earlier build and is not used.
 */
public final class BuiltDistribution implements LauncherSessionListener {

  /** The distribution, if the same build has just created it. */
  public static Optional<Path> folder() {
    return Optional.ofNullable(System.getProperty(LauncherCommand.DISTRIBUTION)).map(Path::of);
  }

  /** The option that lets another JVM boot it; empty if there is none. */
  public static List<String> option() {
    return folder().map(at -> "-D" + LauncherCommand.DISTRIBUTION + "=" + at).stream().toList();
  }

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    Path launcher = location(Main.class);
    Path distribution = launcher.resolveSibling("par");
    if (Files.isRegularFile(launcher) && Files.isDirectory(distribution)) {
      System.setProperty(LauncherCommand.DISTRIBUTION, distribution.toString());
    }
  }

  private static Path location(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
