package global.pixell.par.internal.download.partial;

import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.internal.remote.ContentPin;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;

/**
 * The bytes of one address that have arrived, kept so that a later process can continue the
 * download: a data file, and a journal of the ranges that the file holds.
 *
 * <p>The journal has a line for the content (size, entity tag, version, checksums) and a line for
 * each checkpoint, each with its own CRC. The last complete checkpoint counts. It is written after
 * its bytes were synced, so it is true after a power cut too. A journal that is damaged, of another
 * address or of another format is ignored. The journal does not prove that the bytes are right: the
 * digest is computed over the whole file.
 *
 * <p>{@link PartialDownloads} says which process owns it.
 */
public final class PartialDownload implements AutoCloseable {

  /** The state that an earlier process recorded: the content, and the ranges that arrived. */
  public record Checkpoint(ContentPin pin, List<ByteRange> present) {}

  private final PartialDownloads place;
  private final String address;
  private final Path folder;
  private final FileChannel channel;

  PartialDownload(PartialDownloads place, String address, Path folder, FileChannel channel) {
    this.place = place;
    this.address = address;
    this.folder = folder;
    this.channel = channel;
  }

  public static Path journal(Path folder) {
    return folder.resolve("journal");
  }

  public static Path data(Path folder) {
    return folder.resolve("data");
  }

  /** The file with the bytes. */
  public Path data() {
    return data(folder);
  }

  /** The last checkpoint in the journal. */
  public Optional<Checkpoint> lastCheckpoint() {
    try {
      ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(channel.size()));
      while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) >= 0) {
        // Reads on.
      }
      return JournalFormat.read(new String(bytes.array(), StandardCharsets.UTF_8), address)
          .filter(this::hasData);
    } catch (IOException | ArithmeticException e) {
      return Optional.empty();
    }
  }

  private boolean hasData(Checkpoint checkpoint) {
    List<ByteRange> present = checkpoint.present();
    long end = present.get(present.size() - 1).to();
    try {
      return Files.size(data()) >= end;
    } catch (IOException e) {
      return false;
    }
  }

  /** Starts the journal, which is for one content only. */
  public void start(ContentPin pin) throws IOException {
    append(JournalFormat.header(address, pin));
  }

  /** Records ranges, whose bytes must be synced already. */
  void checkpoint(List<ByteRange> present) throws IOException {
    append(JournalFormat.checkpoint(present));
  }

  private void append(String line) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
    for (long end = channel.size(); bytes.hasRemaining(); ) {
      end += channel.write(bytes, end);
    }
  }

  /** Moves the complete data to its target, and deletes the rest. */
  public void moveTo(Path target) throws IOException {
    Files.move(data(), target, StandardCopyOption.ATOMIC_MOVE);
    discard();
  }

  /** Deletes it and releases its lock. */
  public void discard() {
    try {
      delete(folder);
    } catch (IOException e) {
      // The next sweep deletes it.
    }
    close();
  }

  /** Deletes the data first, because a folder without a journal has no owner. */
  static void delete(Path folder) throws IOException {
    Files.deleteIfExists(data(folder));
    AtomicFiles.deleteTree(folder);
  }

  /** Releases the lock; a later download may claim the folder. */
  @Override
  public void close() {
    place.release(folder, channel);
  }
}
