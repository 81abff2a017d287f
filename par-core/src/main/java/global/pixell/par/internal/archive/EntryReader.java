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
 * Reads entries: header, data, descriptor, each held against the directory, sizes and CRC against
 * the content. Holds two buffers of at most {@value #BUFFER} bytes whatever the archive is, and is
 * for one thread.
 */
public final class EntryReader implements AutoCloseable {

  /** Large enough that most files are one read and one write, small enough for a core's cache. */
  public static final int BUFFER = 256 << 10;

  private final ZipDirectory directory;
  private final ArchiveBytes archive;

  // Outside the heap, so that neither channel nor inflater copies them once more.
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

  /** Lets the next entries be read together with the first, up to this position. */
  void readAheadTo(long position) {
    readAhead = position;
  }

  /** Whether {@link #whole} can take the entry. */
  boolean fitsWhole(int index) {
    ZipMember member = directory.members().get(index);
    return member.size() < out.capacity()
        && (member.method() == ZipMember.DEFLATED
            || directory.endOf(index) - member.offset() <= window.capacity());
  }

  /**
   * The content of a small entry, everything about it checked.
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
    // The descriptor comes along, so that checking it does not move the window off the content.
    ByteBuffer rest = at(data, (int) (end - data), end);
    ByteBuffer content = rest.slice(rest.position(), (int) member.size());
    crc.reset();
    crc.update(content);
    checkCrc(member);
    checkDescriptor(member, data, end);
    return content.rewind();
  }

  /**
   * Hands on the content of an entry in pieces. That all of it is right is known only when the
   * method returns.
   *
   * @param sink gets each piece, valid during the call
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

  /** Where the data begin. */
  private long checkHeader(ZipMember member, long end) {
    long room = end - member.offset();
    ByteBuffer fixed = at(member.offset(), LocalHeader.LENGTH, end);
    int length = LocalHeader.length(member, fixed);
    int nameLength = LocalHeader.nameLength(fixed);
    if (nameLength != member.name().byteLength()) {
      // Before anything else, because with another name the rest of the header is elsewhere too.
      int shown = (int) Math.min(room, LocalHeader.LENGTH + (long) nameLength);
      LocalHeader.checkName(member, at(member.offset(), shown, end));
    }
    long rest = room - length - member.compressedSize();
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
      long left = member.size() - done;
      ByteBuffer input = at(data + done, 1, data + member.size());
      int length = (int) Math.min(left, input.remaining());
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
        // The inflater may still owe output although it has taken all of its input.
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
    long left = member.compressedSize() - fed;
    if (left == 0) {
      throw ArchiveErrors.damaged(
          member.written(),
          "has compressed data that end early, after "
              + inflater.getBytesWritten()
              + " of "
              + member.size()
              + " bytes.");
    }
    ByteBuffer input = at(data + fed, 1, data + member.compressedSize());
    int length = (int) Math.min(left, input.remaining());
    inflater.setInput(input.slice(input.position(), length));
    return length;
  }

  private void inflateSome(ZipMember member) {
    try {
      int made = inflater.inflate(out);
      if (made == 0 && !inflater.finished() && !inflater.needsInput()) {
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
   * The archive at a position, at least so many bytes of it.
   *
   * @param end as far as it may be read at once, if no read-ahead goes further
   */
  private ByteBuffer at(long position, int least, long end) {
    long offset = position - windowStart;
    if (offset < 0 || offset + least > windowLength) {
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
