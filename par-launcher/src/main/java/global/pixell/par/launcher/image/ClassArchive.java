package global.pixell.par.launcher.image;

import global.pixell.par.ParException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The class archive: the classes of a boot, read and linked in advance, which halves a cold start.
 *
 * <p>An archive fits one build of Java and one place of the jars, so it is written where it will be
 * used: when an image is built. From Java 25 on it is an AOT cache, before that a CDS archive. The
 * JVM maps all that an archive holds, used or not, so there is a second one without the AWS SDK for
 * what needs no network.
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
   * Runs the training in separate processes, and keeps the classes that they loaded.
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
    String name = "par-" + feature;
    return feature >= FIRST_WITH_AOT_CACHE
        ? List.of(
            writer.train(TrainingRun.NETWORK, "-XX:AOTCacheOutput=", name + ".aot"),
            writer.train(TrainingRun.LOCAL, "-XX:AOTCacheOutput=", name + "-local.aot"))
        : List.of(
            writer.train(TrainingRun.NETWORK, "-XX:ArchiveClassesAtExit=", name + ".jsa"),
            writer.dumpLocal(name + "-local.jsa"));
  }

  /** An archive that the JVM writes at the end of the training. */
  private Path train(String part, String option, String name) {
    return write(name, unfinished -> List.of(training(part, option + unfinished)));
  }

  /**
   * A static archive, which replaces the JDK's own instead of adding to it: the process needs a
   * quarter less memory. Only G1 can write the objects of the heap into it; on Java 17 only G1
   * reads them, too.
   */
  private Path dumpLocal(String name) {
    Path classes = directory.resolve(name + ".lst");
    try {
      return write(
          name,
          unfinished ->
              List.of(
                  training(TrainingRun.LOCAL, "-XX:DumpLoadedClassList=" + classes),
                  List.of(
                      java(),
                      "-XX:+UseG1GC",
                      "-Xmx256m",
                      "-Xshare:dump",
                      "-XX:SharedClassListFile=" + classes,
                      "-XX:SharedArchiveFile=" + unfinished,
                      "-cp",
                      classPath)));
    } finally {
      delete(classes);
    }
  }

  private Path write(String name, Function<Path, List<List<String>>> commands) {
    Path archive = directory.resolve(name);
    // Written beside the target and moved when complete, because Java 17 crashes on half an
    // archive.
    Path unfinished = directory.resolve(name + ".new");
    Path output = directory.resolve(name + ".log");
    try {
      Files.deleteIfExists(unfinished);
      for (List<String> command : commands.apply(unfinished)) {
        run(command, output);
      }
      if (!Files.isRegularFile(unfinished)) {
        throw failed("the JVM wrote none: " + lastLines(output), null);
      }
      Files.move(unfinished, archive, StandardCopyOption.ATOMIC_MOVE);
      Files.deleteIfExists(output);
      return archive;
    } catch (IOException e) {
      throw failed(e.toString(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed("it was interrupted", e);
    }
  }

  private static void run(List<String> command, Path output)
      throws IOException, InterruptedException {
    int code =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start()
            .waitFor();
    if (code != 0) {
      throw failed("the training ended with " + code + ": " + lastLines(output), null);
    }
  }

  private List<String> training(String part, String option) {
    return List.of(
        java(),
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
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw failed(e.toString(), e);
    }
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
