package global.pixell.par.launcher.agent;

import global.pixell.par.ParException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The format of {@code .env} files. */
public final class DotEnv {

  /** The name of the file at the top of a package. */
  public static final String NAME = ".env";

  private DotEnv() {}

  /** The {@code .env} of a package: name to value, in the order of the file; empty without one. */
  static Map<String, String> read(Path tree) {
    Path file = tree.resolve(NAME);
    var result = new LinkedHashMap<String, String>();
    if (!Files.isRegularFile(file)) {
      return result;
    }
    try {
      withoutByteOrderMark(Files.readString(file))
          .lines()
          .forEach(line -> readLine(line.strip(), result));
    } catch (IOException e) {
      throw new ParException(
          ParException.Kind.BAD_PACKAGE,
          "The .env of the package cannot be read: " + e + ".",
          "Write it as UTF-8, or leave it out.");
    }
    return result;
  }

  /** Editors on Windows begin a file with a byte order mark. */
  public static String withoutByteOrderMark(String text) {
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }

  private static void readLine(String line, Map<String, String> into) {
    int equals = line.indexOf('=');
    if (!line.startsWith("#") && equals >= 1) {
      into.put(name(line.substring(0, equals)), unquoted(line.substring(equals + 1)));
    }
  }

  /** The name, without the {@code export} of a shell script. */
  public static String name(String text) {
    String name = text.strip();
    return name.startsWith("export ") ? name.substring("export ".length()).strip() : name;
  }

  /** The value, without the quotes around it. */
  public static String unquoted(String text) {
    String value = text.strip();
    boolean quoted =
        value.length() >= 2
            && (value.charAt(0) == '"' || value.charAt(0) == '\'')
            && value.charAt(value.length() - 1) == value.charAt(0);
    return quoted ? value.substring(1, value.length() - 1) : value;
  }
}
