package global.pixell.par.internal.cache;

import global.pixell.par.Digest;
import global.pixell.par.ParException;
import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.internal.io.RecordFile;
import global.pixell.par.internal.version.SemanticVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;

/** What addresses led to when they were last fetched; written only after the package was opened. */
public record CacheRefs(CacheLayout layout) {

  /** What one address led to. */
  public record Known(String address, PackageCache.Ref ref) {}

  /** An unreadable record counts as absent. */
  Optional<Known> find(String address) {
    return read(layout.ref(address)).filter(known -> known.address().equals(address));
  }

  private static Optional<Known> read(Path file) {
    try {
      return known(RecordFile.read(file));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Optional<Known> known(RecordFile record) {
    try {
      return Optional.of(
          new Known(
              record.text("address").orElseThrow(),
              new PackageCache.Ref(
                  Digest.parse(record.text("digest").orElseThrow()),
                  record.text("etag"),
                  record.text("versionId"))));
    } catch (NoSuchElementException | ParException e) {
      return Optional.empty();
    }
  }

  void remember(String address, PackageCache.Ref ref, Instant now) throws IOException {
    RecordFile record =
        new RecordFile()
            .put("address", address)
            .put("digest", ref.digest().hex())
            .put("etag", ref.eTag())
            .put("versionId", ref.versionId())
            .put("checkedAt", now);
    AtomicFiles.write(layout.ref(address), layout.temporary(), record.bytes());
  }

  /** All records, in no order. */
  List<Known> all() throws IOException {
    var all = new ArrayList<Known>();
    for (Path file : AtomicFiles.list(layout.refs(), "*")) {
      read(file).ifPresent(all::add);
    }
    return all;
  }

  /** Deletes the records whose package is gone. */
  void prune() throws IOException {
    for (Path file : AtomicFiles.list(layout.refs(), "*")) {
      try {
        Optional<Object> key = AtomicFiles.fileKey(file);
        RecordFile record = RecordFile.read(file);
        // Delete only the file that was read: another process may have replaced it since.
        if (!hasPackage(record) && AtomicFiles.fileKey(file).equals(key)) {
          Files.deleteIfExists(file);
        }
      } catch (IOException e) {
        // Gone, or unreadable at the moment, which does not mean that its package is gone.
      }
    }
  }

  private boolean hasPackage(RecordFile record) {
    return known(record).filter(k -> Files.exists(layout.blob(k.ref().digest()))).isPresent();
  }

  /**
   * The package of which an address is a version: the address up to the folder that is a version,
   * or the name before the {@code @}.
   */
  public static String packageOf(String address) {
    int query = address.lastIndexOf("?versionId=");
    String bare = query < 0 ? address : address.substring(0, query);
    if (!bare.contains("://")) {
      int sign = bare.indexOf('@');
      return sign < 0 ? bare : bare.substring(0, sign);
    }
    int file = bare.lastIndexOf('/');
    int folder = bare.lastIndexOf('/', file - 1);
    boolean versioned =
        folder > bare.indexOf("://") + 2
            && SemanticVersion.parse(bare.substring(folder + 1, file)).isPresent();
    return versioned ? bare.substring(0, folder) : bare;
  }
}
