package global.pixell.par.internal.text;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** Finds the name that a misspelt one probably means. Not a public API. */
public final class DidYouMean {

  private DidYouMean() {}

  /**
   * The nearest of some names; ignores case.
   *
   * @param name what was written
   * @param candidates the known names
   * @return the one with the fewest changed letters: at most one in four, and at most three
   */
  public static Optional<String> nearest(String name, Collection<String> candidates) {
    return nearest(name, candidates, Math.min(3, name.length() / 4));
  }

  /**
   * The nearest of some names; ignores case.
   *
   * @param name what was written
   * @param candidates the known names
   * @param maxChanges how many letters may differ, be missing or be too many
   * @return the one with the fewest changed letters; of several, the first in alphabetical order
   */
  public static Optional<String> nearest(
      String name, Collection<String> candidates, int maxChanges) {
    String best = null;
    int bestDistance = maxChanges + 1;
    for (String candidate : candidates.stream().sorted().toList()) {
      int distance = distance(name.toUpperCase(Locale.ROOT), candidate.toUpperCase(Locale.ROOT));
      if (distance < bestDistance) {
        bestDistance = distance;
        best = candidate;
      }
    }
    return Optional.ofNullable(best);
  }

  /** Levenshtein's distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
