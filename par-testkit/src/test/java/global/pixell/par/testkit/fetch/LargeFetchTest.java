package global.pixell.par.testkit.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.ParConfig;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.internal.pack.ZipWriter;
import global.pixell.par.testkit.testing.CacheFolder;
import global.pixell.par.testkit.testing.ParCommand;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * A package far larger than the heap, fetched and unpacked by a separate process.
 *
 * <p>With 2 GiB, which takes 6 GiB of disk: {@code mvn test -pl par-testkit -am
 * -Dtest=LargeFetchTest -Dsurefire.failIfNoSpecifiedTests=false -Dpar.soak=true}.
 */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class LargeFetchTest {

  private static final String KEY = "acme/large/1.0.0/large.apkg";
  private static final String REF = "s3://" + ParConfig.DEFAULT_BUCKET + "/" + KEY;

  @TempDir Path folder;

  @Test
  void a_package_of_ten_times_the_heap_is_fetched() throws Exception {
    fetch(256L << 20, "24m");
  }

  @Test
  @EnabledIfSystemProperty(named = "par.soak", matches = "true")
  void two_gibibytes_are_fetched_with_the_heap_of_the_launcher() throws Exception {
    fetch(2L << 30, "64m");
  }

  private void fetch(long bytes, String heap) throws Exception {
    Path apkg = StoredZip.ofZeros(folder.resolve("large.apkg"), bytes);
    var cache = new CacheFolder(folder.resolve("cache"));
    try (FakeS3 s3 = FakeS3.start()) {
      s3.put(ParConfig.DEFAULT_BUCKET, KEY, apkg);
      // Slow enough that the download uses parts and all connections.
      s3.bandwidth(90_000_000);
      Map<String, String> environment = cache.environment(s3);
      String enough = String.valueOf((bytes >> 20) + 1);
      environment.put("MAX_PACKAGE_SIZE_MB", enough);
      environment.put("PAR_MAX_UNPACKED_MB", enough);
      environment.put("PAR_CACHE_MAX_MB", "8192");

      try (var par = ParCommand.startWithHeap(heap, environment, "fetch", REF)) {
        ParCommand.Outcome end = par.await(Duration.ofMinutes(10));

        assertThat(end.exitCode()).as(end.err()).isZero();
        Path tree = Path.of(end.out().strip().split("\\s+", 2)[0]);
        assertThat(tree.resolve("zeros")).hasSize(bytes);
        assertThat(s3.count("GetObject")).isGreaterThan(10);
      }
    }
  }

  /**
   * A package that takes no disk space: its one large entry is a hole in the file. The entry is
   * stored, because PAR would refuse deflated zeros as a zip bomb.
   */
  private static final class StoredZip {

    private static final int LOCAL = 30;

    private final FileChannel out;
    private final ByteBuffer directory =
        ByteBuffer.allocate(1 << 10).order(ByteOrder.LITTLE_ENDIAN);
    private int entries;
    private long position;

    private StoredZip(FileChannel out) {
      this.out = out;
    }

    static Path ofZeros(Path file, long bytes) throws IOException {
      try (var out =
          FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        var zip = new StoredZip(out);
        byte[] manifest =
            "name: large\nversion: \"1.0.0\"\ncommand: ['true']\n".getBytes(StandardCharsets.UTF_8);
        var crc = new CRC32();
        crc.update(manifest);
        zip.begin("agent.yaml", manifest.length, crc.getValue());
        zip.write(ByteBuffer.wrap(manifest));
        zip.begin("zeros", bytes, crcOfZeros(bytes));
        zip.position += bytes;
        zip.finish();
      }
      return file;
    }

    private static long crcOfZeros(long bytes) {
      var crc = new CRC32();
      byte[] zeros = new byte[1 << 20];
      for (long left = bytes; left > 0; left -= zeros.length) {
        crc.update(zeros, 0, (int) Math.min(left, zeros.length));
      }
      return crc.getValue();
    }

    private void begin(String name, long bytes, long crc) throws IOException {
      byte[] path = name.getBytes(StandardCharsets.US_ASCII);
      ByteBuffer local = ByteBuffer.allocate(LOCAL + path.length).order(ByteOrder.LITTLE_ENDIAN);
      common(local.putInt(0x04034b50), path, bytes, crc).put(path);
      common(directory.putInt(0x02014b50).putShort((short) 0x0314), path, bytes, crc)
          .putShort((short) 0)
          .putShort((short) 0)
          .putShort((short) 0)
          .putInt(ZipWriter.FILE << 16)
          .putInt((int) position)
          .put(path);
      entries++;
      write(local.flip());
    }

    /** The fields that both headers of an entry share: version 1.0, stored, 1980-01-01. */
    private static ByteBuffer common(ByteBuffer header, byte[] path, long bytes, long crc) {
      return header
          .putShort((short) 10)
          .putShort((short) 0)
          .putShort((short) 0)
          .putShort((short) 0)
          .putShort((short) 0x21)
          .putInt((int) crc)
          .putInt((int) bytes)
          .putInt((int) bytes)
          .putShort((short) path.length)
          .putShort((short) 0);
    }

    private void finish() throws IOException {
      int start = (int) position;
      int length = directory.position();
      write(directory.flip());
      ByteBuffer end = ByteBuffer.allocate(22).order(ByteOrder.LITTLE_ENDIAN);
      end.putInt(0x06054b50).putInt(0).putShort((short) entries).putShort((short) entries);
      write(end.putInt(length).putInt(start).putShort((short) 0).flip());
    }

    private void write(ByteBuffer bytes) throws IOException {
      while (bytes.hasRemaining()) {
        position += out.write(bytes, position);
      }
    }
  }
}
