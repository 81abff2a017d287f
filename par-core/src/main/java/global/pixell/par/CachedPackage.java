package global.pixell.par;

import java.time.Instant;
import java.util.List;

/**
 * A package in the cache.
 *
 * @param digest the digest of its archive
 * @param packageBytes the size of the archive; 0 when only the tree is there
 * @param treeBytes the bytes of the unpacked files; 0 when it is not unpacked
 * @param lastUsed when it was last opened
 * @param addresses what led to it when it was last asked for, coordinates among them
 * @param users who uses it now, as parts of a sentence
 * @param removed whether the call that returned this evicted it or put it into quarantine
 * @param reason why it was removed, why it could not be, or what is wrong with it; else empty
 */
public record CachedPackage(
    Digest digest,
    long packageBytes,
    long treeBytes,
    Instant lastUsed,
    List<String> addresses,
    List<String> users,
    boolean removed,
    String reason) {}
