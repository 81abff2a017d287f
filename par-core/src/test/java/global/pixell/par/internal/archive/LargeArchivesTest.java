package global.pixell.par.internal.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import global.pixell.par.ParException;
import global.pixell.par.internal.io.ArchiveBytes;
import global.pixell.par.internal.testing.Soak;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Archives with many entries, and with entries whose sizes exceed 32 bits. The bytes of the latter
 * are generated while they are read. One entry of 2 GiB is really written, if the disk has enough
 * space.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class LargeArchivesTest {

  private final Path staging;

  LargeArchivesTest(@TempDir Path staging) {
    this.staging = staging;
  }

  @Test
  void fifty_thousand_entries_are_accepted_and_one_more_is_not() {
    TestZip zip = TestZip.of();
    for (int i = 0; i < 50_000; i++) {
      zip.file("folder" + i % 200 + "/file" + i + ".txt", "", e -> e.stored());
    }
    byte[] allowed = zip.bytes();
    byte[] over = zip.file("one/more.txt", "").bytes();

    UnpackSummary tree = TestUnpack.check(TestZip.archive(allowed), UnpackLimits.DEFAULT);
    ParException refused =
        catchThrowableOfType(
            ParException.class,
            () -> TestUnpack.check(TestZip.archive(over), UnpackLimits.DEFAULT));

    assertThat(tree).isEqualTo(new UnpackSummary(50_000, 50_000, 0, 0));
    assertThat(refused).hasMessageContaining("it has 50001 entries; the limit is 50000.");
  }

  /** For more than 65,535 entries, only the zip64 end record has their number. */
  @Test
  void where_more_entries_are_allowed_more_than_sixteen_bits_can_count_are_unpacked()
      throws IOException {
    int entries = 66_000;
    TestZip zip = TestZip.of().lie(z -> z.zip64 = true);
    for (int i = 0; i < entries; i++) {
      zip.file("folder" + i % 200 + "/file" + i, "", e -> e.stored());
    }

    UnpackSummary tree =
        TestUnpack.unpack(TestZip.archive(zip.bytes()), staging, new UnpackLimits(1, entries));

    assertThat(tree).isEqualTo(new UnpackSummary(entries, entries, 0, 0));
    assertThat(staging.toFile().list()).hasSize(200);
    assertThat(staging.resolve("folder199").toFile().list()).hasSize(entries / 200);
  }

  @Test
  void an_entry_of_five_gibibytes_is_checked_in_constant_memory() {
    long size = 5L << 30;
    ArchiveBytes archive = zeros(size);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();

    UnpackSummary tree = TestUnpack.check(archive, new UnpackLimits(size, 10));

    // One megabyte for each 2 GB: a few views of a buffer for each piece, never the pieces.
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(16 << 20);
    assertThat(tree).isEqualTo(new UnpackSummary(1, 1, size, 0));
  }

  @Test
  void one_byte_over_the_limit_is_refused_before_an_entry_is_read() {
    ParException refused =
        catchThrowableOfType(
            ParException.class,
            () -> TestUnpack.check(zeros(5L << 30), new UnpackLimits((5L << 30) - 1, 10)));

    assertThat(refused)
        .hasMessageContaining("over the limit of 5368709119 unpacked bytes (0 before it)");
  }

  @Test
  void an_entry_of_two_gibibytes_is_unpacked() throws IOException {
    assumeTrue(Soak.isOn(), "writes two gibibytes: only with -Dpar.soak=true");
    long size = 2L << 30;
    assumeTrue(Files.getFileStore(staging).getUsableSpace() > 3 * size, "the disk has no room");

    TestUnpack.unpack(zeros(size), staging, new UnpackLimits(size, 10));

    assertThat(staging.resolve("zeros").toFile()).hasSize(size);
  }

  /** A zip64 archive with one stored file of zeros. */
  private static ArchiveBytes zeros(long size) {
    long crc = crcOfZeros(size);
    byte[] name = TestZip.utf8("zeros");
    byte[] local =
        new TestZip.Out()
            .u4(0x04034b50)
            .u2(45)
            .u2(0)
            .u2(0)
            .u4(0)
            .u4(crc)
            .u4(TestZip.SENTINEL)
            .u4(TestZip.SENTINEL)
            .u2(name.length)
            .u2(20)
            .raw(name)
            .raw(TestZip.extra(1, new TestZip.Out().u8(size).u8(size).bytes()))
            .bytes();
    byte[] wide = TestZip.extra(1, new TestZip.Out().u8(size).u8(size).bytes());
    byte[] central =
        new TestZip.Out()
            .u4(0x02014b50)
            .u2(TestZip.UNIX)
            .u2(45)
            .u2(0)
            .u2(0)
            .u4(0)
            .u4(crc)
            .u4(TestZip.SENTINEL)
            .u4(TestZip.SENTINEL)
            .u2(name.length)
            .u2(wide.length)
            .u2(0)
            .u2(0)
            .u2(0)
            .u4(0100644L << 16)
            .u4(0)
            .raw(name)
            .raw(wide)
            .bytes();
    long directory = local.length + size;
    byte[] tail =
        new TestZip.Out()
            .raw(central)
            .u4(0x06064b50)
            .u8(44)
            .u2(45)
            .u2(45)
            .u4(0)
            .u4(0)
            .u8(1)
            .u8(1)
            .u8(central.length)
            .u8(directory)
            .u4(0x07064b50)
            .u4(0)
            .u8(directory + central.length)
            .u4(1)
            .u4(0x06054b50)
            .u2(0)
            .u2(0)
            .u2(1)
            .u2(1)
            .u4(central.length)
            .u4(TestZip.SENTINEL)
            .u2(0)
            .bytes();
    return new ArchiveBytes() {
      private final byte[] none = new byte[EntryReader.BUFFER];

      @Override
      public long size() {
        return directory + tail.length;
      }

      @Override
      public void readFully(long position, ByteBuffer target) {
        long at = position;
        while (target.hasRemaining()) {
          int length;
          if (at < local.length) {
            length = (int) Math.min(target.remaining(), local.length - at);
            target.put(local, (int) at, length);
          } else if (at < directory) {
            length = (int) Math.min(target.remaining(), Math.min(none.length, directory - at));
            target.put(none, 0, length);
          } else {
            length = target.remaining();
            target.put(tail, (int) (at - directory), length);
          }
          at += length;
        }
      }
    };
  }

  private static long crcOfZeros(long size) {
    CRC32 crc = new CRC32();
    byte[] zeros = new byte[1 << 20];
    for (long done = 0; done < size; done += zeros.length) {
      crc.update(zeros);
    }
    return crc.getValue();
  }
}
