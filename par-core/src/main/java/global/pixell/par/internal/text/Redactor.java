package global.pixell.par.internal.text;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes secrets out of text: by the name of a field, by the shape of a value, and by known values.
 *
 * <p>Shapes: signatures and tokens of presigned URLs, AWS access key ids, {@code Authorization}
 * headers and bearer tokens, passwords in URLs, and {@code name=value} or {@code "name": "value"}
 * where the name says that the value is secret. Immutable and thread-safe.
 */
public final class Redactor {

  /** What stands in the place of a secret. */
  public static final String REDACTED = "[redacted]";

  private static final Redactor STANDARD = new Redactor(List.of());

  private static final String SECRET_WORD =
      "(?:secret|passw(?:or)?d|passwd|token|api[_-]?key|access[_-]?key|private[_-]?key|authorization|credential|signature)";

  private static final Pattern SECRET_NAME = Pattern.compile(SECRET_WORD, Pattern.CASE_INSENSITIVE);

  /** Cheap: most lines have none of these and are left alone after one pass. */
  private static final Pattern SUSPICIOUS =
      Pattern.compile(
          SECRET_WORD + "|AKIA|ASIA|bearer |basic |://[^/\\s]*@", Pattern.CASE_INSENSITIVE);

  // A line may be long and hostile, and others wait for it: no pattern may look at a character from
  // more than one beginning. So runs are possessive, and what is repeated has but one way to match.
  private static final Pattern AUTHORIZATION =
      Pattern.compile(
          "(?i)(authorization\\\\*+[\"']?+\\s*+[:=]\\s*+\\\\*+[\"']?+)(?!\\[redacted])[^\"'\\r\\n]++");
  private static final Pattern BEARER =
      Pattern.compile("(?i)\\b(bearer|basic)\\s++(?!\\[redacted])[A-Za-z0-9+/_.~=-]{8,}+");

  /**
   * A secret word to the end of its name, and the value if one follows. It matches without a value
   * too: names made of secret words would else be read again from each of them.
   */
  private static final Pattern NAMED =
      Pattern.compile(
          "(?i)("
              + SECRET_WORD
              + "[A-Za-z0-9_.-]*+)(?:(\\\\*+[\"']?+\\s*+[:=]\\s*+)("
              + "\"(?:[^\"\\\\]|\\\\.)*+\"|'[^']*+'" // quoted
              + "|\\\\++[\"'][^\"'\\\\\\r\\n]*+" // quoted within quotes
              + "|[\"'][^\\r\\n]*+" // quoted, and cut off
              + "|(?!\\[redacted])[^\\s\"'&,;}]++))?+");

  private static final Pattern ACCESS_KEY_ID = Pattern.compile("\\b(?:AKIA|ASIA)[A-Z0-9]{12,}+\\b");
  private static final Pattern URL_PASSWORD = Pattern.compile("(://)[^/\\s@\"']*@");

  private final List<String> values;

  private Redactor(List<String> values) {
    this.values = values;
  }

  /**
   * Knows names and shapes only.
   *
   * @return the shared instance
   */
  public static Redactor standard() {
    return STANDARD;
  }

  /**
   * Knows these values as well, wherever they turn up.
   *
   * @param secrets values; those under 8 characters are ignored, for they would hide ordinary words
   * @return a redactor
   */
  public static Redactor of(Collection<String> secrets) {
    return new Redactor(
        secrets.stream()
            .filter(s -> s.length() >= 8)
            .distinct()
            // Longest first, so that a value within a value leaves nothing of the longer one.
            .sorted(Comparator.comparingInt(String::length).reversed())
            .toList());
  }

  /**
   * Whether the value of a field of this name is secret.
   *
   * @param name a field, header or variable
   * @return true for {@code AWS_SECRET_ACCESS_KEY}, {@code password}, {@code Authorization} and the
   *     like
   */
  public static boolean isSecretName(String name) {
    return SECRET_NAME.matcher(name).find();
  }

  /**
   * A field's value, fit to be shown.
   *
   * @param name the field
   * @param value its value
   * @return {@value #REDACTED} for a secret name, else the value with secrets taken out
   */
  public String redact(String name, String value) {
    return isSecretName(name) ? REDACTED : redact(value);
  }

  /**
   * Text, fit to be shown.
   *
   * @param text any text
   * @return the same text, the secrets in it replaced by {@value #REDACTED}
   */
  public String redact(String text) {
    String result = text;
    for (String value : values) {
      result = result.replace(value, REDACTED);
    }
    if (!SUSPICIOUS.matcher(result).find()) {
      return result;
    }
    result = AUTHORIZATION.matcher(result).replaceAll("$1" + REDACTED);
    result = BEARER.matcher(result).replaceAll("$1 " + REDACTED);
    result = NAMED.matcher(result).replaceAll(m -> Matcher.quoteReplacement(named(m)));
    result = ACCESS_KEY_ID.matcher(result).replaceAll(REDACTED);
    return URL_PASSWORD.matcher(result).replaceAll("$1" + REDACTED + "@");
  }

  private static String named(MatchResult found) {
    return found.group(3) == null ? found.group() : found.group(1) + found.group(2) + REDACTED;
  }
}
