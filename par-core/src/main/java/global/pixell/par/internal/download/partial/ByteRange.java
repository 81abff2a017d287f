package global.pixell.par.internal.download.partial;

/**
 * The bytes from one offset to before another.
 *
 * @param from the offset of the first byte
 * @param to the offset after the last byte; greater than {@code from}
 */
public record ByteRange(long from, long to) {

  public ByteRange {
    if (from < 0 || to <= from) {
      throw new IllegalArgumentException("not a range of bytes: " + from + " to " + to);
    }
  }

  public long length() {
    return to - from;
  }
}
