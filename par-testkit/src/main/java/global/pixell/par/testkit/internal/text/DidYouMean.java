package global.pixell.par.testkit.internal.text;

import java.util.Collection;

/** Suggests the known word that is closest to a mistyped one. */
public final class DidYouMean {

  private static final int TYPING_ERRORS = 2;

  private DidYouMean() {}

  /**
   * The end of a message, such as {@code ; did you mean "slow-down"?}; empty when no word is close.
   */
  public static String suggestion(String word, Collection<String> known) {
    return global.pixell.par.internal.text.DidYouMean.nearest(word, known, TYPING_ERRORS)
        .map(near -> "; did you mean \"" + near + "\"?")
        .orElse("");
  }
}
