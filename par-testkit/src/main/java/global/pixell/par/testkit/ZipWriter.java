package global.pixell.par.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Writes a zip as the common builder of packages does, the same bytes for the same entries: no
 * times, no owners, names in UTF-8, everything deflated. An entry is in memory while it is written.
 */
final class ZipWriter {

  static final int FILE = 0100644;
  static final int EXECUTABLE = 0100755;
  static final int DIRECTORY = 0040755;
  static final int SYMLINK = 0120777;

  private static final long MOST = 0xffff_fffeL;

  private final OutputStream out;
  private final LittleEndian directory = new LittleEndian();
  private long position;
  private int entries;

  ZipWriter(OutputStream out) {
    this.out = out;
  }

  void add(String name, byte[] content, int mode) throws IOException {
    add(name, content, mode, false);
  }

  /**
   * Writes an entry.
   *
   * @param wrongCrc whether its checksum is another's
   */
  void add(String name, byte[] content, int mode, boolean wrongCrc) throws IOException {
    byte[] packed = deflate(content);
    byte[] path = name.getBytes(StandardCharsets.UTF_8);
    var crc = new CRC32();
    crc.update(content);
    long sum = wrongCrc ? crc.getValue() ^ 1 : crc.getValue();
    var common = new LittleEndian();
    // Version 2.0, names in UTF-8, deflated, 1980-01-01.
    common.u2(20).u2(0x800).u2(8).u2(0).u2(0x21).u4(sum);
    common.u4(packed.length).u4(content.length).u2(path.length).u2(0);
    directory.u4(0x02014b50).u2(0x0314).bytes(common.toByteArray());
    directory.u2(0).u2(0).u2(0).u4((long) mode << 16).u4(position).bytes(path);
    write(new LittleEndian().u4(0x04034b50).bytes(common.toByteArray()).bytes(path).toByteArray());
    write(packed);
    entries++;
  }

  /** Writes the directory; the stream is flushed and left open. */
  void finish() throws IOException {
    long start = position;
    var end = new LittleEndian().bytes(directory.toByteArray());
    end.u4(0x06054b50).u2(0).u2(0).u2(entries).u2(entries);
    end.u4(directory.size()).u4(start).u2(0);
    write(end.toByteArray());
    out.flush();
  }

  private void write(byte[] bytes) throws IOException {
    out.write(bytes);
    position += bytes.length;
    if (position > MOST || entries > 0xfffe) {
      throw new IOException(
          "over 4 GiB or 65,534 files, which takes zip64; PAR's own limits are far below");
    }
  }

  private static byte[] deflate(byte[] content) {
    var deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    try {
      deflater.setInput(content);
      deflater.finish();
      var packed = new ByteArrayOutputStream();
      byte[] buffer = new byte[8192];
      while (!deflater.finished()) {
        packed.write(buffer, 0, deflater.deflate(buffer));
      }
      return packed.toByteArray();
    } finally {
      deflater.end();
    }
  }

  /** Numbers as zip writes them. */
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
