package global.pixell.par.launcher.derived;

import global.pixell.par.CacheConfig;
import global.pixell.par.CachedPackage;
import global.pixell.par.EvictionResult;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.internal.io.DiskErrors;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Keeps packages and derived directories together within the limits of size, age and free disk
 * space. Evicts the least recently used of both kinds first, and none that is in use.
 */
public final class CacheLimits {

  /**
   * The result for one directory.
   *
   * @param removed whether it was removed
   * @param reason the limit that it exceeded, or what keeps it; empty if it is within the limits
   */
  public record DerivedResult(DerivedDirectory directory, boolean removed, String reason) {}

  /**
   * The results for all packages and directories.
   *
   * @param packages a result for each package
   * @param derived a result for each directory
   */
  public record Results(List<EvictionResult> packages, List<DerivedResult> derived) {}

  private final ParConfig config;
  private final CacheConfig limits;
  private final DerivedMaintenance maintenance;
  private final List<DerivedResult> results = new ArrayList<>();
  private final List<DerivedDirectory> remaining;

  private CacheLimits(ParConfig config) {
    this.config = config;
    limits = config.cache();
    maintenance = DerivedMaintenance.of(config);
    remaining = new ArrayList<>(maintenance.list());
  }

  /**
   * Brings a cache within its limits.
   *
   * @param config the configuration of the cache
   * @return a result for each entry
   * @throws ParException of kind {@code DISK} when the cache cannot be read or written
   */
  public static Results enforce(ParConfig config) {
    try {
      return new CacheLimits(config).enforce();
    } catch (IOException e) {
      throw DiskErrors.of("clean the cache", config.cache().directory(), e);
    }
  }

  private Results enforce() throws IOException {
    if (limits.maxAge().isPresent()) {
      Instant oldest = Instant.now().minus(limits.maxAge().get());
      remove(
          remaining.stream().filter(d -> d.lastUsed().isBefore(oldest)).toList(),
          "not used for " + limits.maxAge().get().toDays() + " days");
    }
    String overLimit = "the cache is over its limit of " + limits.maxBytes() + " bytes";
    List<EvictionResult> packages;
    remove(leastRecentlyUsed(), overLimit);
    long forPackages = Math.max(1, limits.maxBytes() - derivedBytes());
    try (Par par = Par.builder(config).cacheMaxBytes(forPackages).build()) {
      packages = par.evict();
    }
    // Packages that must stay may leave too little space for derived directories.
    long packageBytes =
        packages.stream().filter(p -> !p.evicted()).mapToLong(p -> bytes(p.cached())).sum();
    for (DerivedDirectory next : List.copyOf(remaining)) {
      if (packageBytes + derivedBytes() > limits.maxBytes()) {
        remove(List.of(next), overLimit);
      } else if (limits.directory().toFile().getUsableSpace() < limits.minFreeBytes()) {
        remove(List.of(next), "less than " + limits.minFreeBytes() + " bytes are free on the disk");
      }
    }
    remaining.forEach(directory -> results.add(new DerivedResult(directory, false, "")));
    results.sort(Comparator.comparing(result -> result.directory().lastUsed()));
    return new Results(packages, List.copyOf(results));
  }

  /** A package or a derived directory. */
  private record Entry(
      Instant lastUsed, long bytes, boolean used, Optional<DerivedDirectory> derived) {}

  /** The directories to remove when both kinds are removed least recently used first. */
  private List<DerivedDirectory> leastRecentlyUsed() {
    List<CachedPackage> packages;
    try (Par par = Par.builder(config).build()) {
      packages = par.cachedPackages();
    }
    List<Entry> all =
        Stream.concat(
                packages.stream()
                    .map(
                        p ->
                            new Entry(
                                p.lastUsed(), bytes(p), !p.users().isEmpty(), Optional.empty())),
                remaining.stream()
                    .map(
                        d ->
                            new Entry(
                                d.lastUsed(), d.bytes(), !d.users().isEmpty(), Optional.of(d))))
            .sorted(Comparator.comparing(Entry::lastUsed))
            .toList();
    long total = all.stream().mapToLong(Entry::bytes).sum();
    var gone = new ArrayList<DerivedDirectory>();
    for (Entry entry : all) {
      if (total > limits.maxBytes() && !entry.used()) {
        total -= entry.bytes();
        entry.derived().ifPresent(gone::add);
      }
    }
    return gone;
  }

  private void remove(List<DerivedDirectory> directories, String reason) {
    Set<DerivedDirectory> done = new HashSet<>();
    for (DerivedDirectory directory : directories) {
      done.add(directory);
      try {
        boolean removed = maintenance.remove(directory);
        results.add(new DerivedResult(directory, removed, removed ? reason : inUse(directory)));
      } catch (IOException e) {
        // A directory that cannot be removed, such as another user's, must not protect the others.
        results.add(new DerivedResult(directory, false, "it cannot be removed: " + e));
      }
    }
    remaining.removeAll(done);
  }

  private static String inUse(DerivedDirectory directory) {
    return "in use by "
        + directory.users().stream()
            .findFirst()
            .map(CachedPackage.User::toString)
            .orElse("a process");
  }

  private long derivedBytes() {
    return Stream.concat(
            remaining.stream(),
            results.stream().filter(r -> !r.removed()).map(DerivedResult::directory))
        .mapToLong(DerivedDirectory::bytes)
        .sum();
  }

  private static long bytes(CachedPackage cached) {
    return cached.packageBytes() + cached.treeBytes();
  }
}
