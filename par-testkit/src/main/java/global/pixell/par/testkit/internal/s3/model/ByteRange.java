package global.pixell.par.testkit.internal.s3.model;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A range of an object; both ends are inclusive. */
public record ByteRange(long from, long to) {

  private static final Pattern ONE = Pattern.compile("bytes=(\\d*)-(\\d*)");

  /**
   * Reads a {@code Range} header.
   *
   * @return empty for the whole object, which S3 also sends for a malformed header or several
   *     ranges
   * @throws S3ErrorException 416 when the range contains no byte of the object
   */
  public static Optional<ByteRange> of(String header, long size) throws S3ErrorException {
    Matcher range = ONE.matcher(header.strip());
    if (!range.matches() || header.strip().equals("bytes=-")) {
      return Optional.empty();
    }
    boolean suffix = range.group(1).isEmpty();
    boolean open = range.group(2).isEmpty();
    long first = suffix ? size - number(range.group(2)) : number(range.group(1));
    long last = suffix || open ? size - 1 : number(range.group(2));
    if (!suffix && !open && last < first) {
      return Optional.empty();
    }
    if (size == 0 || first >= size) {
      throw unsatisfiable(header, size);
    }
    return Optional.of(new ByteRange(Math.max(0, first), Math.min(size - 1, last)));
  }

  private static S3ErrorException unsatisfiable(String header, long size) {
    return new S3ErrorException(416, "InvalidRange", "The requested range is not satisfiable")
        .detail("RangeRequested", header)
        .detail("ActualObjectSize", size)
        .with("Content-Range", "bytes */" + size);
  }

  /** A number that does not fit in a long is a position after the end of any object. */
  private static long number(String digits) {
    return digits.length() > 18 ? Long.MAX_VALUE / 2 : Long.parseLong(digits);
  }

  public long length() {
    return to - from + 1;
  }

  public String contentRange(long size) {
    return "bytes " + from + "-" + to + "/" + size;
  }
}
