package global.pixell.par.testkit.internal.s3.model;

import global.pixell.par.testkit.internal.io.BlockInputStream;
import global.pixell.par.testkit.internal.io.BoundedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The bytes of an object. Immutable and thread-safe. */
public interface Content {

  long size();

  /** Opens a range, which must lie within the content. The positions are in bytes. */
  InputStream open(long from, long length) throws IOException;

  default InputStream open() throws IOException {
    return open(0, size());
  }

  static Content of(byte[] bytes) {
    return new Content() {
      @Override
      public long size() {
        return bytes.length;
      }

      @Override
      public InputStream open(long from, long length) {
        return new ByteArrayInputStream(bytes, (int) from, (int) length);
      }
    };
  }

  /** The content of a file that does not change. */
  static Content of(Path file, long size) {
    return new Content() {
      @Override
      public long size() {
        return size;
      }

      @Override
      public InputStream open(long from, long length) throws IOException {
        InputStream in = Files.newInputStream(file);
        in.skipNBytes(from);
        return new BoundedInputStream(in, length);
      }
    };
  }

  /**
   * The content of an open file, which may already be deleted. It is readable until the channel is
   * closed.
   */
  static Content of(FileChannel file, long size) {
    return new Content() {
      @Override
      public long size() {
        return size;
      }

      @Override
      public InputStream open(long from, long length) {
        return new AtPosition(file, from, from + length);
      }
    };
  }

  /** The concatenation of parts. */
  static Content join(List<Content> parts) {
    long size = parts.stream().mapToLong(Content::size).sum();
    return new Content() {
      @Override
      public long size() {
        return size;
      }

      @Override
      public InputStream open(long from, long length) throws IOException {
        var streams = new ArrayList<InputStream>();
        long at = 0;
        for (Content part : parts) {
          long first = Math.max(from, at);
          long end = Math.min(from + length, at + part.size());
          if (first < end) {
            streams.add(part.open(first - at, end - first));
          }
          at += part.size();
        }
        return new SequenceInputStream(Collections.enumeration(streams));
      }
    };
  }

  /** A range of this content, as a content. */
  default Content slice(long offset, long size) {
    Content whole = this;
    return new Content() {
      @Override
      public long size() {
        return size;
      }

      @Override
      public InputStream open(long from, long length) throws IOException {
        return whole.open(offset + from, length);
      }
    };
  }

  /** Reads a channel without changing its position. */
  final class AtPosition extends BlockInputStream {
    private final FileChannel file;
    private final long end;
    private long at;

    private AtPosition(FileChannel file, long at, long end) {
      this.file = file;
      this.at = at;
      this.end = end;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (at >= end) {
        return -1;
      }
      int n = file.read(ByteBuffer.wrap(bytes, offset, (int) Math.min(length, end - at)), at);
      at += Math.max(n, 0);
      return n;
    }
  }
}
