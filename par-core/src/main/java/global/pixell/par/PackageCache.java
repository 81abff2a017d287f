package global.pixell.par;

import global.pixell.par.logging.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Optional;

/**
 * Packages by the digest of their bytes. An entry is whole or absent; entries are never changed, so
 * no reader needs a lock.
 */
final class PackageCache {

  /** What an address held when it was last asked. */
  record Ref(Digest digest, Optional<String> eTag, Optional<String> versionId) {}

  private static final Duration LOCK_TIMEOUT = Duration.ofMinutes(10);

  private final CacheLayout layout;

  PackageCache(Path root) {
    this.layout = new CacheLayout(root);
  }

  /** Makes the directories, and clears what killed processes of this machine left behind. */
  void open() {
    try {
      Files.createDirectories(layout.temporaryFiles());
      try (var leftovers = Files.newDirectoryStream(layout.temporaryFiles())) {
        for (Path leftover : leftovers) {
          if (isAbandoned(leftover)) {
            AtomicFiles.deleteTree(leftover);
          }
        }
      }
    } catch (IOException e) {
      throw DiskErrors.of("open the cache " + layout.root(), e);
    }
  }

  private static boolean isAbandoned(Path leftover) throws IOException {
    String name = leftover.getFileName().toString();
    int dash = name.indexOf('-');
    if (dash < 1 || !name.substring(0, dash).matches("\\d{1,18}")) {
      return false;
    }
    long pid = Long.parseLong(name.substring(0, dash));
    if (pid == ProcessHandle.current().pid()) {
      // A container's process often has the number of the one before it: older than this process is
      // not ours.
      Instant since = ProcessHandle.current().info().startInstant().orElse(Instant.EPOCH);
      return Files.getLastModifiedTime(leftover).toInstant().isBefore(since.minusSeconds(1));
    }
    return ProcessHandle.of(pid).isEmpty();
  }

  Path temporary() {
    return layout.temporary();
  }

  /** One process at a time fetches one package; the others find it done. */
  FileMutex lock(String key) throws InterruptedException {
    return FileMutex.lock(layout.lock(key), LOCK_TIMEOUT);
  }

  /** The blob, proved anew; a bad one is put aside and counts as absent. */
  Optional<Path> blob(Digest digest) {
    Path blob = layout.blob(digest);
    try {
      if (!Files.isRegularFile(blob)) {
        return Optional.empty();
      }
      if (Sha256.of(blob).equals(digest)) {
        return Optional.of(blob);
      }
      Path aside = layout.quarantined(digest);
      Files.createDirectories(AtomicFiles.parentOf(aside));
      Files.move(blob, aside, StandardCopyOption.ATOMIC_MOVE);
      return Optional.empty();
    } catch (IOException e) {
      throw DiskErrors.of("read the cached package " + blob, e);
    }
  }

  /** The unpacked tree, where it is there. */
  Optional<Path> tree(Digest digest) {
    Path tree = layout.tree(digest);
    return Files.isDirectory(tree) ? Optional.of(tree) : Optional.empty();
  }

  /** Takes a verified file in. */
  Path publishBlob(Path verified, Digest digest) {
    Path blob = layout.blob(digest);
    try {
      AtomicFiles.setReadOnly(verified);
      AtomicFiles.publish(verified, blob);
      return blob;
    } catch (IOException e) {
      throw DiskErrors.of("put the package into the cache at " + blob, e);
    }
  }

  /** Takes a complete tree in, whose content nobody may write to already. */
  Path publishTree(Path unpacked, Digest digest) {
    Path tree = layout.tree(digest);
    try {
      AtomicFiles.publish(unpacked, tree);
      // Last, for a directory that may not be written cannot be moved to another parent.
      AtomicFiles.setReadOnly(tree);
      return tree;
    } catch (IOException e) {
      throw DiskErrors.of("put the unpacked package into the cache at " + tree, e);
    }
  }

  /** What the address held; an unreadable record counts as none. */
  Optional<Ref> ref(String address) {
    try {
      var record = Json.read(Files.readString(layout.ref(address)));
      return Optional.of(
          new Ref(
              Digest.parse(Json.text(record, "digest").orElse("")),
              Json.text(record, "etag"),
              Json.text(record, "versionId")));
    } catch (IOException | ParException e) {
      return Optional.empty();
    }
  }

  void rememberRef(String address, Ref ref) {
    var record = new LinkedHashMap<String, Object>();
    record.put("address", address);
    record.put("digest", ref.digest().hex());
    record.put("etag", ref.eTag());
    record.put("versionId", ref.versionId());
    record.put("checkedAt", Instant.now());
    Path file = layout.ref(address);
    try {
      AtomicFiles.write(file, temporary(), Json.write(record).getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw DiskErrors.of("note in the cache what " + address + " held", e);
    }
  }
}
