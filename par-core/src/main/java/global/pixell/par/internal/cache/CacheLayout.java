package global.pixell.par.internal.cache;

import global.pixell.par.Digest;
import global.pixell.par.ParException;
import global.pixell.par.internal.download.partial.PartialDownload;
import global.pixell.par.internal.io.ProcessId;
import global.pixell.par.internal.io.Sha256;
import global.pixell.par.internal.io.UniqueMark;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/** Builds all paths of the cache. */
public record CacheLayout(Path root) {

  static final String BLOB_SUFFIX = ".apkg";
  static final String FINGERPRINT_SUFFIX = ".seal";

  /** Between the digest and the owner in the name of an intent to evict. */
  static final String EVICTS = ".evict.";

  Path blobs() {
    return v1().resolve("blobs/sha256");
  }

  public Path blob(Digest digest) {
    return blobs().resolve(digest.hex() + BLOB_SUFFIX);
  }

  Path trees() {
    return v1().resolve("trees/sha256");
  }

  Path tree(Digest digest) {
    return trees().resolve(digest.hex());
  }

  /** The fingerprint of a complete tree; it lies beside the tree. */
  Path fingerprint(Digest digest) {
    return trees().resolve(digest.hex() + FINGERPRINT_SUFFIX);
  }

  Path refs() {
    return v1().resolve("refs");
  }

  /** An address may contain any character, so its digest names the file. */
  Path ref(String address) {
    return refs().resolve(Sha256.of(address.getBytes(StandardCharsets.UTF_8)).hex());
  }

  Path lock(String key) {
    return v1().resolve("locks")
        .resolve(Sha256.of(key.getBytes(StandardCharsets.UTF_8)).hex() + ".lock");
  }

  Path leases() {
    return v1().resolve("leases");
  }

  /** A new path that names the package and its user. */
  Path lease(Digest digest, ProcessId user) {
    return leases().resolve(digest.hex() + "." + unique(user));
  }

  /** A new path that names the package and its evictor. */
  Path eviction(Digest digest) {
    return leases().resolve(digest.hex() + EVICTS + own());
  }

  Path temporaryFiles() {
    return v1().resolve("tmp");
  }

  /** Downloads that are not complete yet; see {@link PartialDownload}. */
  public Path partials() {
    return v1().resolve("partial");
  }

  /** A new path for work in progress that names its owner. */
  Path temporary() {
    return temporaryFiles().resolve(own());
  }

  Path quarantine() {
    return v1().resolve("quarantine");
  }

  Path quarantined(Digest digest) {
    return quarantine().resolve(digest.hex() + "." + own());
  }

  /** The digest at the beginning of a file's name. */
  static Optional<Digest> digestOf(Path file) {
    String name = file.getFileName().toString();
    try {
      return name.length() < 64
          ? Optional.empty()
          : Optional.of(Digest.parse(name.substring(0, 64)));
    } catch (ParException e) {
      return Optional.empty();
    }
  }

  private static String own() {
    return unique(ProcessId.current());
  }

  private static String unique(ProcessId owner) {
    return owner + "." + UniqueMark.next();
  }

  private Path v1() {
    return root.resolve("v1");
  }
}
