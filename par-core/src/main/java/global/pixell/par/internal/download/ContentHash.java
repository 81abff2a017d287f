package global.pixell.par.internal.download;

import global.pixell.par.Digest;
import global.pixell.par.internal.download.checksum.ObjectChecksums;
import global.pixell.par.internal.download.partial.ArrivingFile;
import global.pixell.par.internal.io.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.concurrent.CompletableFuture;

/**
 * SHA-256 and S3's checksums of a file that is still arriving: from its first byte to its last,
 * whatever the order they come in, out of the page cache they were just written to.
 */
final class ContentHash implements Runnable {

  private static final int BUFFER = 128 << 10;

  private final ArrivingFile file;
  private final MessageDigest sha256 = Sha256.start();
  private final ObjectChecksums checksums;
  private final CompletableFuture<Digest> digest = new CompletableFuture<>();

  ContentHash(ArrivingFile file, ObjectChecksums checksums) {
    this.file = file;
    this.checksums = checksums;
  }

  /** The digest, or what kept the file from being read; not done before either. */
  CompletableFuture<Digest> digest() {
    return digest;
  }

  ObjectChecksums checksums() {
    return checksums;
  }

  @Override
  public void run() {
    try (FileChannel channel = FileChannel.open(file.file(), StandardOpenOption.READ)) {
      byte[] buffer = new byte[BUFFER];
      long at = 0;
      for (long end = file.awaitRun(at); end > at; end = file.awaitRun(at)) {
        at = take(channel, buffer, at, end);
      }
      digest.complete(Digest.ofSha256(sha256.digest()));
    } catch (IOException | RuntimeException | Error e) {
      digest.completeExceptionally(e);
    }
  }

  private long take(FileChannel channel, byte[] buffer, long from, long to) throws IOException {
    long at = from;
    while (at < to) {
      int n = channel.read(ByteBuffer.wrap(buffer, 0, (int) Math.min(BUFFER, to - at)), at);
      if (n < 0) {
        throw new IOException("the file ends at " + at + ", though " + to + " bytes were written");
      }
      sha256.update(buffer, 0, n);
      checksums.update(buffer, n);
      at += n;
    }
    return at;
  }
}
