package global.pixell.par.internal.download.checksum;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.zip.Checksum;

/**
 * CRC-64/NVME, the checksum that S3 gives every new object. Processes eight bytes in each step
 * (slicing-by-8).
 *
 * <p>Polynomial 0xAD93D23594C93659 reflected, all ones in and out; the check value of {@code
 * 123456789} is 0xAE8B14860A799888 (NVM Express command set specification, and the catalogue of
 * parametrised CRC algorithms). Not thread-safe.
 */
final class Crc64Nvme implements Checksum {

  private static final long POLYNOMIAL = 0x9A6C9329AC4BC9B5L;
  private static final int SLICES = 8;
  private static final long[][] TABLE = tables();
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private long crc = -1;

  private static long[][] tables() {
    long[][] tables = new long[SLICES][256];
    for (int b = 0; b < 256; b++) {
      long crc = b;
      for (int bit = 0; bit < Byte.SIZE; bit++) {
        crc = (crc >>> 1) ^ ((crc & 1) == 0 ? 0 : POLYNOMIAL);
      }
      tables[0][b] = crc;
    }
    for (int slice = 1; slice < SLICES; slice++) {
      for (int b = 0; b < 256; b++) {
        long before = tables[slice - 1][b];
        tables[slice][b] = (before >>> 8) ^ tables[0][(int) (before & 0xff)];
      }
    }
    return tables;
  }

  @Override
  public void update(int b) {
    crc = (crc >>> 8) ^ TABLE[0][(int) ((crc ^ b) & 0xff)];
  }

  @Override
  public void update(byte[] bytes, int offset, int length) {
    int at = offset;
    int end = offset + length;
    crc = eights(crc, bytes, at, end);
    for (at = end - length % Long.BYTES; at < end; at++) {
      update(bytes[at]);
    }
  }

  private static long eights(long start, byte[] bytes, int from, int end) {
    long crc = start;
    for (int at = from; at <= end - Long.BYTES; at += Long.BYTES) {
      long x = crc ^ (long) LONGS.get(bytes, at);
      crc =
          TABLE[7][(int) x & 0xff]
              ^ TABLE[6][(int) (x >>> 8) & 0xff]
              ^ TABLE[5][(int) (x >>> 16) & 0xff]
              ^ TABLE[4][(int) (x >>> 24) & 0xff]
              ^ TABLE[3][(int) (x >>> 32) & 0xff]
              ^ TABLE[2][(int) (x >>> 40) & 0xff]
              ^ TABLE[1][(int) (x >>> 48) & 0xff]
              ^ TABLE[0][(int) (x >>> 56)];
    }
    return crc;
  }

  @Override
  public long getValue() {
    return ~crc;
  }

  @Override
  public void reset() {
    crc = -1;
  }
}
