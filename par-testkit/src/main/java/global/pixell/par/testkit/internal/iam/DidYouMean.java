package global.pixell.par.testkit.internal.iam;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/** Suggests the known word that is closest to a mistyped one. */
public final class DidYouMean {

  private static final int TYPING_ERRORS = 2;

  private DidYouMean() {}

  /**
   * The end of a message, such as {@code ; did you mean "slow-down"?}; empty when no word is close.
   */
  public static String suggestion(String word, Collection<String> known) {
    return known.stream()
        .filter(candidate -> distance(word, candidate) <= TYPING_ERRORS)
        .min(Comparator.comparingInt(candidate -> distance(word, candidate)))
        .map(candidate -> "; did you mean \"" + candidate + "\"?")
        .orElse("");
  }

  /** The Levenshtein distance, case-insensitive. */
  private static int distance(String left, String right) {
    String a = left.toLowerCase(Locale.ROOT);
    String b = right.toLowerCase(Locale.ROOT);
    int[] above = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      above[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] row = new int[b.length() + 1];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = above[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, 1 + Math.min(above[j], row[j - 1]));
      }
      above = row;
    }
    return above[b.length()];
  }
}
