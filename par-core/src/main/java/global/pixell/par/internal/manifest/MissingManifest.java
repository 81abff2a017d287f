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
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** Refuses a package without {@code agent.yaml}; the message names the near misses. */
final class MissingManifest {

  private static final int MAX_LISTED = 10;

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
    String nearMiss =
        first(names, name -> name.toLowerCase(Locale.ROOT).equals(FILE))
            .map(name -> " It contains '" + name + "': the name must be in lower case.")
            .or(
                () ->
                    first(names, name -> name.startsWith(FILE + "/"))
                        .map(name -> " It contains the folder '" + FILE + "/': it must be a file."))
            .or(
                () ->
                    first(names, name -> name.endsWith("/" + FILE))
                        .map(n -> " It contains '" + n + "': the package is wrapped in a folder."))
            .orElse("");
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
        "The package has no " + FILE + " at its top level; found " + top + "." + nearMiss,
        "Zip the content of the agent's folder, not the folder, with " + FILE + " at the top.");
  }

  private static Optional<String> first(Collection<String> names, Predicate<String> wanted) {
    return names.stream().filter(wanted).findFirst();
  }
}
