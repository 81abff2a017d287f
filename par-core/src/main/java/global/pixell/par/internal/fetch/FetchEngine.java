package global.pixell.par.internal.fetch;

import global.pixell.par.AgentPackage;
import global.pixell.par.AgentPackage.Origin;
import global.pixell.par.AgentPackage.Source;
import global.pixell.par.CachedPackage;
import global.pixell.par.Digest;
import global.pixell.par.PackageInspection;
import global.pixell.par.PackageRef;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.ParEvent;
import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.archive.UnpackLimits;
import global.pixell.par.internal.cache.CacheLayout;
import global.pixell.par.internal.cache.CacheMaintenance;
import global.pixell.par.internal.cache.PackageCache;
import global.pixell.par.internal.download.partial.PartialDownloads;
import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.internal.io.Cancellation;
import global.pixell.par.internal.io.DiskErrors;
import global.pixell.par.internal.io.FileMutex;
import global.pixell.par.internal.io.Sha256;
import global.pixell.par.internal.resolve.AddressRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The straight way behind {@link Par}: from the cache where it can be, else fetched, then opened.
 */
public final class FetchEngine implements AutoCloseable {

  private final ParConfig config;
  private final Consumer<ParEvent> events;
  private final PackageCache cache;
  private final AddressRule rule;
  private final PackageFetcher fetcher;
  private final PackageOpener opener;
  private volatile boolean closed;

  public FetchEngine(
      ParConfig config, Consumer<ParEvent> events, Optional<Consumer<? super Duration>> waiting) {
    this.config = config;
    this.events = events;
    var partials =
        PartialDownloads.in(
            new CacheLayout(config.cacheDirectory()).partials(), config.cachePolicy().locks());
    this.cache = new PackageCache(config, events, partials::sweep);
    this.rule = new AddressRule(config);
    this.fetcher = new PackageFetcher(config, cache, partials, rule, events, waiting);
    this.opener = new PackageOpener(cache, limits(), events, () -> closed);
  }

  public AgentPackage fetch(PackageRef ref) {
    throwIfClosed();
    rule.check(ref);
    cache.open();
    Optional<AgentPackage> pinned = ref.digest().flatMap(digest -> fromCache(ref, digest));
    if (pinned.isPresent()) {
      return pinned.get();
    }
    if (config.offline()) {
      return offline(ref);
    }
    try {
      return online(ref);
    } catch (ParException e) {
      return stale(ref, e);
    }
  }

  @SuppressWarnings("try") // The lock is held, not used.
  private AgentPackage online(PackageRef ref) {
    String key = ref.digest().map(Digest::hex).orElse(ref.toString());
    try (FileMutex held = cache.lock(key)) {
      // Whoever held the lock before may have done the work.
      Optional<AgentPackage> meanwhile = ref.digest().flatMap(digest -> fromCache(ref, digest));
      return meanwhile.orElseGet(() -> download(ref));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Cancellation.closed();
    }
  }

  private AgentPackage download(PackageRef ref) {
    try (UnpackAhead ahead = opener.ahead(ref.digest())) {
      return fetcher.fetch(
          ref,
          ahead,
          fetched -> opener.open(fetched.blob(), fetched.digest(), fetched.origin(), ahead));
    }
  }

  private Optional<AgentPackage> fromCache(PackageRef ref, Digest digest) {
    return cache
        .blob(digest)
        .map(
            blob -> {
              events.accept(new ParEvent.Cached(digest, true));
              return opener.open(blob, digest, origin(ref.toString(), Source.CACHE));
            });
  }

  private AgentPackage offline(PackageRef ref) {
    return lastKnown(ref)
        .orElseThrow(
            () ->
                new ParException(
                    Kind.NOT_FOUND,
                    ref
                        + " is not in the cache "
                        + config.cacheDirectory()
                        + ", and PAR is offline"
                        + new OfflineResolver(cache, config).alternatives(ref)
                        + ".",
                    "Fetch it once online into this cache, or unset PAR_OFFLINE."));
  }

  /** What the cache has for a reference whose bytes may be any that were good once. */
  private Optional<AgentPackage> lastKnown(PackageRef ref) {
    return ref.digest().isPresent()
        ? Optional.empty()
        : new OfflineResolver(cache, config).resolve(ref).flatMap(digest -> fromCache(ref, digest));
  }

  /** The answer to an S3 that does not answer: an error, unless the operator chose otherwise. */
  private AgentPackage stale(PackageRef ref, ParException e) {
    if (e.kind() != Kind.UNAVAILABLE || !config.cachePolicy().serveStale()) {
      throw e;
    }
    AgentPackage last = lastKnown(ref).orElseThrow(() -> e);
    events.accept(
        new ParEvent.Warned(
            "S3 is unavailable, so "
                + ref
                + " is what it held when it was last asked ("
                + e.getMessage()
                + ").",
            "Set PAR_CACHE_SERVE_STALE=false to make this an error."));
    return last;
  }

  public AgentPackage open(Path local) {
    throwIfClosed();
    Path path = local.toAbsolutePath().normalize();
    if (Files.isDirectory(path)) {
      return opener.open(path, Optional.empty(), origin(path.toString(), Source.LOCAL));
    }
    requireFile(path);
    cache.open();
    try {
      Digest digest = Sha256.of(path);
      Path blob = cache.blob(digest).orElse(null);
      if (blob == null) {
        Path temporary = cache.temporary();
        cache.requireSpace("The package " + path, Files.size(path));
        try {
          Files.copy(path, temporary);
          AtomicFiles.sync(temporary);
          // The file may have been written to meanwhile: what runs is the copy, and so what counts.
          digest = Sha256.of(temporary);
          blob = cache.publishBlob(temporary, digest);
        } finally {
          AtomicFiles.discard(temporary);
        }
      }
      return opener.open(blob, digest, origin(path.toString(), Source.LOCAL));
    } catch (IOException e) {
      throw DiskErrors.of("read " + path, e);
    }
  }

  public List<CachedPackage> cachedPackages() {
    return openCache().maintain(CacheMaintenance::list);
  }

  public List<CachedPackage> verifyCache() {
    return openCache().maintain(CacheMaintenance::verify);
  }

  public List<CachedPackage> cleanCache() {
    return openCache().maintain(CacheMaintenance::clean);
  }

  private PackageCache openCache() {
    throwIfClosed();
    cache.open();
    return cache;
  }

  public PackageInspection inspect(Path file) {
    requireFile(file);
    return PackageOpener.inspect(file, limits());
  }

  private static void requireFile(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new ParException(
          Kind.NOT_FOUND,
          "There is no package at " + file + ".",
          "Name an .apkg file or an unpacked directory.");
    }
  }

  private UnpackLimits limits() {
    return new UnpackLimits(config.maxUnpackedBytes(), config.maxEntries());
  }

  private static Origin origin(String address, Source source) {
    return new Origin(address, Optional.empty(), Optional.empty(), source);
  }

  private void throwIfClosed() {
    if (closed) {
      throw Cancellation.closed();
    }
  }

  @Override
  public void close() {
    closed = true;
    fetcher.close();
    cache.close();
  }
}
