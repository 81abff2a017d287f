package global.pixell.par.launcher.image;

import global.pixell.par.ParException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The class archive: what a boot loads, read and linked beforehand, which halves a cold start.
 *
 * <p>An archive fits one build of Java and one place of the jars, so it is written where it will be
 * used: when an image is built. From Java 25 on it is an AOT cache, before that a dynamic CDS
 * archive. An AOT cache loads all it holds, used or not; so there is a second one, without the AWS
 * SDK, for what needs no network.
 */
public final class ClassArchive {

  /** The word after {@code train} that runs one part of the training in this process. */
  public static final String RUN_PART = "--run";

  private static final int FIRST_WITH_AOT_CACHE = 25;

  private final String mainClass;
  private final String classPath;
  private final Path directory;

  private ClassArchive(String mainClass, String classPath, Path directory) {
    this.mainClass = mainClass;
    this.classPath = classPath;
    this.directory = directory;
  }

  /**
   * Rehearses in processes of their own and keeps what they loaded.
   *
   * @param mainClass what {@code bin/par} starts
   * @return the archives, beside the jars, under the names {@code bin/par} looks for
   * @throws ParException of kind {@code CONFIG} when PAR does not run from its distribution, {@code
   *     DISK} when an archive cannot be written
   */
  public static List<Path> write(String mainClass) {
    String classPath = System.getProperty("java.class.path");
    Path jar = Path.of(classPath).toAbsolutePath();
    Path directory = jar.getParent();
    if (!Files.isRegularFile(jar) || directory == null) {
      throw new ParException(
          ParException.Kind.CONFIG,
          "PAR does not run from its distribution, but from the class path " + classPath + ".",
          "Run bin/par train of the distribution.");
    }
    var writer = new ClassArchive(mainClass, classPath, directory);
    int feature = Runtime.version().feature();
    return feature >= FIRST_WITH_AOT_CACHE
        ? List.of(
            writer.write(TrainingRun.NETWORK, "-XX:AOTCacheOutput=", "par-" + feature + ".aot"),
            writer.write(TrainingRun.LOCAL, "-XX:AOTCacheOutput=", "par-" + feature + "-local.aot"))
        : List.of(
            writer.write(
                TrainingRun.NETWORK, "-XX:ArchiveClassesAtExit=", "par-" + feature + ".jsa"));
  }

  private Path write(String part, String option, String name) {
    Path archive = directory.resolve(name);
    // Beside it, and moved when whole: a Java 17 does not survive half an archive.
    Path unfinished = directory.resolve(name + ".new");
    Path said = directory.resolve(name + ".log");
    try {
      Files.deleteIfExists(unfinished);
      int code = rehearse(part, option + unfinished, said);
      if (code != 0 || !Files.isRegularFile(unfinished)) {
        throw failed("the rehearsal ended with " + code + ": " + lastLines(said), null);
      }
      Files.move(unfinished, archive, StandardCopyOption.ATOMIC_MOVE);
      Files.deleteIfExists(said);
      return archive;
    } catch (IOException e) {
      throw failed(e.toString(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed("it was interrupted", e);
    }
  }

  private int rehearse(String part, String option, Path said)
      throws IOException, InterruptedException {
    var command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx64m",
            option,
            "-cp",
            classPath,
            mainClass,
            "train",
            RUN_PART,
            part);
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(said.toFile())
        .start()
        .waitFor();
  }

  private static String lastLines(Path said) throws IOException {
    try (Stream<String> lines = Files.lines(said, StandardCharsets.UTF_8)) {
      List<String> all = lines.toList();
      return String.join(" | ", all.subList(Math.max(0, all.size() - 5), all.size()));
    }
  }

  private static ParException failed(String why, @Nullable Exception cause) {
    String what = "The class archive was not written: " + why + ".";
    String hint = "PAR works without it, only slower; make its lib directory writable, try again.";
    return cause == null
        ? new ParException(ParException.Kind.DISK, what, hint)
        : new ParException(ParException.Kind.DISK, what, hint, cause);
  }
}
