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

/** What addresses held when they were last asked; written only for a package that opened well. */
public record CacheRefs(CacheLayout layout) {

  /** What one address held. */
  public record Known(String address, PackageCache.Ref ref) {}

  /** An unreadable record counts as none. */
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

  private static Optional<Known> known(RecordFile note) {
    try {
      return Optional.of(
          new Known(
              note.text("address").orElseThrow(),
              new PackageCache.Ref(
                  Digest.parse(note.text("digest").orElseThrow()),
                  note.text("etag"),
                  note.text("versionId"))));
    } catch (NoSuchElementException | ParException e) {
      return Optional.empty();
    }
  }

  void remember(String address, PackageCache.Ref ref, Instant now) throws IOException {
    RecordFile note =
        new RecordFile()
            .put("address", address)
            .put("digest", ref.digest().hex())
            .put("etag", ref.eTag())
            .put("versionId", ref.versionId())
            .put("checkedAt", now);
    AtomicFiles.write(layout.ref(address), layout.temporary(), note.bytes());
  }

  /** All that is known, in no order. */
  List<Known> all() throws IOException {
    var all = new ArrayList<Known>();
    for (Path file : AtomicFiles.list(layout.refs(), "*")) {
      read(file).ifPresent(all::add);
    }
    return all;
  }

  /** Forgets what no longer leads to a package. */
  void prune() throws IOException {
    for (Path file : AtomicFiles.list(layout.refs(), "*")) {
      try {
        Optional<Object> key = AtomicFiles.fileKey(file);
        RecordFile note = RecordFile.read(file);
        // It may be another by now, written for a package that came meanwhile.
        if (!leads(note) && AtomicFiles.fileKey(file).equals(key)) {
          Files.deleteIfExists(file);
        }
      } catch (IOException e) {
        // Gone, or not to be read at the moment, which says nothing about what stands in it.
      }
    }
  }

  private boolean leads(RecordFile note) {
    return known(note).filter(k -> Files.exists(layout.blob(k.ref().digest()))).isPresent();
  }

  /**
   * The package an address is a version of: the address up to its version, where the folder of the
   * file is one, or the name before the {@code @}.
   */
  public static String packageOf(String address) {
    int query = address.lastIndexOf("?versionId=");
    String bare = query < 0 ? address : address.substring(0, query);
    if (!bare.contains("://")) {
      int at = bare.indexOf('@');
      return at < 0 ? bare : bare.substring(0, at);
    }
    int file = bare.lastIndexOf('/');
    int folder = bare.lastIndexOf('/', file - 1);
    boolean versioned =
        folder > bare.indexOf("://") + 2
            && SemanticVersion.parse(bare.substring(folder + 1, file)).isPresent();
    return versioned ? bare.substring(0, folder) : bare;
  }
}
