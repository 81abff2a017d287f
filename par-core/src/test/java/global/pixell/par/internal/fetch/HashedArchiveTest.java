package global.pixell.par.internal.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.internal.archive.TestZip;
import global.pixell.par.internal.archive.UnpackLimits;
import global.pixell.par.internal.archive.Unpacker;
import global.pixell.par.internal.archive.ZipDirectory;
import global.pixell.par.internal.io.ArchiveBytes;
import global.pixell.par.internal.io.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HashedArchiveTest {

  /** Counts the bytes that are read. */
  private static final class Counted implements ArchiveBytes {
    private final ArchiveBytes archive;
    private long bytesRead;

    Counted(ArchiveBytes archive) {
      this.archive = archive;
    }

    @Override
    public long size() {
      return archive.size();
    }

    @Override
    public void readFully(long position, ByteBuffer target) throws IOException {
      bytesRead += target.remaining();
      archive.readFully(position, target);
    }
  }

  @Test
  void a_checked_archive_is_hashed_without_reading_its_entries_again() throws Exception {
    TestZip zip = TestZip.of();
    for (int i = 0; i < 20; i++) {
      zip.file("file-" + i, noise(i, 100_000));
    }
    byte[] bytes = zip.bytes();
    var counted = new Counted(TestZip.archive(bytes));
    var archive = new HashedArchive(counted);
    Unpacker.check(ZipDirectory.read(archive, UnpackLimits.DEFAULT), 1, () -> false);

    assertThat(archive.digest(() -> false)).isEqualTo(Sha256.of(bytes));
    // The directory is read first and hashed last.
    assertThat(counted.bytesRead).isLessThan(bytes.length * 11L / 10);
  }

  @Test
  void reads_in_any_order_give_the_same_digest() throws Exception {
    byte[] bytes = noise(1, 10_000).getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    for (int seed = 0; seed < 200; seed++) {
      var random = new Random(seed);
      var archive = new HashedArchive(TestZip.archive(bytes));
      for (int i = 0; i < 20; i++) {
        int position = random.nextInt(bytes.length);
        int length = random.nextInt(bytes.length - position + 1);
        ByteBuffer target = ByteBuffer.allocate(length + 7).position(3).limit(3 + length);
        archive.readFully(i % 3 == 0 ? 0 : position, target);
      }
      assertThat(archive.digest(() -> false)).as("seed " + seed).isEqualTo(Sha256.of(bytes));
    }
  }

  private static String noise(int seed, int length) {
    var text = new StringBuilder();
    new Random(seed).ints(length, ' ', 127).forEach(c -> text.append((char) c));
    return text.toString();
  }
}
