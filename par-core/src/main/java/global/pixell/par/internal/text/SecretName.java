package global.pixell.par.internal.text;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Decides whether a name says that its value is secret. */
final class SecretName {

  /** How many characters of a name before its secret word are examined. */
  static final int MAX_LOOK_BACK = 64;

  /**
   * Words that make a name secret, and the offset of their three rarest letters, which are the
   * trigger.
   */
  static final Map<String, Integer> WORDS = words();

  /**
   * Last words of names that only refer to a secret: to its place, its number, its lifetime. They
   * include the extensions of files ({@code TokenService.java:42}).
   */
  private static final Set<String> QUALIFIERS =
      Set.of(
          ("file path dir directory uri url endpoint arn type count counts limit limits usage used "
                  + "expiry expires expiration expired length len size algorithm version name names "
                  + "provider source status state age ttl second seconds ms hint policy budget error "
                  + "errors enabled required present valid at "
                  + "java py js ts go rb rs json yaml yml toml pem html com org net io")
              .split(" "));

  private static final Set<String> COUNTED =
      Set.of(
          ("max min num number total prompt completion input output cached reasoning used new "
                  + "generated context n")
              .split(" "));

  private SecretName() {}

  private static Map<String, Integer> words() {
    var words = new LinkedHashMap<String, Integer>();
    words.put("secret", 1);
    words.put("password", 2);
    words.put("passwd", 2);
    words.put("passphrase", 3);
    words.put("passcode", 3);
    words.put("pwd", 0);
    words.put("token", 1);
    words.put("authorization", 1);
    words.put("credential", 2);
    words.put("signature", 2);
    words.put("cookie", 2);
    for (String gap : new String[] {"", "_", "-", " "}) {
      words.put("api" + gap + "key", 1 + gap.length());
      words.put("access" + gap + "key", 4 + gap.length());
      words.put("private" + gap + "key", 5 + gap.length());
    }
    return words;
  }

  /** Whether the secret word is at this position, and not a longer word that begins with it. */
  static boolean isAt(String text, int start, String word) {
    if (start < 0 || !text.regionMatches(true, start, word, 0, word.length())) {
      return false;
    }
    int end = start + word.length();
    return switch (word) {
      // tokenizer, tokenise; secretary
      case "token" -> !text.regionMatches(true, end, "iz", 0, 2) && !text.startsWith("is", end);
      case "secret" -> !text.regionMatches(true, end, "ar", 0, 2);
      // The working directory, as every shell exports it.
      case "pwd" ->
          !(text.startsWith("PWD", start) && (start == 0 || text.startsWith("OLD", start - 3)));
      default -> true;
    };
  }

  /** Whether the last word of a name says that the value is not secret. */
  static boolean isQualified(String text, int from, int to) {
    int start = to;
    while (start > from && isLetterOrDigit(text.charAt(start - 1))) {
      start--;
      if (Character.isUpperCase(text.charAt(start))
          && start > from
          && Character.isLowerCase(text.charAt(start - 1))) {
        break;
      }
    }
    return start > from && QUALIFIERS.contains(text.substring(start, to).toLowerCase(Locale.ROOT));
  }

  /** Whether a name means a number of tokens. */
  static boolean isCount(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (lower.contains("tokens")) {
      return true;
    }
    int token = lower.indexOf("token");
    if (token < 1) {
      return false;
    }
    int end = isLetterOrDigit(lower.charAt(token - 1)) ? token : token - 1;
    int start = end;
    while (start > 0 && isLetterOrDigit(lower.charAt(start - 1))) {
      start--;
    }
    return COUNTED.contains(lower.substring(start, end));
  }

  static boolean isNamePart(char c) {
    return isLetterOrDigit(c) || c == '_' || c == '-' || c == '.';
  }

  static boolean isLetterOrDigit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }
}
