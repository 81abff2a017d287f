package global.pixell.par.internal.download.partial;

import global.pixell.par.internal.download.partial.ByteRangeSet.Range;
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
 * What is here of one address, kept so that a process after this one can go on with it: a data file
 * and beside it a journal of what in it may be trusted.
 *
 * <p>The journal is a line for the content (size, entity tag, version, checksums) and a line for
 * each checkpoint, every one with its own CRC; the last whole checkpoint counts. A checkpoint is
 * written after the bytes it tells of were synced, so that it is true after a power cut too. A
 * journal that is torn, foreign or older than its format counts as none. That the bytes are right
 * is not for the journal to say: the digest is computed over what the file holds.
 *
 * <p>See {@link PartialDownloads} for whose it is.
 */
public final class PartialDownload implements AutoCloseable {

  /** What an earlier process left: which content, and which of its bytes. */
  public record Held(ContentPin pin, List<Range> present) {}

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

  /** What the journal vouches for; empty where that is nothing. */
  public Optional<Held> held() {
    try {
      ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(channel.size()));
      while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) >= 0) {
        // Until all of it is read.
      }
      return JournalFormat.read(new String(bytes.array(), StandardCharsets.UTF_8), address)
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

  /** Starts the journal, of one content for good. */
  public void begin(ContentPin pin) throws IOException {
    append(JournalFormat.header(address, pin));
  }

  /** Notes what is here; only ever called with bytes that are synced. */
  void checkpoint(List<Range> present) throws IOException {
    append(JournalFormat.checkpoint(present));
  }

  private void append(String line) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
    for (long at = channel.size(); bytes.hasRemaining(); ) {
      at += channel.write(bytes, at);
    }
  }

  /** Hands the complete data over under another name, and is no more. */
  public void moveTo(Path target) throws IOException {
    Files.move(data(), target, StandardCopyOption.ATOMIC_MOVE);
    discard();
  }

  /** Deletes it, and lets go. */
  public void discard() {
    try {
      delete(folder);
    } catch (IOException e) {
      // A sweep finds it.
    }
    close();
  }

  /** The bytes first: what has no journal is nobody's. */
  static void delete(Path folder) throws IOException {
    Files.deleteIfExists(data(folder));
    AtomicFiles.deleteTree(folder);
  }

  /** Lets go; what is here waits for the next. */
  @Override
  public void close() {
    place.release(folder, channel);
  }
}
