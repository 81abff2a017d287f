package global.pixell.par.internal.fetch;

import global.pixell.par.AgentPackage;
import global.pixell.par.AgentPackage.Origin;
import global.pixell.par.AgentPackage.Source;
import global.pixell.par.CachedPackage;
import global.pixell.par.Digest;
import global.pixell.par.EvictionResult;
import global.pixell.par.FetchOptions;
import global.pixell.par.PackageInspection;
import global.pixell.par.PackageRef;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.ParEvent;
import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.VerificationResult;
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
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;

/** The engine behind {@link Par}: takes a package from the cache or fetches it, then opens it. */
public final class FetchEngine implements Par {

  private final ParConfig config;
  private final FetchCalls calls;
  private final PackageCache cache;
  private final AddressRule rule;
  private final PackageFetcher fetcher;
  private volatile boolean closed;

  /**
   * An engine that has opened nothing yet.
   *
   * @param sleeper how to wait between two attempts; empty to sleep
   */
  public FetchEngine(
      ParConfig config,
      List<Consumer<? super ParEvent>> listeners,
      Optional<Consumer<? super Duration>> sleeper) {
    this.config = config;
    this.calls = new FetchCalls(listeners);
    var partials =
        PartialDownloads.in(
            new CacheLayout(config.cache().directory()).partials(), config.cache().locks());
    this.cache =
        new PackageCache(
            config.cache(), calls::report, partials::sweep, calls, () -> closed || calls.isLate());
    this.rule = new AddressRule(config);
    this.fetcher = new PackageFetcher(config, cache, partials, rule, calls::report, sleeper);
  }

  @Override
  public AgentPackage fetch(PackageRef ref, FetchOptions options) {
    return run(ref.toString(), options, call -> handOut(fetch(ref, call), call));
  }

  @Override
  public CompletableFuture<AgentPackage> fetchAsync(
      PackageRef ref, FetchOptions options, Executor executor) {
    var task = new FetchTask(() -> fetch(ref, options));
    executor.execute(task);
    return task;
  }

  /** Runs a call, and releases the packages that it took into use but does not hand out. */
  private <T> T run(String address, FetchOptions options, Function<FetchCall, T> work) {
    throwIfClosed();
    FetchCall call = calls.begin(address, options);
    try {
      return work.apply(call);
    } catch (ParException e) {
      throw call.isLate() && !closed && isEndedEarly(e) ? late(address, options, e) : e;
    } finally {
      call.used().forEach(cache::release);
      calls.end(call);
    }
  }

  private static boolean isEndedEarly(ParException e) {
    return e.kind() == Kind.CANCELLED && !Thread.currentThread().isInterrupted();
  }

  private static ParException late(String address, FetchOptions options, ParException e) {
    return new ParException(
        Kind.UNAVAILABLE,
        address
            + " was not ready within "
            + options.deadline().map(Duration::toMillis).orElse(0L)
            + " ms, the deadline of this call.",
        "Allow more time with FetchOptions.withDeadline(…), or check the network to S3.",
        e);
  }

  private AgentPackage handOut(OpenedPackage opened, FetchCall call) {
    opened
        .digest()
        .filter(call.used()::contains)
        .ifPresent(
            digest -> {
              call.released(digest);
              opened.onClose(() -> cache.release(digest));
            });
    return opened;
  }

  private OpenedPackage fetch(PackageRef ref, FetchCall call) {
    rule.check(ref);
    cache.open();
    Optional<OpenedPackage> pinned = ref.digest().flatMap(digest -> fromCache(ref, digest, call));
    if (pinned.isPresent()) {
      return pinned.get();
    }
    if (config.offline()) {
      return offline(ref, call);
    }
    if (config.cache().serveStale() && lastKnownDigest(ref).isPresent()) {
      call.expectFallback();
    }
    try {
      return online(ref, call);
    } catch (ParException e) {
      return stale(ref, e, call);
    }
  }

  @SuppressWarnings("try") // The lock is held, not used.
  private OpenedPackage online(PackageRef ref, FetchCall call) {
    String key = ref.digest().map(Digest::hex).orElse(ref.toString());
    try (FileMutex held = lock(key, call)) {
      // Another process may have fetched it while we waited for the lock.
      Optional<OpenedPackage> meanwhile =
          ref.digest().flatMap(digest -> fromCache(ref, digest, call));
      return meanwhile.orElseGet(() -> download(ref, call));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Cancellation.interrupted(ref.toString(), e);
    }
  }

  private FileMutex lock(String key, FetchCall call) throws InterruptedException {
    try {
      return cache.lock(key, call.remaining());
    } catch (ParException e) {
      if (call.isLate() && e.kind() == Kind.DISK) {
        // The deadline of the call ended the wait for the lock, not the timeout of the cache.
        throw new ParException(Kind.CANCELLED, e.getMessage(), e.hint(), e);
      }
      throw e;
    }
  }

  private OpenedPackage download(PackageRef ref, FetchCall call) {
    PackageOpener opener = opener(call);
    try (UnpackAhead ahead = opener.ahead(ref.digest())) {
      return fetcher.fetch(
          ref,
          call,
          ahead,
          fetched -> opener.open(fetched.blob(), fetched.digest(), fetched.origin(), ahead));
    }
  }

  private PackageOpener opener(FetchCall call) {
    return new PackageOpener(cache, limits(), calls::report, () -> closed || call.isLate());
  }

  private Optional<OpenedPackage> fromCache(PackageRef ref, Digest digest, FetchCall call) {
    return cache
        .blob(digest)
        .map(
            blob -> {
              calls.report(new ParEvent.Cached(digest, true));
              return opener(call).open(blob, digest, origin(ref.toString(), Source.CACHE));
            });
  }

  private OpenedPackage offline(PackageRef ref, FetchCall call) {
    return lastKnown(ref, call)
        .orElseThrow(
            () ->
                new ParException(
                    Kind.NOT_FOUND,
                    ref
                        + " is not in the cache "
                        + config.cache().directory()
                        + ", and PAR is offline"
                        + new OfflineResolver(cache, config).alternatives(ref)
                        + ".",
                    "Fetch it once online into this cache, or set offline(false)."));
  }

  /** The package that an address without a digest led to when it was last fetched. */
  private Optional<OpenedPackage> lastKnown(PackageRef ref, FetchCall call) {
    return lastKnownDigest(ref).flatMap(digest -> fromCache(ref, digest, call));
  }

  private Optional<Digest> lastKnownDigest(PackageRef ref) {
    return ref.digest().isPresent()
        ? Optional.empty()
        : new OfflineResolver(cache, config).resolve(ref);
  }

  /** Serves the last known package while S3 is unavailable, if that is configured. */
  private OpenedPackage stale(PackageRef ref, ParException e, FetchCall call) {
    if (e.kind() != Kind.UNAVAILABLE || !config.cache().serveStale()) {
      throw e;
    }
    OpenedPackage last = lastKnown(ref, call).orElseThrow(() -> e);
    calls.report(
        new ParEvent.Warned(
            "S3 is unavailable, so "
                + ref
                + " is the package that it led to when S3 last answered ("
                + e.getMessage()
                + ").",
            "Set cacheServeStale(false) to make this an error."));
    return last;
  }

  @Override
  public List<String> versions(PackageRef ref) {
    if (!(ref.address() instanceof PackageRef.Coordinates coordinates)) {
      throw new ParException(
          Kind.CONFIG,
          ref + " is one object, so it has no versions to list.",
          "Use coordinates such as acme/greeter@latest.");
    }
    return run(
        ref.toString(),
        FetchOptions.DEFAULT,
        call -> {
          rule.requireBucket(ref);
          if (config.offline()) {
            cache.open();
            return new OfflineResolver(cache, config).versions(coordinates);
          }
          return fetcher.versions(coordinates, call);
        });
  }

  @Override
  public AgentPackage open(Path path) {
    Path absolute = path.toAbsolutePath().normalize();
    return run(
        absolute.toString(), FetchOptions.DEFAULT, call -> handOut(open(absolute, call), call));
  }

  private OpenedPackage open(Path path, FetchCall call) {
    PackageOpener opener = opener(call);
    if (Files.isDirectory(path)) {
      return opener.open(path, Optional.empty(), origin(path.toString(), Source.LOCAL));
    }
    requirePackage(path);
    cache.open();
    try {
      BooleanSupplier cancelled = () -> closed || call.isLate();
      Digest digest = Sha256.of(path, cancelled);
      Path blob = cache.blob(digest).orElse(null);
      if (blob == null) {
        Path temporary = cache.temporary();
        cache.requireSpace("The package " + path, Files.size(path));
        try {
          // Hashed again while it is copied, because the file may have changed meanwhile.
          digest = copy(path, temporary, cancelled);
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

  private static Digest copy(Path from, Path to, BooleanSupplier cancelled) throws IOException {
    Digest digest;
    try (OutputStream out = Files.newOutputStream(to, StandardOpenOption.CREATE_NEW)) {
      digest = Sha256.copy(from, out, cancelled);
    }
    AtomicFiles.sync(to);
    return digest;
  }

  @Override
  public PackageInspection inspect(Path path) {
    return run(
        path.toString(),
        FetchOptions.DEFAULT,
        call -> {
          requirePackage(path);
          return Inspection.of(path, limits(), () -> closed);
        });
  }

  @Override
  public List<CachedPackage> cachedPackages() {
    return maintain(CacheMaintenance::list);
  }

  @Override
  public List<VerificationResult> verifyCache() {
    return maintain(CacheMaintenance::verify);
  }

  @Override
  public List<EvictionResult> evict() {
    return maintain(CacheMaintenance::evict);
  }

  @Override
  public Optional<EvictionResult> evict(Digest digest) {
    return maintain(maintenance -> maintenance.evict(digest));
  }

  private <T> T maintain(PackageCache.Maintenance<T> maintenance) {
    return run(
        "",
        FetchOptions.DEFAULT,
        call -> {
          cache.open();
          return cache.maintain(maintenance);
        });
  }

  private void requirePackage(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new ParException(
          Kind.NOT_FOUND,
          "There is no package at " + file + ".",
          "Name an .apkg file or an unpacked directory.");
    }
    Inspection.requireSize(file, config.limits().packageBytes());
  }

  private UnpackLimits limits() {
    return new UnpackLimits(config.limits().unpackedBytes(), config.limits().entries());
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
    calls.awaitEnd();
  }
}
