package global.pixell.par;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;

/** The only builder of paths in the cache. */
record CacheLayout(Path root) {

  Path blob(Digest digest) {
    return v1().resolve("blobs/sha256").resolve(digest.hex() + ".apkg");
  }

  Path tree(Digest digest) {
    return v1().resolve("trees/sha256").resolve(digest.hex());
  }

  /** Addresses hold any character, so their record goes by the digest of the address. */
  Path ref(String address) {
    return v1().resolve("refs").resolve(Sha256.of(address.getBytes(StandardCharsets.UTF_8)).hex());
  }

  Path lock(String key) {
    return v1().resolve("locks")
        .resolve(Sha256.of(key.getBytes(StandardCharsets.UTF_8)).hex() + ".lock");
  }

  Path temporaryFiles() {
    return v1().resolve("tmp");
  }

  /** A new name for work in progress, that tells a later start whose it was. */
  Path temporary() {
    return temporaryFiles()
        .resolve(ProcessHandle.current().pid() + "-" + UUID.randomUUID().toString());
  }

  Path quarantined(Digest digest) {
    return v1().resolve("quarantine").resolve(digest.hex() + "-" + UUID.randomUUID());
  }

  private Path v1() {
    return root.resolve("v1");
  }
}
