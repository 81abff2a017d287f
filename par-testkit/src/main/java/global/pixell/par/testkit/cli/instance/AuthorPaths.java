package global.pixell.par.testkit.cli.instance;

import global.pixell.par.internal.text.Json;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Replaces the paths of the launcher's copy of a package with those of the author's folder, so that
 * a traceback names the file to edit. Works on JSON lines: a path stays a path in a JSON string.
 */
public final class AuthorPaths {

  private final Pattern copy;
  private final String folder;

  /**
   * Creates the replacement.
   *
   * @param cache the launcher's cache directory
   * @param folder the folder as the author named it
   */
  public AuthorPaths(Path cache, Path folder) {
    String caches =
        Stream.of(cache, Path.of(Instances.real(cache)))
            .distinct()
            .map(AuthorPaths::json)
            .map(Pattern::quote)
            .collect(Collectors.joining("|"));
    copy =
        Pattern.compile(
            "(?:" + caches + ")/v1/(?:trees/sha256/|derived/bytecode-)[0-9a-f]{64}(?:/|(?=\"))");
    this.folder = json(folder);
  }

  private static String json(Path path) {
    String text = Json.write(Map.of("p", path.toString()));
    return text.substring("{\"p\":\"".length(), text.length() - "\"}".length());
  }

  public String replaceIn(String line) {
    Matcher matcher = copy.matcher(line);
    return matcher.find()
        ? matcher.replaceAll(
            found -> Matcher.quoteReplacement(found.group().endsWith("/") ? folder + "/" : folder))
        : line;
  }
}
