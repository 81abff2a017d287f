package global.pixell.par.internal.download;

import global.pixell.par.Digest;
import global.pixell.par.internal.download.partial.ArrivingFile;
import global.pixell.par.internal.download.partial.PartialDownload;
import global.pixell.par.internal.download.partial.PartialDownloads;
import global.pixell.par.internal.remote.ContentPin;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The file that a download writes: a partial download, which a later process can continue, or else
 * the temporary file, to which the complete bytes always come. For one thread.
 */
final class DownloadFile implements AutoCloseable {

  private final Path temporary;
  private String name;

  // Empty after another host claimed our partial download: it may claim the next one, too.
  private Optional<PartialDownloads> partials;
  private Optional<PartialDownload> partial = Optional.empty();

  /** Touches no file yet; the parameters are as for {@link Download}. */
  DownloadFile(String address, Path temporary, PartialDownloads partials) {
    this.name = address;
    this.temporary = temporary;
    this.partials = Optional.of(partials);
  }

  /**
   * Claims what an earlier process has downloaded, if there is anything.
   *
   * @param expected the digest of the reference. Its downloads are apart from those without one:
   *     they know no checksum of S3 with which the latter are verified
   */
  void claimExisting(Optional<Digest> expected) {
    name += expected.map(digest -> "#sha256=" + digest.hex()).orElse("");
    partial = partials.flatMap(all -> all.claimExisting(name));
  }

  /** What an earlier process has recorded; empty without a partial download. */
  Optional<PartialDownload.Checkpoint> lastCheckpoint() {
    return partial.flatMap(PartialDownload::lastCheckpoint);
  }

  /** The partial download, for checkpoints; empty for the temporary file. */
  Optional<PartialDownload> partial() {
    return partial;
  }

  Path path() {
    return partial.map(PartialDownload::data).orElse(temporary);
  }

  /**
   * Creates the file for a content, in place of an earlier one.
   *
   * @param resumable whether a later process may continue it
   */
  ArrivingFile create(ContentPin pin, boolean resumable) throws IOException {
    discardPartial();
    if (resumable) {
      partial = partials.flatMap(all -> all.create(name));
    }
    if (partial.isPresent()) {
      partial.get().start(pin);
    }
    ArrivingFile file = ArrivingFile.create(path());
    pin.total().ifPresent(file::setSize);
    return file;
  }

  /** Uses only the temporary file from now on. */
  void avoidPartials() {
    discardPartial();
    partials = Optional.empty();
  }

  /** Moves the complete bytes to the temporary file, if they are not there. */
  void moveToTemporary() throws IOException {
    if (partial.isPresent()) {
      partial.get().moveTo(temporary);
      partial = Optional.empty();
    }
  }

  /** Deletes the partial download. */
  void discardPartial() {
    partial.ifPresent(PartialDownload::discard);
    partial = Optional.empty();
  }

  /** Keeps the partial download for the next process. */
  @Override
  public void close() {
    partial.ifPresent(PartialDownload::close);
  }
}
