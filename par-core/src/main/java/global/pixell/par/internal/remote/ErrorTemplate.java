package global.pixell.par.internal.remote;

import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sentences of the error tables: text with {@code {names}} in the places of values. */
final class ErrorTemplate {
  private ErrorTemplate() {}

  private static final Pattern NAME = Pattern.compile("\\{([a-z_]+)\\}");

  /**
   * Puts values into a text.
   *
   * @param value gives the value of a name; asked only for the names in the text
   */
  static String fill(String text, UnaryOperator<String> value) {
    return NAME.matcher(text)
        .replaceAll(name -> Matcher.quoteReplacement(value.apply(name.group(1))));
  }
}
