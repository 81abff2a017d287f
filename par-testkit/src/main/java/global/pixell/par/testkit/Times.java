package global.pixell.par.testkit;

/** How many requests a {@link Verification} expects. Immutable. */
public final class Times {

  private final int min;
  private final int max;
  private final String words;

  private Times(int min, int max, String words) {
    if (min < 0 || max < 0) {
      throw new IllegalArgumentException(
          "at least 0 requests are expected, not " + Math.min(min, max));
    }
    this.min = min;
    this.max = max;
    this.words = words;
  }

  /**
   * Expects exactly this many requests.
   *
   * @param n the number of requests, at least 0
   * @return the expectation
   * @throws IllegalArgumentException for less than 0
   */
  public static Times times(int n) {
    return new Times(n, n, n == 0 ? "no request" : "exactly " + requests(n));
  }

  /**
   * Expects no request.
   *
   * @return the expectation
   */
  public static Times never() {
    return times(0);
  }

  /**
   * Expects this many requests, or more.
   *
   * @param n the number of requests, at least 0
   * @return the expectation
   * @throws IllegalArgumentException for less than 0
   */
  public static Times atLeast(int n) {
    return new Times(n, Integer.MAX_VALUE, "at least " + requests(n));
  }

  /**
   * Expects this many requests, or fewer.
   *
   * @param n the number of requests, at least 0
   * @return the expectation
   * @throws IllegalArgumentException for less than 0
   */
  public static Times atMost(int n) {
    return new Times(0, n, "at most " + requests(n));
  }

  private static String requests(int n) {
    return n + (n == 1 ? " request" : " requests");
  }

  boolean includes(int count) {
    return count >= min && count <= max;
  }

  /** For instance {@code at least 2 requests}. */
  @Override
  public String toString() {
    return words;
  }
}
