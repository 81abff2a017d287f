package global.pixell.par.internal.archive;

import global.pixell.par.ParException;
import global.pixell.par.internal.io.ArchiveBytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Reads entries and compares header and descriptor with the directory, and sizes and CRC with the
 * content. Uses two buffers of at most {@value #BUFFER} bytes. For one thread.
 */
public final class EntryReader implements AutoCloseable {

  /** Most files fit into one read and one write, and the buffers into a core's cache. */
  public static final int BUFFER = 256 << 10;

  private final ZipDirectory directory;
  private final ArchiveBytes archive;

  // Direct buffers, so that neither channel nor inflater has to copy them.
  private final ByteBuffer window;
  private final ByteBuffer out;
  private final Inflater inflater = new Inflater(true);
  private final CRC32 crc = new CRC32();

  private long windowStart;
  private int windowLength;
  private long readAhead;

  EntryReader(ZipDirectory directory) {
    this.directory = directory;
    this.archive = directory.archive();
    this.window =
        ByteBuffer.allocateDirect((int) Math.min(BUFFER, archive.size()))
            .order(ByteOrder.LITTLE_ENDIAN);
    this.out = ByteBuffer.allocateDirect((int) Math.min(BUFFER, directory.largest() + 1));
  }

  /** Reads the next entries together with the first, up to this position. */
  void readAheadTo(long position) {
    readAhead = position;
  }

  /** Whether {@link #whole} can read the entry. */
  boolean fitsWhole(int index) {
    ZipMember member = directory.members().get(index);
    return member.size() < out.capacity()
        && (member.method() == ZipMember.DEFLATED
            || directory.endOf(index) - member.offset() <= window.capacity());
  }

  /**
   * The content of a small entry, with all checks.
   *
   * @return valid until the next call
   * @throws ParException as {@link #stream}
   */
  ByteBuffer whole(int index) {
    ZipMember member = directory.members().get(index);
    long end = directory.endOf(index);
    long data = checkHeader(member, end);
    if (member.method() == ZipMember.DEFLATED) {
      inflate(member, data, null);
      checkDescriptor(member, data, end);
      return out;
    }
    // Read together with the descriptor, whose check would otherwise move the window.
    ByteBuffer rest = at(data, (int) (end - data), end);
    ByteBuffer content = rest.slice(rest.position(), (int) member.size());
    crc.reset();
    crc.update(content);
    checkCrc(member);
    checkDescriptor(member, data, end);
    return content.rewind();
  }

  /**
   * Passes the content of an entry to a sink in pieces. All of it is verified only when the method
   * returns.
   *
   * @param sink receives each piece, which is valid during the call
   * @throws ParException of kind {@code BAD_PACKAGE} if the entry is damaged or contradicts the
   *     directory, {@code DISK} or {@code CANCELLED} if it cannot be read, and whatever the sink
   *     throws
   */
  void stream(int index, Consumer<ByteBuffer> sink) {
    ZipMember member = directory.members().get(index);
    long end = directory.endOf(index);
    long data = checkHeader(member, end);
    if (member.method() == ZipMember.DEFLATED) {
      inflate(member, data, sink);
    } else {
      copy(member, data, sink);
    }
    checkDescriptor(member, data, end);
  }

  @Override
  public void close() {
    inflater.end();
  }

  /** Checks the header; the position of the data. */
  private long checkHeader(ZipMember member, long end) {
    long available = end - member.offset();
    ByteBuffer fixed = at(member.offset(), LocalHeader.LENGTH, end);
    int length = LocalHeader.length(member, fixed);
    int nameLength = LocalHeader.nameLength(fixed);
    if (nameLength != member.name().byteLength()) {
      // First, because with another length of the name the rest of the header is elsewhere, too.
      int shown = (int) Math.min(available, LocalHeader.LENGTH + (long) nameLength);
      LocalHeader.checkName(member, at(member.offset(), shown, end));
    }
    long rest = available - length - member.compressedSize();
    if (rest < 0) {
      throw ArchiveErrors.damaged(
          member.written(),
          "with its header of "
              + length
              + " bytes overlaps what follows at "
              + end
              + "; entries may not share bytes.");
    }
    boolean stated = LocalHeader.check(member, at(member.offset(), length, end));
    LocalHeader.checkRest(member, rest, stated);
    return member.offset() + length;
  }

  private void checkDescriptor(ZipMember member, long data, long end) {
    if (member.hasDescriptor()) {
      long position = data + member.compressedSize();
      int length = (int) (end - position);
      if (length > 0) {
        LocalHeader.checkDescriptor(member, at(position, length, end), length);
      }
    }
  }

  private void checkCrc(ZipMember member) {
    if (crc.getValue() != member.crc()) {
      throw ArchiveErrors.damaged(
          member.written(),
          String.format(
              "has the CRC %08x instead of %08x; its content was changed.",
              crc.getValue(), member.crc()));
    }
  }

  private void copy(ZipMember member, long data, Consumer<ByteBuffer> sink) {
    crc.reset();
    long done = 0;
    while (done < member.size()) {
      long remaining = member.size() - done;
      ByteBuffer input = at(data + done, 1, data + member.size());
      int length = (int) Math.min(remaining, input.remaining());
      ByteBuffer piece = input.slice(input.position(), length);
      crc.update(piece);
      sink.accept(piece.rewind());
      done += length;
    }
    checkCrc(member);
  }

  /** Without a sink the content stays in {@link #out}, which must be larger than it. */
  private void inflate(ZipMember member, long data, @Nullable Consumer<ByteBuffer> sink) {
    inflater.reset();
    crc.reset();
    out.clear();
    long fed = feed(member, data, 0);
    while (!inflater.finished()) {
      inflateSome(member);
      if (inflater.getBytesWritten() > member.size()) {
        throw ArchiveErrors.damaged(
            member.written(),
            "has more than the " + member.size() + " bytes that the directory announces.");
      }
      if (!out.hasRemaining() && sink != null) {
        // The inflater may have more output although it has consumed all of its input.
        flush(sink);
        out.clear();
      } else if (!inflater.finished() && inflater.needsInput()) {
        fed += feed(member, data, fed);
      }
    }
    if (inflater.getBytesRead() != member.compressedSize()) {
      throw ArchiveErrors.damaged(
          member.written(),
          "has "
              + (member.compressedSize() - inflater.getBytesRead())
              + " bytes after the end of its compressed data; nothing may be hidden.");
    }
    if (inflater.getBytesWritten() != member.size()) {
      throw ArchiveErrors.damaged(
          member.written(),
          "has "
              + inflater.getBytesWritten()
              + " bytes; the directory announces "
              + member.size()
              + ".");
    }
    if (sink != null) {
      flush(sink);
    } else {
      crc.update(out.flip());
      out.rewind();
    }
    checkCrc(member);
  }

  private int feed(ZipMember member, long data, long fed) {
    long remaining = member.compressedSize() - fed;
    if (remaining == 0) {
      throw ArchiveErrors.damaged(
          member.written(),
          "has compressed data that end early, after "
              + inflater.getBytesWritten()
              + " of "
              + member.size()
              + " bytes.");
    }
    ByteBuffer input = at(data + fed, 1, data + member.compressedSize());
    int length = (int) Math.min(remaining, input.remaining());
    inflater.setInput(input.slice(input.position(), length));
    return length;
  }

  private void inflateSome(ZipMember member) {
    try {
      int count = inflater.inflate(out);
      if (count == 0 && !inflater.finished() && !inflater.needsInput()) {
        throw ArchiveErrors.damaged(
            member.written(), "has compressed data that ask for a dictionary.");
      }
    } catch (DataFormatException e) {
      throw new ParException(
          ParException.Kind.BAD_PACKAGE,
          "The package is refused: entry "
              + ArchiveErrors.quoted(member.written())
              + " has compressed data that cannot be read: "
              + e.getMessage()
              + ".",
          "Build and publish the package again; the archive is damaged or forged.",
          e);
    }
  }

  private void flush(Consumer<ByteBuffer> sink) {
    out.flip();
    if (out.hasRemaining()) {
      crc.update(out);
      sink.accept(out.rewind());
    }
  }

  /**
   * The bytes of the archive at a position.
   *
   * @param end the end of the range that may be read at once, unless the read-ahead goes further
   */
  private ByteBuffer at(long position, int min, long end) {
    long offset = position - windowStart;
    if (offset < 0 || offset + min > windowLength) {
      int wanted = (int) Math.min(window.capacity(), Math.max(end, readAhead) - position);
      windowLength = 0;
      window.clear().limit(wanted);
      ArchiveReads.fill(archive, position, window);
      windowStart = position;
      windowLength = wanted;
      offset = 0;
    }
    return window.limit(windowLength).position((int) offset);
  }
}
