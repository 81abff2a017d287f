package global.pixell.par.testkit.operations;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/** The page that the operator wrote: the required roles, and the commands for them. */
final class OperatorsPage {

  private OperatorsPage() {}

  /** Its JSON documents, in the order of the page. */
  static List<String> documents() throws IOException {
    return blocks("json");
  }

  /** Its shell commands, one block for each task. */
  static List<String> commands() throws IOException {
    return blocks("bash");
  }

  private static List<String> blocks(String language) throws IOException {
    try (InputStream page =
        Objects.requireNonNull(
            OperatorsPage.class.getResourceAsStream("/operations/iam-page.md"))) {
      return Pattern.compile(
              "^```" + language + "\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE)
          .matcher(new String(page.readAllBytes(), UTF_8))
          .results()
          .map(block -> block.group(1))
          .toList();
    }
  }
}
