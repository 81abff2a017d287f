package global.pixell.par.launcher.agent.python;

import global.pixell.par.launcher.failure.LaunchException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A {@code requirements.txt} as PAR passes it to an installer: with the content of the files that
 * it includes, and without the options that a package must not set.
 *
 * <p>The package decides what PAR installs; the operator decides from where. If the operator sets a
 * wheelhouse or an index, the package's index options do not count. PAR does not install the
 * package itself ({@code -e .}), because it is on the module path anyway.
 */
final class Requirements {

  private static final Pattern OPTION =
      Pattern.compile("(--?[a-zA-Z][a-z-]*)(?:\\s*=\\s*|\\s+|(?<=^-[a-zA-Z]))?(.*)");
  private static final int MAX_DEPTH = 10;

  private final Path tree;
  private final boolean wheelsOnly;
  private final boolean ownIndex;
  private final List<String> lines = new ArrayList<>();
  private final List<String> constraints = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private final List<Path> files = new ArrayList<>();
  private boolean itself;

  private Requirements(Path tree, boolean wheelsOnly, boolean ownIndex) {
    this.tree = tree;
    this.wheelsOnly = wheelsOnly;
    this.ownIndex = ownIndex;
  }

  /**
   * Reads a file and what it includes.
   *
   * @param file in the package
   * @param tree the package
   * @param wheelsOnly whether a wheelhouse is the only source
   * @param ownIndex whether the operator names an index
   */
  static Requirements read(Path file, Path tree, boolean wheelsOnly, boolean ownIndex) {
    var requirements = new Requirements(tree, wheelsOnly, ownIndex);
    requirements.include(file, requirements.lines, 0);
    return requirements;
  }

  /** Requirements from another source than a {@code requirements.txt}. */
  static Requirements of(List<String> lines, Path tree, boolean wheelsOnly) {
    var requirements = new Requirements(tree, wheelsOnly, true);
    int number = 0;
    for (String line : lines) {
      requirements.take(line.strip(), tree.resolve("agent.yaml"), ++number, requirements.lines, 0);
    }
    return requirements;
  }

  /** The requirements and options for the installer, one for each line. */
  List<String> lines() {
    return lines;
  }

  /** The constraints of versions, as in {@code -c} files. */
  List<String> constraints() {
    return constraints;
  }

  /**
   * Writes the files that an installer reads.
   *
   * @param directory where
   * @param wheelhouse the only source of packages, if there is one
   * @return the arguments that pip and uv take for them
   * @throws IOException when the disk fails
   */
  List<String> writeTo(Path directory, Optional<Path> wheelhouse) throws IOException {
    var arguments = new ArrayList<String>();
    arguments.add("-r");
    arguments.add(Files.write(directory.resolve("requirements.txt"), lines).toString());
    if (!constraints.isEmpty()) {
      arguments.add("-c");
      arguments.add(Files.write(directory.resolve("constraints.txt"), constraints).toString());
    }
    wheelhouse.ifPresent(
        wheels -> arguments.addAll(List.of("--no-index", "--find-links", wheels.toString())));
    return arguments;
  }

  /** Warnings about lines of the file. */
  List<String> warnings() {
    return warnings;
  }

  /** Files of the package that PAR installs, such as wheels. */
  List<Path> files() {
    return files;
  }

  /** Whether the file names the package itself; then the package's own dependencies count, too. */
  boolean itself() {
    return itself;
  }

  private void include(Path file, List<String> target, int depth) {
    if (depth > MAX_DEPTH) {
      throw LaunchException.agentFailed(
          name(file) + " includes itself, or more than " + MAX_DEPTH + " files deep.",
          "Put the requirements into one file.");
    }
    int number = 0;
    var joined = new StringBuilder();
    for (String line : read(file)) {
      number++;
      String text = line.replaceFirst("(^|\\s)#.*$", "");
      if (text.endsWith("\\")) {
        joined.append(text, 0, text.length() - 1).append(' ');
        continue;
      }
      take(joined.append(text).toString().strip(), file, number, target, depth);
      joined.setLength(0);
    }
    take(joined.toString().strip(), file, number, target, depth);
  }

  private List<String> read(Path file) {
    try {
      String text = Files.readString(file);
      return text.startsWith("\ufeff") ? text.substring(1).lines().toList() : text.lines().toList();
    } catch (IOException e) {
      throw LaunchException.agentFailed(
          name(file) + " cannot be read: " + e + ".", "Write it as UTF-8 text in the package.");
    }
  }

  private String name(Path file) {
    return file.startsWith(tree) ? tree.relativize(file).toString() : file.toString();
  }

  private void take(String line, Path file, int number, List<String> target, int depth) {
    if (line.isEmpty()) {
      return;
    }
    if (line.startsWith("-")) {
      option(line, file, number, target, depth);
    } else {
      requirement(line, file, number, target);
    }
  }

  private void option(String line, Path file, int number, List<String> target, int depth) {
    Matcher m = OPTION.matcher(line);
    if (!m.matches()) {
      target.add(line);
      return;
    }
    String value = m.group(2).strip();
    switch (m.group(1)) {
      case "-r", "--requirement" -> include(inPackage(value, file, number), target, depth + 1);
      case "-c", "--constraint" -> include(inPackage(value, file, number), constraints, depth + 1);
      case "-e", "--editable" -> requirement(value, file, number, target);
      case "-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--no-index" ->
          index(line, m.group(1), file, number, target);
      case "--trusted-host" ->
          warn(file, number, m.group(1) + " is left out: certificates are always checked");
      case "--no-binary" -> {
        if (!wheelsOnly) {
          target.add(line);
        }
      }
      default -> target.add(line);
    }
  }

  private void index(String line, String option, Path file, int number, List<String> target) {
    if (wheelsOnly) {
      warn(file, number, option + " is left out: WHEELHOUSE_DIR is the only source");
    } else if (ownIndex) {
      warn(file, number, option + " is left out: the task names its own index");
    } else {
      warn(file, number, option + " decides where packages come from");
      target.add(line);
    }
  }

  private void requirement(String line, Path file, int number, List<String> target) {
    String place = line.replaceFirst("^file:(//)?", "").split("[;\\[ ]", 2)[0].strip();
    if (place.equals(".") || place.equals("./")) {
      itself = true;
    } else if (line.contains("://") || line.startsWith("git+")) {
      if (wheelsOnly) {
        throw LaunchException.agentFailed(
            name(file) + " line " + number + " names an address: " + line + ".",
            "With WHEELHOUSE_DIR set, put its wheel there and name the package alone.");
      }
      target.add(line);
    } else if (place.startsWith(".") || place.startsWith("/") || place.endsWith(".whl")) {
      Path local = inPackage(place, file, number);
      if (Files.isDirectory(local)) {
        throw LaunchException.agentFailed(
            name(file) + " line " + number + " names a folder: " + line + ".",
            "Move its modules to the top of the package, or build a wheel of it.");
      }
      files.add(local);
      target.add(local + line.substring(line.indexOf(place) + place.length()));
    } else {
      target.add(line);
    }
  }

  private Path inPackage(String value, Path file, int number) {
    Path parent = file.getParent() == null ? tree : file.getParent();
    Path found = parent.resolve(value).normalize();
    if (!found.startsWith(tree) || !Files.exists(found)) {
      throw LaunchException.agentFailed(
          name(file) + " line " + number + " names '" + value + "', which is not in the package.",
          "Pack the file, or remove the line.");
    }
    return found;
  }

  private void warn(Path file, int number, String what) {
    warnings.add(name(file) + " line " + number + ": " + what + ".");
  }
}
