package global.pixell.par.launcher.image;

import global.pixell.par.ParException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The class archive: the classes of a boot, read and linked in advance, which halves a cold start.
 *
 * <p>An archive fits one build of Java and one place of the jars, so it is written where it will be
 * used: when an image is built. It is a static one, which replaces the JDK's own instead of adding
 * to it, and saves memory and time. The JVM maps all that an archive holds, used or not, so there
 * is a second one without the AWS SDK for what needs no network.
 */
public final class ClassArchive {

  /** The word after {@code train} that runs one part of the training in this process. */
  public static final String RUN_PART = "--run";

  /** JEP 483: from this version on an archive also has the classes linked to each other. */
  private static final int FIRST_THAT_LINKS = 24;

  /** Beginnings of what only a JVM without this archive needs, to write the classes of lambdas. */
  private static final List<String> LAMBDA_WRITERS =
      List.of("java/lang/classfile/", "jdk/internal/classfile/", "jdk/internal/org/objectweb/asm/");

  /** What the training gets of this process's environment, which may configure a real PAR. */
  private static final Set<String> INHERITED =
      Set.of("PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "TMPDIR");

  private final String mainClass;
  private final String classPath;
  private final Path directory;
  private final Path output;

  private ClassArchive(String mainClass, String classPath, Path directory) {
    this.mainClass = mainClass;
    this.classPath = classPath;
    this.directory = directory;
    this.output = directory.resolve("train.log");
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
    var archive = new ClassArchive(mainClass, classPath, directory);
    String name = "par-" + Runtime.version().feature();
    try {
      List<Path> written =
          List.of(
              archive.write(TrainingRun.NETWORK, name + ".jsa"),
              archive.write(TrainingRun.LOCAL, name + "-local.jsa"));
      Files.deleteIfExists(archive.output);
      return written;
    } catch (IOException e) {
      throw failed(e.toString(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed("it was interrupted", e);
    }
  }

  private Path write(String part, String name) throws IOException, InterruptedException {
    Path classes = directory.resolve(name + ".lst");
    // Moved when it is complete, because Java 17 crashes on half an archive.
    Path unfinished = directory.resolve(name + ".new");
    try (var bucket = TrainingBucket.open()) {
      run(training(part, classes), bucket.environment());
      Files.write(classes, withoutLambdaWriters(Files.readAllLines(classes)));
      Files.deleteIfExists(unfinished);
      run(dump(classes, unfinished), Map.of());
      if (!Files.isRegularFile(unfinished)) {
        throw failed("the JVM wrote none: " + lastLines(), null);
      }
      return Files.move(unfinished, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(classes);
    }
  }

  private List<String> training(String part, Path classes) {
    return List.of(
        java(),
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Xmx64m",
        "-XX:DumpLoadedClassList=" + classes,
        "-cp",
        classPath,
        mainClass,
        "train",
        RUN_PART,
        part);
  }

  private List<String> dump(Path classes, Path archive) {
    boolean links = Runtime.version().feature() >= FIRST_THAT_LINKS;
    return List.of(
        java(),
        // Before Java 24 only G1 can write the objects of the heap.
        links ? "-XX:+UseSerialGC" : "-XX:+UseG1GC",
        links ? "-XX:+AOTClassLinking" : "-Xmx256m",
        "-Xshare:dump",
        "-XX:SharedClassListFile=" + classes,
        "-XX:SharedArchiveFile=" + archive,
        "-cp",
        classPath);
  }

  private static List<String> withoutLambdaWriters(List<String> classes) {
    return classes.stream()
        .filter(line -> LAMBDA_WRITERS.stream().noneMatch(line::startsWith))
        .toList();
  }

  private void run(List<String> command, Map<String, String> environment)
      throws IOException, InterruptedException {
    var builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().keySet().retainAll(INHERITED);
    builder.environment().putAll(environment);
    int code = builder.start().waitFor();
    if (code != 0) {
      throw failed("the training ended with " + code + ": " + lastLines(), null);
    }
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private String lastLines() throws IOException {
    try (Stream<String> lines = Files.lines(output, StandardCharsets.UTF_8)) {
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
