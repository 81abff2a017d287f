package global.pixell.par.internal.io;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A mark that tells names of one process apart. It is not secret, so it needs no {@code
 * SecureRandom}, whose first use costs milliseconds of every start.
 */
public final class UniqueMark {
  private UniqueMark() {}

  /** Eight random hexadecimal digits. */
  public static String next() {
    return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
  }
}
