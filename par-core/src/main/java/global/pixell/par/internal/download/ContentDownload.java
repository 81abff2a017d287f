package global.pixell.par.internal.download;

import global.pixell.par.Digest;
import global.pixell.par.ParException;
import global.pixell.par.internal.download.partial.ArrivingFile;
import global.pixell.par.internal.download.partial.ByteRange;
import global.pixell.par.internal.download.partial.JournalWriter;
import global.pixell.par.internal.download.partial.PartialDownload;
import global.pixell.par.internal.io.DaemonThreads;
import global.pixell.par.internal.remote.ContentPin;
import global.pixell.par.internal.remote.ObjectSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

/** One content while it arrives: its file, and the threads that transfer, hash and journal it. */
final class ContentDownload {

  private final ContentPin pin;
  private final ArrivingFile file;
  private final long bytesFromBefore;
  private final ContentVerifier verifier;
  private final Transfer transfer;
  private final ContentHash hash;
  private final Optional<JournalWriter> journal;

  /**
   * Starts no thread yet.
   *
   * @param expected the digest that the bytes must have
   * @param present the ranges that an earlier process brought
   * @param partial where checkpoints go
   */
  ContentDownload(
      ObjectSource source,
      DownloadSettings settings,
      ContentPin pin,
      Optional<Digest> expected,
      ArrivingFile file,
      List<ByteRange> present,
      Optional<PartialDownload> partial) {
    this.pin = pin;
    this.file = file;
    this.bytesFromBefore = present.stream().mapToLong(ByteRange::length).sum();
    this.verifier = new ContentVerifier(source.address(), pin, expected);
    this.transfer = new Transfer(source, settings, pin, file);
    this.hash = new ContentHash(file, verifier.checksums());
    this.journal = partial.map(p -> new JournalWriter(file, p, settings.journalInterval()));
  }

  ContentPin pin() {
    return pin;
  }

  ArrivingFile file() {
    return file;
  }

  /** The bytes that an earlier process brought. */
  long bytesFromBefore() {
    return bytesFromBefore;
  }

  Transfer transfer() {
    return transfer;
  }

  /** Starts to hash and to write checkpoints. */
  void start() {
    DaemonThreads.start("par-download-hash", hash);
    journal.ifPresent(writer -> DaemonThreads.start("par-download-journal", writer));
  }

  /** Waits until every byte is hashed. */
  Digest awaitDigest() throws IOException, InterruptedException {
    try {
      return hash.digest().get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      throw new IllegalStateException("the hash ended by " + e.getCause(), e);
    }
  }

  /**
   * Verifies the content after {@link #awaitDigest}.
   *
   * @param now where its file is now
   * @param whole asks S3 for the checksums of the whole content
   * @return what it was compared with
   */
  String verify(Digest digest, Path now, Supplier<Map<String, String>> whole) throws IOException {
    return verifier.verify(digest, file.size(), now, hash.checksums(), whole);
  }

  void endJournal() {
    journal.ifPresent(JournalWriter::end);
  }

  /** Ends everything that works on it. */
  void end(ParException reason) {
    transfer.stop();
    endJournal();
    file.fail(reason);
    try {
      file.endWriting();
      file.close();
    } catch (IOException e) {
      // Bytes that matter were synced before.
    }
  }
}
