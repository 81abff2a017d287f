package global.pixell.par.internal.cache;

import global.pixell.par.Digest;
import global.pixell.par.EvictionResult.Outcome;
import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.internal.io.DiskErrors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Evicts packages. Least recently used packages are evicted first; packages in use and the last
 * good version of each package are never evicted.
 *
 * <p>The last good version is the digest that was used last, of all addresses of one package (see
 * {@link CacheRefs#packageOf}). A machine that can no longer reach S3 can still boot it.
 */
final class Eviction {

  /**
   * The limits at which eviction starts.
   *
   * @param maxBytes of all packages together
   * @param maxAge since a package was last used; empty for no limit
   * @param minFreeBytes bytes that should be free on the disk
   */
  record Limits(long maxBytes, Optional<Duration> maxAge, long minFreeBytes) {}

  /**
   * An entry and its outcome.
   *
   * @param reason empty for an entry within the limits
   */
  record Result(CacheEntry entry, Outcome outcome, String reason) {
    boolean evicted() {
      return outcome == Outcome.EVICTED;
    }
  }

  /** Bad packages are kept for inspection, up to this number and age, while there is space. */
  private static final int MAX_QUARANTINED = 4;

  private static final Duration QUARANTINE_AGE = Duration.ofDays(7);

  private final CacheLayout layout;
  private final CacheRefs refs;
  private final Leases leases;
  private final Limits limits;
  private final InstantSource clock;
  private final LongSupplier freeBytes;

  Eviction(
      CacheLayout layout,
      Leases leases,
      Limits limits,
      InstantSource clock,
      LongSupplier freeBytes) {
    this.layout = layout;
    this.refs = new CacheRefs(layout);
    this.leases = leases;
    this.limits = limits;
    this.clock = clock;
    this.freeBytes = freeBytes;
  }

  /**
   * Evicts until all limits are kept or no other package may be evicted.
   *
   * @param wanted bytes that should be free in addition to the limits
   */
  List<Result> run(long wanted) throws IOException {
    long floor = limits.minFreeBytes() + wanted;
    clearQuarantine(freeBytes.getAsLong() < floor);
    List<CacheEntry> entries = CacheEntry.list(layout);
    Map<Digest, String> lastGood = lastGood(entries);
    long total = entries.stream().mapToLong(CacheEntry::bytes).sum();
    var results = new ArrayList<Result>();
    for (CacheEntry entry : entries) {
      Optional<String> reason = reason(entry, total, floor);
      Result result =
          reason.isEmpty()
              ? new Result(entry, Outcome.WITHIN_LIMITS, "")
              : evict(entry, reason.get(), lastGood.get(entry.digest()));
      total -= result.evicted() ? entry.bytes() : 0;
      results.add(result);
    }
    if (results.stream().anyMatch(Result::evicted)) {
      refs.prune();
    }
    return results;
  }

  /** Evicts one entry regardless of the limits, unless it is in use. */
  Result run(CacheEntry entry) throws IOException {
    Result result = evict(entry, "the caller evicts it", null);
    if (result.evicted()) {
      refs.prune();
    }
    return result;
  }

  private Optional<String> reason(CacheEntry entry, long total, long floor) {
    Instant now = clock.instant();
    if (limits.maxAge().filter(age -> entry.lastUsed().isBefore(now.minus(age))).isPresent()) {
      return Optional.of("not used for " + limits.maxAge().get().toDays() + " days");
    }
    if (total > limits.maxBytes()) {
      return Optional.of("the cache is over its limit of " + limits.maxBytes() + " bytes");
    }
    if (freeBytes.getAsLong() < floor) {
      return Optional.of("less than " + floor + " bytes are free on the disk");
    }
    return Optional.empty();
  }

  private Result evict(CacheEntry entry, String reason, @Nullable String lastGoodOf)
      throws IOException {
    if (lastGoodOf != null) {
      return new Result(entry, Outcome.LAST_GOOD_VERSION, "the last good version of " + lastGoodOf);
    }
    try {
      return removed(entry.digest())
          ? new Result(entry, Outcome.EVICTED, reason)
          : new Result(entry, Outcome.IN_USE, "in use by " + users(entry.digest()));
    } catch (IOException e) {
      // An entry that cannot be removed, for instance of another user, must not stop the others.
      return new Result(entry, Outcome.FAILED, "it cannot be removed: " + e);
    }
  }

  private boolean removed(Digest digest) throws IOException {
    Leases.Removal removal = folder -> remove(digest, folder);
    try {
      return leases.evict(digest, removal);
    } catch (IOException e) {
      boolean full = DiskErrors.isFull(e, layout.root());
      if (!full || !leases.users(digest).isEmpty() || !Files.deleteIfExists(layout.blob(digest))) {
        throw e;
      }
      // There was no space even for the intent; now there is. An archive may be deleted without an
      // intent: a process that has it open keeps reading, and a later one downloads it again.
      return leases.evict(digest, removal);
    }
  }

  private String users(Digest digest) throws IOException {
    return leases.users(digest).stream()
        .findFirst()
        .map(lease -> Leases.user(lease).toString())
        .orElse("a process");
  }

  /** The archive last: it can still be unpacked, also offline, when the tree is gone. */
  private void remove(Digest digest, Path folder) throws IOException {
    AtomicFiles.rename(layout.tree(digest), folder.resolve("tree"));
    AtomicFiles.rename(layout.fingerprint(digest), folder.resolve("seal"));
    AtomicFiles.rename(layout.blob(digest), folder.resolve("blob"));
  }

  /**
   * The entries that are the last good version of a package, with its name.
   *
   * @param entries least recently used first
   */
  Map<Digest, String> lastGood(List<CacheEntry> entries) throws IOException {
    Map<Digest, Set<String>> names = new HashMap<>();
    for (CacheRefs.Known known : refs.all()) {
      names
          .computeIfAbsent(known.ref().digest(), digest -> new TreeSet<>())
          .add(CacheRefs.packageOf(known.address()));
    }
    Map<String, Digest> newest = new HashMap<>();
    for (CacheEntry entry : entries) {
      if (entry.packageBytes() == 0) {
        // A tree without its archive cannot be booted.
        continue;
      }
      names.getOrDefault(entry.digest(), Set.of()).forEach(n -> newest.put(n, entry.digest()));
    }
    Map<Digest, String> lastGood = new HashMap<>();
    newest.forEach((name, digest) -> lastGood.merge(digest, name, Eviction::longer));
    return lastGood;
  }

  /** The longer of two names of one package: an address is more precise than coordinates. */
  private static String longer(String a, String b) {
    return a.length() < b.length() ? b : a;
  }

  private void clearQuarantine(boolean all) throws IOException {
    Instant oldest = clock.instant().minus(QUARANTINE_AGE);
    int kept = 0;
    for (Path file : quarantined()) {
      boolean keep = !all && kept < MAX_QUARANTINED && !modified(file).isBefore(oldest);
      if (keep || isUsed(file)) {
        kept++;
      } else {
        AtomicFiles.discard(file);
      }
    }
  }

  /** An agent may still be running in a damaged tree. */
  private boolean isUsed(Path quarantined) throws IOException {
    Optional<Digest> digest = CacheLayout.digestOf(quarantined);
    return Files.isDirectory(quarantined)
        && digest.isPresent()
        && !leases.users(digest.get()).isEmpty();
  }

  /** Newest first. */
  private List<Path> quarantined() throws IOException {
    var files = new ArrayList<Path>(AtomicFiles.list(layout.quarantine(), "*"));
    files.sort(Comparator.comparing(Eviction::modified).reversed());
    return files;
  }

  private static Instant modified(Path file) {
    try {
      return Files.getLastModifiedTime(file).toInstant();
    } catch (IOException e) {
      return Instant.EPOCH;
    }
  }
}
