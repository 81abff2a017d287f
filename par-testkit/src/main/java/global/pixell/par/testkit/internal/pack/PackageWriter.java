package global.pixell.par.testkit.internal.pack;

import global.pixell.par.testkit.internal.io.FileModes;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.NavigableMap;

/** Writes the files of a package into a zip file. */
final class PackageWriter {

  private final NavigableMap<String, Path> files;
  private final SizeLimits limits;
  private final PackageFolder.Progress progress;
  private final long totalBytes;
  private long packedBytes;

  /**
   * Writes nothing yet.
   *
   * @param files the files by name; those at the time of {@link #write} count
   * @param totalBytes the bytes of all files, for the progress
   */
  PackageWriter(
      NavigableMap<String, Path> files,
      SizeLimits limits,
      PackageFolder.Progress progress,
      long totalBytes) {
    this.files = files;
    this.limits = limits;
    this.progress = progress;
    this.totalBytes = totalBytes;
  }

  /** Writes the package; replaces what the file contains. */
  void write(Path file) throws IOException {
    packedBytes = 0;
    try (var out = new PackageFile(file)) {
      write(new ZipWriter(out));
    }
  }

  private void write(ZipWriter zip) throws IOException {
    for (var entry : files.entrySet()) {
      Path file = entry.getValue();
      int mode = FileModes.ownerMayRun(file) ? ZipWriter.EXECUTABLE : ZipWriter.FILE;
      try (InputStream in = new Counted(Files.newInputStream(file))) {
        zip.add(entry.getKey(), in, mode);
      }
    }
    zip.finish();
  }

  /** Reports what is read. */
  private final class Counted extends FilterInputStream {
    Counted(InputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int count = super.read(bytes, offset, length);
      packedBytes += Math.max(0, count);
      progress.packed(packedBytes, Math.max(totalBytes, packedBytes));
      return count;
    }
  }

  /** Stops as soon as the package is larger than PAR's download limit. */
  private final class PackageFile implements ZipWriter.Target, AutoCloseable {
    private final FileChannel channel;

    PackageFile(Path file) throws IOException {
      channel =
          FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
    }

    @Override
    public void write(byte[] bytes, int length) throws IOException {
      if (channel.position() + length > limits.limits().packageBytes()) {
        throw limits.fileTooLarge();
      }
      var buffer = ByteBuffer.wrap(bytes, 0, length);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    }

    @Override
    public void replace(long position, byte[] bytes) throws IOException {
      var buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer, position + buffer.position());
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
