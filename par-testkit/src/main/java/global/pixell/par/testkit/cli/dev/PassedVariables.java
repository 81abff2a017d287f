package global.pixell.par.testkit.cli.dev;

import global.pixell.par.launcher.agent.DotEnv;
import global.pixell.par.launcher.config.LauncherConfig;
import global.pixell.par.testkit.cli.console.UsageException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The variables of {@code -e} and {@code --env-file}, with the meaning of the same options of
 * docker: {@code NAME=VALUE} sets a variable, {@code NAME} alone takes its value from the shell,
 * and {@code -e} has precedence over a file. Unlike docker, quotes around a value of a file do not
 * belong to the value, as in the {@code .env} of a package.
 */
final class PassedVariables {

  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]*");

  /** Variables that {@code dev} sets, because they name the package and where it comes from. */
  private static final Set<String> OF_DEV =
      Set.of(
          "PACKAGE_URL", "PACKAGE_NAME", "PACKAGE_SHA256", "AGENT_PACKAGE_PATH", "PAR_CACHE_DIR");

  private final Map<String, String> shell;
  private final UnaryOperator<String> expansion;
  private final Map<String, String> values = new LinkedHashMap<>();
  private final Set<Path> files = new TreeSet<>();
  private final List<String> notes = new ArrayList<>();

  private PassedVariables(Map<String, String> shell, UnaryOperator<String> expansion) {
    this.shell = shell;
    this.expansion = expansion;
  }

  /**
   * Reads the options.
   *
   * @param envFiles the values of {@code --env-file}
   * @param arguments the values of {@code -e}
   * @param expansion replaces the placeholders of a value that a file or an option gives; values of
   *     the shell stay as they are
   * @throws UsageException when a value has the wrong form, has a placeholder that cannot be
   *     replaced, or sets a variable that only {@code dev} may set
   */
  static PassedVariables of(
      List<String> envFiles,
      List<String> arguments,
      Map<String, String> shell,
      UnaryOperator<String> expansion) {
    var passed = new PassedVariables(shell, expansion);
    envFiles.forEach(file -> passed.readFile(Path.of(file)));
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      String name = equals < 0 ? argument : argument.substring(0, equals);
      requireName("-e", name);
      if (isOfDev(name)) {
        throw new UsageException("-e " + name + ": " + reason(name));
      }
      passed.put("-e", name, equals < 0 ? null : argument.substring(equals + 1));
    }
    return passed;
  }

  private void readFile(Path file) {
    List<String> lines;
    try {
      lines = DotEnv.withoutByteOrderMark(Files.readString(file)).lines().toList();
      files.add(file.toRealPath());
    } catch (CharacterCodingException e) {
      throw new UsageException("--env-file " + file + " is not UTF-8");
    } catch (IOException e) {
      throw new UsageException(
          "--env-file "
              + file
              + (Files.exists(file) ? " cannot be read: " + e : " does not exist"));
    }
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      String where = file + ":" + (i + 1);
      int equals = line.indexOf('=');
      String name = DotEnv.name(equals < 0 ? line : line.substring(0, equals));
      requireName(where, name);
      if (isOfDev(name)) {
        notes.add(where + ": " + name + " is not passed: " + reason(name));
      } else {
        put(where, name, equals < 0 ? null : DotEnv.unquoted(line.substring(equals + 1)));
      }
    }
  }

  /** Never quotes the line, because a line in the wrong place may be a secret. */
  private static void requireName(String where, String name) {
    if (!NAME.matcher(name).matches()) {
      throw new UsageException(where + ": this is not NAME=VALUE or NAME");
    }
  }

  private static boolean isOfDev(String name) {
    return OF_DEV.contains(name) || name.startsWith("AWS_") || name.equals("PYTHONPATH");
  }

  private static String reason(String name) {
    if (name.equals("PYTHONPATH")) {
      return "PAR sets it to the agent's package";
    }
    return name.startsWith("AWS_")
        ? "dev sets the AWS variables, because the package comes from its fake S3"
        : "dev sets it to the package of the folder";
  }

  private void put(String where, String name, @Nullable String value) {
    String known = value == null ? shell.get(name) : expanded(where, name, value);
    if (known == null) {
      notes.add(where + ": " + name + " is not set in this shell, so the agent will not have it");
      return;
    }
    if (known.indexOf('\0') >= 0) {
      throw new UsageException(where + ": the value of " + name + " contains a NUL character");
    }
    values.put(name, known);
  }

  private String expanded(String where, String name, String value) {
    try {
      return expansion.apply(value);
    } catch (UsageException e) {
      throw new UsageException(where + ": the value of " + name + " contains " + e.getMessage());
    }
  }

  /**
   * The variables to set for the launcher. Those that every JVM obeys are meant for the agent, so
   * the launcher gets them under the names that it hands on.
   */
  Map<String, String> forLauncher() {
    var variables = new TreeMap<>(values);
    LauncherConfig.JAVA_OPTIONS.forEach(
        (alias, name) -> {
          String value = variables.remove(name);
          if (value != null) {
            variables.put(alias, value);
          }
        });
    return variables;
  }

  /** The names of the variables. */
  Set<String> names() {
    return values.keySet();
  }

  /** Whether {@code --env-file} names this file. */
  boolean reads(Path file) {
    try {
      return files.contains(file.toRealPath());
    } catch (IOException e) {
      return false;
    }
  }

  /** What was not passed, and why; one sentence each, without values. */
  List<String> notes() {
    return List.copyOf(notes);
  }
}
