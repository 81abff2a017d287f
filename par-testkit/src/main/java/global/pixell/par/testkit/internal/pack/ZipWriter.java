package global.pixell.par.testkit.internal.pack;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Writes a zip that has the same bytes for the same entries: no times, no owners, names in UTF-8,
 * all entries deflated. It streams the content and then writes an entry's sizes into its header,
 * because streaming readers need them there.
 */
public final class ZipWriter {

  public static final int FILE = 0100644;
  public static final int EXECUTABLE = 0100755;
  public static final int DIRECTORY = 0040755;
  public static final int SYMLINK = 0120777;

  private static final long MOST = 0xffff_fffeL;
  private static final int BUFFER = 1 << 16;

  /** The number of bytes that a local header and a directory record share. */
  private static final int COMMON = 26;

  /** The output. The writer appends, and overwrites only the header of the last entry. */
  interface Target {
    void write(byte[] bytes, int length) throws IOException;

    void replace(long position, byte[] bytes) throws IOException;
  }

  /** A zip in memory. */
  public static final class Memory extends ByteArrayOutputStream implements Target {
    @Override
    public void write(byte[] bytes, int length) {
      write(bytes, 0, length);
    }

    @Override
    public void replace(long position, byte[] bytes) {
      System.arraycopy(bytes, 0, buf, Math.toIntExact(position), bytes.length);
    }
  }

  private final Target target;
  private final LittleEndian directory = new LittleEndian();
  private final byte[] read = new byte[BUFFER];
  private final byte[] deflated = new byte[BUFFER];
  private long position;
  private int entries;

  public ZipWriter(Target target) {
    this.target = target;
  }

  public void add(String name, InputStream content, int mode) throws IOException {
    add(name, content, mode, false);
  }

  /**
   * Writes an entry.
   *
   * @param content read to its end, not closed
   * @param wrongCrc whether to write a wrong checksum on purpose
   */
  public void add(String name, InputStream content, int mode, boolean wrongCrc) throws IOException {
    byte[] path = name.getBytes(StandardCharsets.UTF_8);
    long start = position;
    write(localHeader(new byte[COMMON], path));
    long data = position;
    var crc = new CRC32();
    long size = deflate(content, crc);
    long sum = wrongCrc ? crc.getValue() ^ 1 : crc.getValue();
    var common = new LittleEndian();
    // Version 2.0, names in UTF-8, deflated, 1980-01-01.
    common.u2(20).u2(0x800).u2(8).u2(0).u2(0x21).u4(sum);
    common.u4(position - data).u4(size).u2(path.length).u2(0);
    target.replace(start, localHeader(common.toByteArray(), path));
    directory.u4(0x02014b50).u2(0x0314).bytes(common.toByteArray());
    directory.u2(0).u2(0).u2(0).u4((long) mode << 16).u4(start).bytes(path);
    entries++;
  }

  private static byte[] localHeader(byte[] common, byte[] path) {
    return new LittleEndian().u4(0x04034b50).bytes(common).bytes(path).toByteArray();
  }

  /**
   * The number of bytes that a content takes in a package, deflated and with its two headers, but
   * without its name.
   */
  static long sizeOf(byte[] content) {
    var deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    try {
      deflater.setInput(content);
      deflater.finish();
      var buffer = new byte[8192];
      long size = 76;
      while (!deflater.finished()) {
        size += deflater.deflate(buffer);
      }
      return size;
    } finally {
      deflater.end();
    }
  }

  /** Writes the directory. */
  public void finish() throws IOException {
    long start = position;
    var end = new LittleEndian().bytes(directory.toByteArray());
    end.u4(0x06054b50).u2(0).u2(0).u2(entries).u2(entries);
    end.u4(directory.size()).u4(start).u2(0);
    write(end.toByteArray());
  }

  private void write(byte[] bytes) throws IOException {
    write(bytes, bytes.length);
  }

  private void write(byte[] bytes, int length) throws IOException {
    target.write(bytes, length);
    position += length;
    requireZip32(position);
  }

  private void requireZip32(long bytes) throws IOException {
    if (bytes > MOST || entries > 0xfffe) {
      throw new IOException(
          "over 4 GiB or 65,534 files, which takes zip64; PAR's own limits are far below");
    }
  }

  /**
   * Returns the number of bytes. Reads whole buffers, because their boundaries can influence the
   * deflated bytes.
   */
  private long deflate(InputStream content, CRC32 crc) throws IOException {
    var deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    try {
      long size = 0;
      boolean ended = false;
      while (!deflater.finished()) {
        if (deflater.needsInput() && !ended) {
          int count = content.readNBytes(read, 0, read.length);
          crc.update(read, 0, count);
          deflater.setInput(read, 0, count);
          size += count;
          requireZip32(size);
          ended = count < read.length;
          if (ended) {
            deflater.finish();
          }
        }
        write(deflated, deflater.deflate(deflated));
      }
      return size;
    } finally {
      deflater.end();
    }
  }

  /** Little-endian numbers. */
  private static final class LittleEndian {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    LittleEndian u2(int value) {
      out.write(value);
      out.write(value >>> 8);
      return this;
    }

    LittleEndian u4(long value) {
      return u2((int) value).u2((int) (value >>> 16));
    }

    LittleEndian bytes(byte[] bytes) {
      out.writeBytes(bytes);
      return this;
    }

    int size() {
      return out.size();
    }

    byte[] toByteArray() {
      return out.toByteArray();
    }
  }
}
