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
 * SHA-256 and S3's checksums of a file that is still arriving. It reads the bytes in order,
 * whatever order they arrive in, from the page cache that has just got them.
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

  /** The digest, or the reason why the file could not be read. */
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
      long offset = 0;
      for (long end = file.awaitRun(offset); end > offset; end = file.awaitRun(offset)) {
        offset = update(channel, buffer, offset, end);
      }
      digest.complete(Digest.ofSha256(sha256.digest()));
    } catch (IOException | RuntimeException | Error e) {
      digest.completeExceptionally(e);
    }
  }

  private long update(FileChannel channel, byte[] buffer, long from, long to) throws IOException {
    long offset = from;
    while (offset < to) {
      int n = channel.read(ByteBuffer.wrap(buffer, 0, (int) Math.min(BUFFER, to - offset)), offset);
      if (n < 0) {
        throw new IOException(
            "the file ends at " + offset + ", though " + to + " bytes were written");
      }
      sha256.update(buffer, 0, n);
      checksums.update(buffer, n);
      offset += n;
    }
    return offset;
  }
}
