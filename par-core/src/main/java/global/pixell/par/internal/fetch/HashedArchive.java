package global.pixell.par.internal.fetch;

import global.pixell.par.Digest;
import global.pixell.par.internal.io.ArchiveBytes;
import global.pixell.par.internal.io.Cancellation;
import global.pixell.par.internal.io.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.function.BooleanSupplier;

/**
 * Hashes an archive from the reads of another component, so that its bytes are read once. Reads
 * that follow each other from the first byte on are hashed; {@link #digest} reads the others. For
 * one thread.
 */
final class HashedArchive implements ArchiveBytes {

  private static final int BUFFER = 1 << 16;

  private final ArchiveBytes archive;
  private final MessageDigest sha256 = Sha256.start();
  private long hashed;

  HashedArchive(ArchiveBytes archive) {
    this.archive = archive;
  }

  @Override
  public long size() {
    return archive.size();
  }

  @Override
  public void readFully(long position, ByteBuffer target) throws IOException {
    int start = target.position();
    archive.readFully(position, target);
    long end = position + target.position() - start;
    if (position <= hashed && hashed < end) {
      int first = start + (int) (hashed - position);
      sha256.update(target.duplicate().limit(target.position()).position(first));
      hashed = end;
    }
  }

  /** The digest of all bytes; reads those that were not read in order before. */
  Digest digest(BooleanSupplier cancelled) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
    while (hashed < size()) {
      Cancellation.check(cancelled);
      readFully(hashed, buffer.clear().limit((int) Math.min(BUFFER, size() - hashed)));
    }
    return Digest.ofSha256(sha256.digest());
  }

  @Override
  public void close() throws IOException {
    archive.close();
  }
}
