package global.pixell.par.testkit.internal.s3.model;

import java.util.Comparator;

/**
 * The order in which S3 lists keys: by UTF-8 bytes, which is by code points, not by Java's chars.
 */
public enum Utf8Order implements Comparator<String> {
  INSTANCE;

  @Override
  public int compare(String a, String b) {
    int common = Math.min(a.length(), b.length());
    for (int i = 0; i < common; i++) {
      char first = a.charAt(i);
      char second = b.charAt(i);
      if (first != second) {
        boolean astral = Character.isSurrogate(first);
        return astral == Character.isSurrogate(second)
            ? Character.compare(first, second)
            : astral ? 1 : -1;
      }
    }
    return Integer.compare(a.length(), b.length());
  }
}
