package global.pixell.par.testkit.internal.s3.model;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;

/**
 * Stores bodies: small ones in memory, large ones in deleted temporary files, so that nothing
 * remains however the process ends. Thread-safe.
 */
public final class BodyStorage implements Closeable {

  private static final int IN_MEMORY = 1 << 20;
  private static final int BUFFER = 1 << 16;

  /** Weak references: a channel that no object uses is closed when it is collected. */
  private final Set<FileChannel> files =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  /** Gets every byte of a body. */
  interface Observer {
    void update(byte[] bytes, int offset, int length);
  }

  public Content store(InputStream in, Observer observer) throws IOException {
    var memory = new ByteArrayOutputStream();
    byte[] buffer = new byte[BUFFER];
    int n = in.read(buffer);
    for (; n >= 0 && memory.size() + n <= IN_MEMORY; n = in.read(buffer)) {
      observer.update(buffer, 0, n);
      memory.write(buffer, 0, n);
    }
    if (n < 0) {
      return Content.of(memory.toByteArray());
    }
    FileChannel file = nameless();
    try {
      write(file, memory.toByteArray(), memory.size());
      for (; n >= 0; n = in.read(buffer)) {
        observer.update(buffer, 0, n);
        write(file, buffer, n);
      }
      return Content.of(file, file.size());
    } catch (IOException e) {
      files.remove(file);
      file.close();
      throw e;
    }
  }

  private FileChannel nameless() throws IOException {
    Path name = Files.createTempFile("par-testkit-", ".spool");
    // Linux and macOS delete the name at once, Windows when the file is closed.
    var file =
        FileChannel.open(
            name,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE);
    files.add(file);
    return file;
  }

  private static void write(FileChannel file, byte[] bytes, int length) throws IOException {
    ByteBuffer rest = ByteBuffer.wrap(bytes, 0, length);
    while (rest.hasRemaining()) {
      file.write(rest);
    }
  }

  @Override
  public void close() throws IOException {
    List<FileChannel> open;
    synchronized (files) {
      open = List.copyOf(files);
      files.clear();
    }
    for (FileChannel file : open) {
      file.close();
    }
  }
}
