package global.pixell.par;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A package in the cache. Sizes are in bytes.
 *
 * @param digest the digest of its archive
 * @param packageBytes the size of the archive; 0 when the cache has only the tree
 * @param treeBytes the size of the unpacked files; 0 when PAR has not unpacked the archive
 * @param lastUsed when a call last opened the package
 * @param addresses the addresses and coordinates by which it was fetched
 * @param users the processes that hold a lease on it
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
   * A process that uses a package, as its lease describes it.
   *
   * @param pid its process id in its own container
   * @param host the name of its host or container
   * @param since when it took the lease
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
