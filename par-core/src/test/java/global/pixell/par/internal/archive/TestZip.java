package global.pixell.par.internal.archive;

import global.pixell.par.internal.io.ArchiveBytes;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/**
 * Writes zip archives byte by byte, with a false value in each field for which a test sets one. All
 * other fields are correct.
 */
public final class TestZip {

  /** The forms of a data descriptor that real tools write. */
  enum Descriptor {
    NONE,
    PLAIN,
    SIGNED,
    PLAIN_64,
    SIGNED_64
  }

  static final int UNIX = 3 << 8 | 20;
  static final int DOS = 20;
  static final long SENTINEL = 0xffff_ffffL;

  /** One entry; null stands for the correct value. */
  public static final class Entry {
    public byte[] name;
    public byte[] content;
    public byte @Nullable [] data;
    public int method = 8;
    int flags;
    int madeBy = UNIX;
    long external;
    Descriptor descriptor = Descriptor.NONE;
    public boolean centralZip64;
    boolean localZip64;
    byte[] centralExtra = {};
    byte[] localExtra = {};
    byte[] comment = {};
    byte[] gapAfter = {};
    int disk;
    public boolean noLocal;
    boolean noCentral;
    byte @Nullable [] localName;
    public @Nullable Integer localMethod;
    public @Nullable Integer localFlags;
    public @Nullable Long localCrc;
    public @Nullable Long localSize;
    public @Nullable Long localCompressed;
    public @Nullable Integer localSignature;
    public @Nullable Long crc;
    public @Nullable Long size;
    public @Nullable Long compressed;
    public @Nullable Long offset;
    public @Nullable Long descriptorCrc;
    public @Nullable Long descriptorSize;
    public @Nullable Long descriptorCompressed;
    byte @Nullable [] rawDescriptor;

    Entry(byte[] name, byte[] content) {
      this.name = name;
      this.content = content;
    }

    public Entry mode(int mode) {
      external = (long) mode << 16;
      return this;
    }

    public Entry stored() {
      method = 0;
      return this;
    }
  }

  private final List<Entry> entries = new ArrayList<>();
  byte[] prefix = {};
  byte[] beforeDirectory = {};
  byte[] afterDirectory = {};
  byte[] suffix = {};
  byte[] comment = {};
  public boolean zip64;
  public @Nullable Integer commentLength;
  public @Nullable Long count;
  public @Nullable Long countHere;
  public @Nullable Long directorySize;
  public @Nullable Long directoryOffset;
  int disk;
  int directoryDisk;
  int disks = 1;
  boolean plainEndBesideZip64;
  public @Nullable Long locatorOffset;
  public @Nullable Long zip64Length;

  public static TestZip of() {
    return new TestZip();
  }

  public TestZip file(String name, String content) {
    return file(name, content, e -> {});
  }

  public TestZip file(String name, String content, Consumer<Entry> lies) {
    return file(utf8(name), utf8(content), lies);
  }

  public TestZip file(byte[] name, byte[] content, Consumer<Entry> lies) {
    Entry entry = new Entry(name, content).mode(0100644);
    lies.accept(entry);
    entries.add(entry);
    return this;
  }

  public TestZip folder(String name) {
    return folder(name, e -> {});
  }

  TestZip folder(String name, Consumer<Entry> lies) {
    Entry entry = new Entry(utf8(name), new byte[0]).mode(0040755).stored();
    lies.accept(entry);
    entries.add(entry);
    return this;
  }

  public TestZip lie(Consumer<TestZip> lies) {
    lies.accept(this);
    return this;
  }

  public static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static byte[] deflate(byte[] content) {
    Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    deflater.setInput(content);
    deflater.finish();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] chunk = new byte[8192];
    while (!deflater.finished()) {
      out.write(chunk, 0, deflater.deflate(chunk));
    }
    deflater.end();
    return out.toByteArray();
  }

  static byte[] extra(int id, byte[] data) {
    return new Out().u2(id).u2(data.length).raw(data).bytes();
  }

  public byte[] bytes() {
    Out out = new Out().raw(prefix);
    Out central = new Out();
    int written = 0;
    for (Entry e : entries) {
      byte[] data = e.data != null ? e.data : e.method == 8 ? deflate(e.content) : e.content;
      CRC32 crc32 = new CRC32();
      crc32.update(e.content);
      long crc = e.crc != null ? e.crc : crc32.getValue();
      long size = e.size != null ? e.size : e.content.length;
      long compressed = e.compressed != null ? e.compressed : data.length;
      long offset = e.offset != null ? e.offset : out.length();
      boolean follows = e.descriptor != Descriptor.NONE;
      int flags = e.flags | (follows ? 8 : 0);
      if (!e.noLocal) {
        long localSize = e.localSize != null ? e.localSize : follows ? 0 : size;
        long localCompressed =
            e.localCompressed != null ? e.localCompressed : follows ? 0 : compressed;
        byte[] localExtra = e.localExtra;
        if (e.localZip64) {
          byte[] wide = new Out().u8(localSize).u8(localCompressed).bytes();
          localExtra = new Out().raw(extra(1, wide)).raw(localExtra).bytes();
        }
        byte[] localName = e.localName != null ? e.localName : e.name;
        out.u4(e.localSignature != null ? e.localSignature : 0x04034b50)
            .u2(e.localZip64 ? 45 : 20)
            .u2(e.localFlags != null ? e.localFlags : flags)
            .u2(e.localMethod != null ? e.localMethod : e.method)
            .u4(0x5a210000)
            .u4(e.localCrc != null ? e.localCrc : follows ? 0 : crc)
            .u4(e.localZip64 ? SENTINEL : localCompressed)
            .u4(e.localZip64 ? SENTINEL : localSize)
            .u2(localName.length)
            .u2(localExtra.length)
            .raw(localName)
            .raw(localExtra)
            .raw(data);
        descriptor(out, e, crc, compressed, size);
        out.raw(e.gapAfter);
      }
      if (e.noCentral) {
        continue;
      }
      byte[] centralExtra = e.centralExtra;
      if (e.centralZip64) {
        byte[] wide = new Out().u8(size).u8(compressed).u8(offset).bytes();
        centralExtra = new Out().raw(extra(1, wide)).raw(centralExtra).bytes();
      }
      central
          .u4(0x02014b50)
          .u2(e.madeBy)
          .u2(e.centralZip64 ? 45 : 20)
          .u2(flags)
          .u2(e.method)
          .u4(0x5a210000)
          .u4(crc)
          .u4(e.centralZip64 ? SENTINEL : compressed)
          .u4(e.centralZip64 ? SENTINEL : size)
          .u2(e.name.length)
          .u2(centralExtra.length)
          .u2(e.comment.length)
          .u2(e.disk)
          .u2(0)
          .u4(e.external)
          .u4(e.centralZip64 ? SENTINEL : offset)
          .raw(e.name)
          .raw(centralExtra)
          .raw(e.comment);
      written++;
    }
    out.raw(beforeDirectory);
    long realOffset = out.length();
    out.raw(central.bytes()).raw(afterDirectory);
    long entryCount = count != null ? count : written;
    long countOnDisk = countHere != null ? countHere : entryCount;
    long dirSize = directorySize != null ? directorySize : central.length();
    long dirOffset = directoryOffset != null ? directoryOffset : realOffset;
    if (zip64) {
      long position = out.length();
      out.u4(0x06064b50)
          .u8(zip64Length != null ? zip64Length : 44)
          .u2(45)
          .u2(45)
          .u4(disk)
          .u4(directoryDisk)
          .u8(countOnDisk)
          .u8(entryCount)
          .u8(dirSize)
          .u8(dirOffset);
      out.u4(0x07064b50).u4(0).u8(locatorOffset != null ? locatorOffset : position).u4(disks);
    }
    boolean hide = zip64 && !plainEndBesideZip64;
    out.u4(0x06054b50)
        .u2(hide ? 0xffff : disk)
        .u2(hide ? 0xffff : directoryDisk)
        .u2(hide ? 0xffff : countOnDisk)
        .u2(hide ? 0xffff : entryCount)
        .u4(hide ? SENTINEL : dirSize)
        .u4(hide ? SENTINEL : dirOffset)
        .u2(commentLength != null ? commentLength : comment.length)
        .raw(comment)
        .raw(suffix);
    return out.bytes();
  }

  private static void descriptor(Out out, Entry e, long crc, long compressed, long size) {
    if (e.rawDescriptor != null) {
      out.raw(e.rawDescriptor);
      return;
    }
    if (e.descriptor == Descriptor.NONE) {
      return;
    }
    if (e.descriptor == Descriptor.SIGNED || e.descriptor == Descriptor.SIGNED_64) {
      out.u4(0x08074b50);
    }
    out.u4(e.descriptorCrc != null ? e.descriptorCrc : crc);
    long c = e.descriptorCompressed != null ? e.descriptorCompressed : compressed;
    long s = e.descriptorSize != null ? e.descriptorSize : size;
    if (e.descriptor == Descriptor.PLAIN_64 || e.descriptor == Descriptor.SIGNED_64) {
      out.u8(c).u8(s);
    } else {
      out.u4(c).u4(s);
    }
  }

  /** The bytes as an archive that is complete. */
  public ArchiveBytes archive() {
    return archive(bytes());
  }

  public static ArchiveBytes archive(byte[] bytes) {
    return new ArchiveBytes() {
      @Override
      public long size() {
        return bytes.length;
      }

      @Override
      public void readFully(long position, ByteBuffer target) throws java.io.IOException {
        if (position < 0 || position + target.remaining() > bytes.length) {
          throw new java.io.EOFException("past the end at " + position);
        }
        target.put(bytes, (int) position, target.remaining());
      }
    };
  }

  /** Little-endian numbers into bytes. */
  static final class Out {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Out u2(long value) {
      return number(value, 2);
    }

    Out u4(long value) {
      return number(value, 4);
    }

    Out u8(long value) {
      return number(value, 8);
    }

    Out raw(byte[] bytes) {
      out.writeBytes(bytes);
      return this;
    }

    private Out number(long value, int length) {
      byte[] eight = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
      out.write(eight, 0, length);
      return this;
    }

    int length() {
      return out.size();
    }

    byte[] bytes() {
      return out.toByteArray();
    }
  }
}
