package global.pixell.par.testkit.internal.s3.model;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.zip.Checksum;

/**
 * CRC-64/NVME, which S3 computes for uploads without a checksum; eight bytes at a time. This is not
 * par-core's implementation, because no test would detect an error that both sides share.
 */
final class Crc64Nvme implements Checksum {

  private static final long REFLECTED_POLYNOMIAL = 0x9A6C9329AC4BC9B5L;
  private static final long[][] TABLES = tables();
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private long crc = -1;

  private static long[][] tables() {
    var tables = new long[Long.BYTES][256];
    for (int i = 0; i < 256; i++) {
      long crc = i;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) == 0 ? crc >>> 1 : (crc >>> 1) ^ REFLECTED_POLYNOMIAL;
      }
      tables[0][i] = crc;
    }
    for (int slice = 1; slice < Long.BYTES; slice++) {
      for (int i = 0; i < 256; i++) {
        long before = tables[slice - 1][i];
        tables[slice][i] = (before >>> 8) ^ tables[0][(int) (before & 0xff)];
      }
    }
    return tables;
  }

  @Override
  public void update(int b) {
    crc = (crc >>> 8) ^ TABLES[0][(int) ((crc ^ b) & 0xff)];
  }

  @Override
  public void update(byte[] bytes, int offset, int length) {
    int at = offset;
    int end = offset + length;
    long c = crc;
    for (; at <= end - Long.BYTES; at += Long.BYTES) {
      c ^= (long) LONG.get(bytes, at);
      c =
          TABLES[7][(int) (c & 0xff)]
              ^ TABLES[6][(int) ((c >>> 8) & 0xff)]
              ^ TABLES[5][(int) ((c >>> 16) & 0xff)]
              ^ TABLES[4][(int) ((c >>> 24) & 0xff)]
              ^ TABLES[3][(int) ((c >>> 32) & 0xff)]
              ^ TABLES[2][(int) ((c >>> 40) & 0xff)]
              ^ TABLES[1][(int) ((c >>> 48) & 0xff)]
              ^ TABLES[0][(int) (c >>> 56)];
    }
    crc = c;
    for (; at < end; at++) {
      update(bytes[at]);
    }
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
