package global.pixell.par.internal.io;

import global.pixell.par.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.function.BooleanSupplier;

/** Computes SHA-256. */
public final class Sha256 {

  private static final int BUFFER = 1 << 16;

  private Sha256() {}

  public static MessageDigest start() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  public static Digest of(byte[] bytes) {
    return Digest.ofSha256(start().digest(bytes));
  }

  /**
   * Hashes a file, which may take seconds.
   *
   * @param cancelled asked for every block
   * @throws global.pixell.par.ParException of kind {@code CANCELLED} when cancelled
   * @throws ClosedByInterruptException when the thread is interrupted
   */
  public static Digest of(Path file, BooleanSupplier cancelled) throws IOException {
    return copy(file, OutputStream.nullOutputStream(), cancelled);
  }

  /** Copies a file and hashes what it copies; otherwise as {@link #of(Path, BooleanSupplier)}. */
  public static Digest copy(Path from, OutputStream to, BooleanSupplier cancelled)
      throws IOException {
    MessageDigest sha256 = start();
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = Files.newInputStream(from)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        Cancellation.check(cancelled);
        sha256.update(buffer, 0, n);
        to.write(buffer, 0, n);
      }
    }
    return Digest.ofSha256(sha256.digest());
  }
}
