package global.pixell.par.internal.manifest;

import static global.pixell.par.internal.manifest.ManifestReader.FILE;

import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Refuses a package without {@code agent.yaml}; the message names the near misses. */
final class MissingManifest {

  private static final int MAX_LISTED = 10;

  /** What else authors upload, the most certain marks first; in a folder of its own or not. */
  private static final Map<String, Pattern> CODE_ARCHIVES = new LinkedHashMap<>();

  static {
    CODE_ARCHIVES.put("an AWS Lambda function", Pattern.compile("lambda_function\\.py"));
    CODE_ARCHIVES.put("a Python wheel", Pattern.compile("[^/]+\\.dist-info/.*"));
    CODE_ARCHIVES.put(
        "a source distribution of Python",
        Pattern.compile("([^/]+/)?PKG-INFO|[^/]+\\.egg-info/.*"));
    CODE_ARCHIVES.put("a Java archive (jar)", Pattern.compile("META-INF/MANIFEST\\.MF|META-INF/"));
    CODE_ARCHIVES.put("a Node project", Pattern.compile("([^/]+/)?package\\.json"));
    CODE_ARCHIVES.put("a Go project", Pattern.compile("([^/]+/)?go\\.mod"));
    CODE_ARCHIVES.put(
        "a Java project", Pattern.compile("([^/]+/)?(pom\\.xml|build\\.gradle(\\.kts)?)"));
    CODE_ARCHIVES.put(
        "a Python project",
        Pattern.compile("([^/]+/)?(pyproject\\.toml|setup\\.py|requirements\\.txt|main\\.py)"));
  }

  private MissingManifest() {}

  static ParException of(Path directory) throws IOException {
    var names = new ArrayList<String>();
    Files.walkFileTree(
        directory,
        Set.of(),
        2,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            return folder.equals(directory) ? FileVisitResult.CONTINUE : add(folder);
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            return add(file);
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) {
            // We cannot look for a manifest in an unreadable folder, and need not report it.
            return add(file);
          }

          private FileVisitResult add(Path path) {
            String name = directory.relativize(path).toString();
            names.add(Files.isDirectory(path) ? name + "/" : name);
            return FileVisitResult.CONTINUE;
          }
        });
    return of(names);
  }

  static ParException of(Collection<String> names) {
    Optional<String> nearMiss = nearMiss(names);
    Optional<String> other = nearMiss.isPresent() ? Optional.empty() : otherArchive(names);
    List<String> top =
        names.stream()
            .map(name -> name.split("/", 2)[0])
            .filter(name -> !name.isEmpty())
            .distinct()
            .sorted()
            .limit(MAX_LISTED)
            .toList();
    return new ParException(
        Kind.BAD_PACKAGE,
        "The package has no "
            + FILE
            + " at its top level; found "
            + top
            + "."
            + nearMiss
                .or(() -> other.map(a -> " It is " + a + ", not an agent package."))
                .orElse(""),
        other.isPresent()
            ? "Add an "
                + FILE
                + " with name, version and entrypoint to the code, and pack its folder."
            : "Zip the content of the agent's folder, not the folder, with "
                + FILE
                + " at the top.");
  }

  private static Optional<String> nearMiss(Collection<String> names) {
    return first(names, name -> name.equalsIgnoreCase(FILE))
        .map(name -> " It contains '" + name + "': the name must be in lower case.")
        .or(
            () ->
                first(names, name -> name.toLowerCase(Locale.ROOT).matches("agent\\.(yml|json)"))
                    .map(name -> " It contains '" + name + "': the name must be " + FILE + "."))
        .or(
            () ->
                first(names, name -> name.startsWith(FILE + "/"))
                    .map(name -> " It contains the folder '" + FILE + "/': it must be a file."))
        .or(
            () ->
                first(names, name -> name.matches("[^/]+/" + Pattern.quote(FILE)))
                    .map(n -> " It contains '" + n + "': the package is wrapped in a folder."));
  }

  /** An archive of another kind, by the files that only such an archive has. */
  private static Optional<String> otherArchive(Collection<String> names) {
    return CODE_ARCHIVES.entrySet().stream()
        .filter(kind -> names.stream().anyMatch(name -> kind.getValue().matcher(name).matches()))
        .map(Map.Entry::getKey)
        .findFirst();
  }

  private static Optional<String> first(Collection<String> names, Predicate<String> wanted) {
    return names.stream().filter(wanted).findFirst();
  }
}
