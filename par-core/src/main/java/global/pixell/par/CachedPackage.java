package global.pixell.par;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A package in the cache.
 *
 * @param digest the digest of its archive
 * @param packageBytes the size of the archive; 0 when only the tree is there
 * @param treeBytes the bytes of the unpacked files; 0 when it is not unpacked
 * @param lastUsed when it was last opened
 * @param addresses the addresses it was fetched by, coordinates among them
 * @param users the processes that use it now
 */
public record CachedPackage(
    Digest digest,
    long packageBytes,
    long treeBytes,
    Instant lastUsed,
    List<String> addresses,
    List<User> users) {

  /** Copies the lists. */
  public CachedPackage {
    addresses = List.copyOf(addresses);
    users = List.copyOf(users);
  }

  /**
   * A process that uses a package, as far as its lease tells.
   *
   * @param pid its process id in its own container
   * @param host the name of its host or container
   * @param since when it took the package
   */
  public record User(OptionalLong pid, Optional<String> host, Optional<Instant> since) {

    /** The process as part of a sentence. */
    @Override
    public String toString() {
      return "process "
          + (pid.isPresent() ? String.valueOf(pid.getAsLong()) : "unknown")
          + " on "
          + host.orElse("an unknown host")
          + since.map(time -> " since " + time).orElse("");
    }
  }
}
