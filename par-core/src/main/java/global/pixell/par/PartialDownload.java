package global.pixell.par;

import global.pixell.par.RangePlan.Range;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is here of one address, kept so that a process after this one can go on with it: a data file
 * and beside it a journal of what in it may be trusted.
 *
 * <p>The journal is a line for the content (size, entity tag, version, checksums) and a line for
 * each checkpoint, every one with its own CRC; the last whole checkpoint counts. A checkpoint is
 * written after the bytes it tells of were synced, so that it is true after a power cut too. A
 * journal that is torn, foreign or older than its format counts as none. That the bytes are right
 * is not for the journal to say: the digest is computed over what the file holds.
 *
 * <p>Its owner holds a lock on the journal, which goes with the process. Where the file system has
 * no locks, or another holds it, there is no partial download: the caller downloads into a file of
 * its own. So no two live processes write one file.
 *
 * <p>Whoever wants to delete what lies here calls {@link #sweep}; without the lock nothing here may
 * be touched.
 */
final class PartialDownload implements AutoCloseable {

  /** What an earlier process left: which content, and which of its bytes. */
  record Held(ContentPin pin, List<Range> present) {}

  private static final String JOURNAL = ".journal";
  private static final String DATA = ".data";

  /**
   * A lock of this JVM on a file is lost as soon as any channel of this JVM to that file is closed,
   * so a second one must not even be opened.
   */
  private static final Set<Path> IN_THIS_JVM = Collections.synchronizedSet(new HashSet<>());

  private final String address;
  private final Path journal;
  private final FileChannel channel;

  private PartialDownload(String address, Path journal, FileChannel channel) {
    this.address = address;
    this.journal = journal;
    this.channel = channel;
  }

  /** Takes possession of what is left of this address, if anything is and nobody has it. */
  static Optional<PartialDownload> left(Path directory, String address) {
    return Files.exists(journal(directory, address)) ? claim(directory, address) : Optional.empty();
  }

  /** Takes possession, unless somebody has it or the file system cannot lock. */
  static Optional<PartialDownload> claim(Path directory, String address) {
    try {
      Files.createDirectories(directory);
      Path journal = journal(directory, address);
      return Optional.ofNullable(lock(journal))
          .map(channel -> new PartialDownload(address, journal, channel));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Path journal(Path directory, String address) {
    Digest name = Sha256.of(address.getBytes(StandardCharsets.UTF_8));
    return directory.toAbsolutePath().resolve(name.hex() + JOURNAL);
  }

  private static @Nullable FileChannel lock(Path journal) throws IOException {
    if (!IN_THIS_JVM.add(journal)) {
      return null;
    }
    FileChannel channel = null;
    boolean locked = false;
    try {
      if (!Files.exists(journal)) {
        Files.createFile(journal);
      }
      Object before = keyOf(journal);
      channel = FileChannel.open(journal, StandardOpenOption.READ, StandardOpenOption.WRITE);
      FileLock lock = channel.tryLock();
      // Its owner may have deleted it between the opening and the lock; then this locks nothing.
      locked = lock != null && Objects.equals(before, keyOf(journal));
      return locked ? channel : null;
    } finally {
      if (!locked) {
        if (channel != null) {
          channel.close();
        }
        IN_THIS_JVM.remove(journal);
      }
    }
  }

  private static @Nullable Object keyOf(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }

  /** The file with the bytes. */
  Path data() {
    String name = String.valueOf(journal.getFileName());
    return journal.resolveSibling(name.substring(0, name.length() - JOURNAL.length()) + DATA);
  }

  /** What the journal vouches for; empty where that is nothing. */
  Optional<Held> held() {
    try {
      ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(channel.size()));
      while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) >= 0) {
        // Until all of it is read.
      }
      return Journal.read(new String(bytes.array(), StandardCharsets.UTF_8), address)
          .filter(this::dataIsThere);
    } catch (IOException | ArithmeticException e) {
      return Optional.empty();
    }
  }

  private boolean dataIsThere(Held held) {
    long end = held.present().get(held.present().size() - 1).to();
    try {
      return Files.size(data()) >= end;
    } catch (IOException e) {
      return false;
    }
  }

  /** Starts the journal of another content; what was noted before is void from here on. */
  void begin(ContentPin pin) throws IOException {
    channel.truncate(0);
    // Before the data changes, or an old note could be taken for one of the new bytes.
    channel.force(true);
    append(Journal.header(address, pin));
  }

  /** Notes what is here; only ever called with bytes that are synced. */
  void checkpoint(List<Range> present) throws IOException {
    append(Journal.checkpoint(present));
  }

  private void append(String line) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
    for (long at = channel.size(); bytes.hasRemaining(); ) {
      at += channel.write(bytes, at);
    }
  }

  /** Deletes it, and lets go. */
  void discard() {
    try {
      Files.deleteIfExists(data());
      Files.deleteIfExists(journal);
    } catch (IOException e) {
      // A sweep finds it.
    }
    close();
  }

  /** Lets go; what is here waits for the next. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // The lock goes with the descriptor, whatever close says.
    } finally {
      IN_THIS_JVM.remove(journal);
    }
  }

  /**
   * Deletes what nobody has touched since {@code before} and no live process owns. A day is a good
   * age: whoever boots again does so within it.
   *
   * @param directory may be absent
   */
  static void sweep(Path directory, Instant before) throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (var files = Files.newDirectoryStream(directory.toAbsolutePath(), "*" + DATA)) {
      for (Path data : files) {
        String name = String.valueOf(data.getFileName());
        Path journal =
            data.resolveSibling(name.substring(0, name.length() - DATA.length()) + JOURNAL);
        if (Files.getLastModifiedTime(data).toInstant().isBefore(before)) {
          FileChannel lock = lock(journal);
          if (lock != null) {
            new PartialDownload("", journal, lock).discard();
          }
        }
      }
    }
  }
}
