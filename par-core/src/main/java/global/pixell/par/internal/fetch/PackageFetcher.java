package global.pixell.par.internal.fetch;

import global.pixell.par.AgentPackage.Origin;
import global.pixell.par.AgentPackage.Source;
import global.pixell.par.Digest;
import global.pixell.par.PackageRef;
import global.pixell.par.ParConfig;
import global.pixell.par.ParEvent;
import global.pixell.par.internal.cache.PackageCache;
import global.pixell.par.internal.download.Download;
import global.pixell.par.internal.download.DownloadSettings;
import global.pixell.par.internal.download.FetchRetry;
import global.pixell.par.internal.download.partial.ArrivingFile;
import global.pixell.par.internal.download.partial.PartialDownloads;
import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.internal.io.Cancellation;
import global.pixell.par.internal.remote.AbortableRequests;
import global.pixell.par.internal.remote.ContentPin;
import global.pixell.par.internal.remote.FetchFailure;
import global.pixell.par.internal.remote.HttpsFetcher;
import global.pixell.par.internal.remote.InterruptibleRequests;
import global.pixell.par.internal.remote.Listing;
import global.pixell.par.internal.remote.ObjectSource;
import global.pixell.par.internal.remote.s3.S3Fetcher;
import global.pixell.par.internal.resolve.AddressRule;
import global.pixell.par.internal.resolve.PackageResolver;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Resolves a reference, downloads it, verifies it and publishes it to the cache. */
final class PackageFetcher implements AutoCloseable {

  /** A verified blob and its origin. */
  record Fetched(Path blob, Digest digest, Origin origin) {}

  private final ParConfig config;
  private final PackageCache cache;
  private final PartialDownloads partials;
  private final AddressRule rule;
  private final Consumer<ParEvent.Detail> events;
  private final DownloadSettings settings;
  private final Optional<Consumer<? super Duration>> sleeper;
  // Not RandomGenerator.getDefault(), which searches the class path for its algorithm.
  private final Random random = new Random();
  // By how much injected waits were shorter than they should have been.
  private final AtomicLong skipped = new AtomicLong();
  private final Set<Download> downloads = ConcurrentHashMap.newKeySet();
  private final Set<ListingAttempt> listings = ConcurrentHashMap.newKeySet();
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean closed;
  // Created on first use, because a package from the cache needs no AWS class.
  private @Nullable S3Fetcher s3;

  PackageFetcher(
      ParConfig config,
      PackageCache cache,
      PartialDownloads partials,
      AddressRule rule,
      Consumer<ParEvent.Detail> events,
      Optional<Consumer<? super Duration>> sleeper) {
    this.config = config;
    this.cache = cache;
    this.partials = partials;
    this.rule = rule;
    this.events = events;
    this.sleeper = sleeper;
    this.settings = DownloadSettings.of(config);
  }

  /** Retries within the time that remains of the call's own deadline. */
  private FetchRetry retry(FetchCall call) {
    Duration deadline = config.download().deadline();
    return new FetchRetry(
        config.download().attempts(),
        call.hasFallback() ? FetchRetry.PATIENCE_WITH_FALLBACK : FetchRetry.PATIENCE,
        call.remaining().filter(left -> left.compareTo(deadline) < 0).orElse(deadline),
        () -> System.nanoTime() + skipped.get(),
        random,
        this::sleep);
  }

  /**
   * Fetches over the network.
   *
   * @param ahead unpacks the bytes while they arrive
   * @param use uses the blob; the address is recorded only after it has returned
   */
  <T> T fetch(PackageRef ref, FetchCall call, UnpackAhead ahead, Function<Fetched, T> use) {
    ObjectSource source = new InterruptibleSource(source(ref, call));
    Optional<Known> known = ref.digest().isPresent() ? Optional.empty() : held(source.address());
    Path temporary = cache.temporary();
    try (var download =
        new Download(
            source, settings, temporary, partials, events, new Listener(source, ref, ahead))) {
      downloads.add(download);
      throwIfClosed();
      Download.Result result =
          download.run(known.flatMap(held -> held.ref().eTag()), ref.digest(), retry(call));
      if (!(result instanceof Download.Downloaded downloaded)) {
        // Bytes that were unpacked ahead are of another content than the cached one.
        ahead.close();
        return use.apply(unchanged(source, known.orElseThrow()));
      }
      Fetched fetched = accept(source, downloaded);
      T used = use.apply(fetched);
      remember(ref, fetched);
      return used;
    } finally {
      downloads.removeIf(Download::isClosed);
      AtomicFiles.discard(temporary);
    }
  }

  /** Prepares for a content that starts to arrive, for the first time or again. */
  private final class Listener implements Download.Listener {
    private final ObjectSource source;
    private final PackageRef ref;
    private final UnpackAhead ahead;

    Listener(ObjectSource source, PackageRef ref, UnpackAhead ahead) {
      this.source = source;
      this.ref = ref;
      this.ahead = ahead;
    }

    @Override
    public void begins(ContentPin content, long present) {
      // Also when the size is unknown, and so nothing can be unpacked while it arrives.
      ahead.close();
      events.accept(ResolvedPackage.of(ref, source, content).event());
      cache.requireSpace(
          "The package " + source.address(), content.total().orElse(present) - present);
    }

    @Override
    public void arriving(ArrivingFile file) throws IOException {
      ahead.arriving(file);
    }
  }

  /** What the cache has for an address; verified and in use before S3 is asked. */
  private record Known(PackageCache.Ref ref, Path blob) {}

  private Optional<Known> held(String address) {
    return cache
        .ref(address)
        .flatMap(ref -> cache.blob(ref.digest()).map(blob -> new Known(ref, blob)));
  }

  private Fetched unchanged(ObjectSource source, Known held) {
    PackageCache.Ref ref = held.ref();
    long bytes = held.blob().toFile().length();
    events.accept(ResolvedPackage.unchanged(source, ref, bytes).event());
    events.accept(new ParEvent.Cached(ref.digest(), true));
    return new Fetched(
        held.blob(),
        ref.digest(),
        new Origin(source.address(), ref.versionId(), ref.eTag(), Source.CACHE));
  }

  private Fetched accept(ObjectSource source, Download.Downloaded result) {
    events.accept(
        new ParEvent.Downloaded(
            source.address(),
            result.bytes(),
            result.wireBytes(),
            result.attempts(),
            result.duration()));
    events.accept(new ParEvent.Verified(result.digest(), result.verifiedBy()));
    Path blob = cache.publishBlob(result.file(), result.digest());
    events.accept(new ParEvent.Cached(result.digest(), false));
    return new Fetched(
        blob,
        result.digest(),
        new Origin(source.address(), result.versionId(), result.eTag(), Source.DOWNLOAD));
  }

  private void remember(PackageRef ref, Fetched fetched) {
    Origin origin = fetched.origin();
    var record = new PackageCache.Ref(fetched.digest(), origin.eTag(), origin.versionId());
    cache.rememberRef(origin.address(), record);
    if (!ref.toString().equals(origin.address())) {
      cache.rememberRef(ref.toString(), record);
    }
  }

  private ObjectSource source(PackageRef ref, FetchCall call) {
    if (ref.address() instanceof PackageRef.HttpsUrl https) {
      return new HttpsFetcher(https.uri(), rule::allows);
    }
    S3Fetcher fetcher = s3();
    if (ref.address() instanceof PackageRef.S3Object object) {
      return fetcher.object(object);
    }
    var coordinates = (PackageRef.Coordinates) ref.address();
    return fetcher.object(resolver().resolve(coordinates, lister(call)));
  }

  /** Every version of a name, by one listing. */
  List<String> versions(PackageRef.Coordinates coordinates, FetchCall call) {
    return resolver().versions(coordinates, lister(call));
  }

  private PackageResolver resolver() {
    return new PackageResolver(config.s3().buckets().get(0), config.s3().keyLayout());
  }

  private PackageResolver.Lister lister(FetchCall call) {
    return (bucket, prefix) -> {
      var listing = new ListingAttempt(s3(), bucket, prefix);
      listings.add(listing);
      try {
        return retry(call).run(listing, this::retried);
      } finally {
        listings.remove(listing);
      }
    };
  }

  /** A listing as an attempt of the retry. */
  private final class ListingAttempt implements FetchRetry.Attempt<Listing> {
    private final S3Fetcher s3;
    private final String bucket;
    private final String prefix;
    private final AbortableRequests connections = new AbortableRequests();
    private final InterruptibleRequests requests = new InterruptibleRequests();

    ListingAttempt(S3Fetcher s3, String bucket, String prefix) {
      this.s3 = s3;
      this.bucket = bucket;
      this.prefix = prefix;
    }

    @Override
    public Listing run(int number) throws FetchFailure {
      try {
        return requests.run(
            "Listing s3://" + bucket + "/" + prefix,
            () -> s3.list(bucket, prefix, connections),
            connections::abort,
            listing -> {});
      } catch (FetchFailure e) {
        // A failure while PAR closes says nothing about the server.
        throwIfClosed();
        throw e;
      }
    }

    @Override
    public void abort() {
      requests.abort();
      connections.abort();
    }
  }

  /** Waits between attempts, at most until close. */
  private void sleep(Duration delay) throws InterruptedException {
    if (sleeper.isPresent()) {
      sleepInjected(sleeper.get(), delay);
    } else if (ended.await(delay.toNanos(), TimeUnit.NANOSECONDS)) {
      throw Cancellation.closed();
    }
  }

  private void sleepInjected(Consumer<? super Duration> wait, Duration delay)
      throws InterruptedException {
    long startedAt = System.nanoTime();
    wait.accept(delay);
    skipped.addAndGet(Math.max(0, delay.toNanos() - (System.nanoTime() - startedAt)));
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    throwIfClosed();
  }

  private void retried(int attempt, Duration delay, FetchFailure failure) {
    events.accept(new ParEvent.Retried(attempt, delay, failure.error().getMessage()));
  }

  private synchronized S3Fetcher s3() {
    // Nobody would close one that is created after close.
    throwIfClosed();
    if (s3 == null) {
      s3 = new S3Fetcher(config);
    }
    return s3;
  }

  private void throwIfClosed() {
    if (closed) {
      throw Cancellation.closed();
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    ended.countDown();
    downloads.forEach(Download::cancel);
    listings.forEach(ListingAttempt::abort);
    if (s3 != null) {
      s3.close();
    }
  }
}
