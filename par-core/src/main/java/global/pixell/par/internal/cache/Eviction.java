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
 * Makes room: what was not used for the longest time goes first, what is in use and the last good
 * version of a package never.
 *
 * <p>The last good version is, of all addresses of one package (see {@link CacheRefs#packageOf}),
 * the digest that was used last: a machine that can no longer reach S3 can still boot it.
 */
final class Eviction {

  /**
   * When eviction begins.
   *
   * @param maxBytes of all packages together
   * @param maxAge since a package was last used; empty for no limit
   * @param minFreeBytes what should be free on the disk
   */
  record Limits(long maxBytes, Optional<Duration> maxAge, long minFreeBytes) {}

  /**
   * An entry and what became of it.
   *
   * @param reason empty for one within the limits
   */
  record Result(CacheEntry entry, Outcome outcome, String reason) {
    boolean evicted() {
      return outcome == Outcome.EVICTED;
    }
  }

  /**
   * Bad packages are kept for a look at them, so many and so long, and only while there is room.
   */
  private static final int QUARANTINED = 4;

  private static final Duration QUARANTINE = Duration.ofDays(7);

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
   * Evicts until every limit is met or nothing more may go.
   *
   * @param wanted bytes that should be free besides those of the limits
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

  /** Evicts one entry whatever the limits, unless a process uses it. */
  Result run(CacheEntry entry) throws IOException {
    Result result = evict(entry, "it was asked for", null);
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
      // One that stays, as another user's, must not keep the others.
      return new Result(entry, Outcome.FAILED, "it cannot be removed: " + e);
    }
  }

  private boolean removed(Digest digest) throws IOException {
    Leases.Removal removal = gone -> remove(digest, gone);
    try {
      return leases.evict(digest, removal);
    } catch (IOException e) {
      boolean noRoom = DiskErrors.isFull(e, layout.root());
      if (!noRoom
          || !leases.users(digest).isEmpty()
          || !Files.deleteIfExists(layout.blob(digest))) {
        throw e;
      }
      // There was not even room for the intent; now there is. An archive may go without one: who
      // has it open reads on, and who comes later fetches it.
      return leases.evict(digest, removal);
    }
  }

  private String users(Digest digest) throws IOException {
    return leases.users(digest).stream()
        .findFirst()
        .map(lease -> Leases.user(lease).toString())
        .orElse("a process");
  }

  /** The archive last: without its tree it still is a package, which can be unpacked offline. */
  private void remove(Digest digest, Path gone) throws IOException {
    AtomicFiles.rename(layout.tree(digest), gone.resolve("tree"));
    AtomicFiles.rename(layout.fingerprint(digest), gone.resolve("seal"));
    AtomicFiles.rename(layout.blob(digest), gone.resolve("blob"));
  }

  /**
   * The entries that are the last good version of a package, with its name.
   *
   * @param entries the longest unused first
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
        // A tree without its archive boots nothing.
        continue;
      }
      names.getOrDefault(entry.digest(), Set.of()).forEach(n -> newest.put(n, entry.digest()));
    }
    Map<Digest, String> lastGood = new HashMap<>();
    newest.forEach((name, digest) -> lastGood.merge(digest, name, Eviction::longer));
    return lastGood;
  }

  /** Of two names of one package, the address says more. */
  private static String longer(String a, String b) {
    return a.length() < b.length() ? b : a;
  }

  private void clearQuarantine(boolean all) throws IOException {
    Instant oldest = clock.instant().minus(QUARANTINE);
    int kept = 0;
    for (Path file : quarantined()) {
      boolean keep = !all && kept < QUARANTINED && !modified(file).isBefore(oldest);
      if (keep || isUsed(file)) {
        kept++;
      } else {
        AtomicFiles.discard(file);
      }
    }
  }

  /** An agent may still run in a damaged tree. */
  private boolean isUsed(Path quarantined) throws IOException {
    Optional<Digest> digest = CacheLayout.digestOf(quarantined);
    return Files.isDirectory(quarantined)
        && digest.isPresent()
        && !leases.users(digest.get()).isEmpty();
  }

  /** The newest first. */
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
