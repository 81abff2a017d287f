package global.pixell.par;

import global.pixell.par.AgentPackage.Origin;
import global.pixell.par.AgentPackage.Source;
import global.pixell.par.ParException.Kind;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The straight way behind {@link Par}: resolve, fetch, verify, cache, unpack. */
final class Fetching implements AutoCloseable {

  private final ParConfig config;
  private final Consumer<ParEvent> events;
  private final PackageCache cache;
  private final FetchRetry retry;
  private final Set<Download> downloads = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;
  // Made on first use: a package from the cache needs no AWS class at all.
  private @Nullable S3Fetcher s3;

  Fetching(ParConfig config, Consumer<ParEvent> events) {
    this.config = config;
    this.events = events;
    this.cache = new PackageCache(config.cacheDirectory());
    this.retry =
        new FetchRetry(
            config.attempts(),
            config.deadline(),
            System::nanoTime,
            RandomGenerator.getDefault(),
            delay -> Thread.sleep(delay.toMillis()));
  }

  @SuppressWarnings("try") // The lock is held, not used.
  AgentPackage fetch(PackageRef ref) {
    refuseWhatIsNotAllowed(ref);
    cache.open();
    Optional<AgentPackage> pinned = ref.digest().flatMap(digest -> fromCache(ref, digest));
    if (pinned.isPresent()) {
      return pinned.get();
    }
    if (config.offline()) {
      return offline(ref);
    }
    String key = ref.digest().map(Digest::hex).orElse(ref.toString());
    try (FileMutex held = cache.lock(key)) {
      // Whoever held the lock before may have done the work.
      Optional<AgentPackage> meanwhile = ref.digest().flatMap(digest -> fromCache(ref, digest));
      return meanwhile.isPresent() ? meanwhile.get() : download(ref);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw cancelled();
    }
  }

  private void refuseWhatIsNotAllowed(PackageRef ref) {
    throwIfClosed();
    ref.bucket()
        .filter(bucket -> !config.buckets().contains(bucket))
        .ifPresent(
            bucket -> {
              throw new ParException(
                  Kind.CONFIG,
                  "The bucket '"
                      + bucket
                      + "' of "
                      + ref
                      + " is not allowed; allowed are "
                      + config.buckets()
                      + ".",
                  "Add it to S3_BUCKET, or use a package from an allowed bucket.");
            });
    if (ref.address() instanceof PackageRef.HttpsUrl https && !allowed(https.uri())) {
      throw new ParException(
          Kind.CONFIG,
          "The host of " + ref + " is neither S3 nor allowed.",
          "Use a presigned S3 address of an allowed bucket, or allow the host by name.");
    }
    if (config.requireDigest() && ref.digest().isEmpty()) {
      throw new ParException(
          Kind.CONFIG,
          ref + " has no digest, and one is required.",
          "Add #sha256=HEX or PACKAGE_SHA256, or set PAR_REQUIRE_SHA256=false.");
    }
  }

  private boolean allowed(URI uri) {
    if (!"https".equalsIgnoreCase(uri.getScheme()) || uri.getHost() == null) {
      return false;
    }
    return PackageRef.bucketOf(uri).filter(config.buckets()::contains).isPresent()
        || config.hosts().contains(uri.getHost().toLowerCase(Locale.ROOT));
  }

  private Optional<AgentPackage> fromCache(PackageRef ref, Digest digest) {
    return cache
        .blob(digest)
        .map(
            blob -> {
              events.accept(new ParEvent.Cached(digest, true));
              return unpacked(blob, digest, origin(ref.toString(), Source.CACHE));
            });
  }

  private AgentPackage offline(PackageRef ref) {
    return cache
        .ref(ref.toString())
        .filter(known -> ref.digest().isEmpty())
        .flatMap(known -> fromCache(ref, known.digest()))
        .orElseThrow(
            () ->
                new ParException(
                    Kind.NOT_FOUND,
                    ref
                        + " is not in the cache "
                        + config.cacheDirectory()
                        + ", and PAR is offline.",
                    "Fetch it once online into this cache, or unset PAR_OFFLINE."));
  }

  private AgentPackage download(PackageRef ref) {
    ObjectSource source = source(ref);
    Optional<PackageCache.Ref> known =
        ref.digest().isPresent()
            ? Optional.empty()
            : cache.ref(source.address()).filter(r -> cache.blob(r.digest()).isPresent());
    Path temporary = cache.temporary();
    var download = new Download(source, config.maxPackageBytes(), events, System::nanoTime);
    downloads.add(download);
    try {
      throwIfClosed();
      Download.Result result =
          download.to(
              temporary,
              known.flatMap(PackageCache.Ref::eTag),
              retry,
              response -> announce(source, ref, response));
      if (result.unchanged() && known.isPresent()) {
        Digest digest = known.get().digest();
        events.accept(new ParEvent.Cached(digest, true));
        Path blob = cache.blob(digest).orElseThrow(() -> vanished(digest));
        return unpacked(
            blob,
            digest,
            new Origin(
                source.address(), known.get().versionId(), known.get().eTag(), Source.CACHE));
      }
      return accept(ref, source, temporary, result);
    } finally {
      downloads.remove(download);
      discard(temporary);
    }
  }

  private void announce(ObjectSource source, PackageRef ref, ObjectSource.Response response) {
    Optional<PackageRef.S3Object> object =
        source.address().startsWith("s3://")
            ? Optional.of((PackageRef.S3Object) PackageRef.parse(source.address()).address())
            : Optional.empty();
    OptionalLong size = response.total();
    events.accept(
        new ParEvent.Resolved(
            source.address(),
            object.map(PackageRef.S3Object::bucket),
            object.map(PackageRef.S3Object::key),
            response.versionId(),
            response.eTag(),
            size,
            ref.digest()));
    refuseFullDisk(size.orElse(0));
    events.accept(new ParEvent.Downloading(source.address(), 0, size, 0, Optional.empty()));
  }

  private void refuseFullDisk(long needed) {
    try {
      long free = Files.getFileStore(config.cacheDirectory()).getUsableSpace();
      if (free < needed) {
        throw new ParException(
            Kind.DISK,
            "The package needs "
                + needed
                + " bytes and the disk of "
                + config.cacheDirectory()
                + " has "
                + free
                + " free.",
            "Give the task more ephemeral storage, or point PAR_CACHE_DIR at a volume with space.");
      }
    } catch (IOException e) {
      // Not every file system tells; a write that fails will.
    }
  }

  private AgentPackage accept(
      PackageRef ref, ObjectSource source, Path file, Download.Result result) {
    events.accept(
        new ParEvent.Downloaded(
            source.address(),
            result.bytes(),
            result.wireBytes(),
            result.attempts(),
            result.duration()));
    ref.digest()
        .filter(expected -> !expected.equals(result.digest()))
        .ifPresent(
            expected -> {
              throw new ParException(
                  Kind.CORRUPT,
                  source.address()
                      + " has "
                      + result.digest()
                      + " ("
                      + result.bytes()
                      + " bytes), expected was "
                      + expected
                      + ".",
                  "The object was changed or the digest is of another build: compare with sha256sum of the file that was published.");
            });
    events.accept(
        new ParEvent.Verified(
            result.digest(), ref.digest().isPresent() ? "length+sha256" : "length"));
    Path blob = cache.publishBlob(file, result.digest());
    events.accept(new ParEvent.Cached(result.digest(), false));
    var origin = new Origin(source.address(), result.versionId(), result.eTag(), Source.DOWNLOAD);
    AgentPackage agent = unpacked(blob, result.digest(), origin);
    var record = new PackageCache.Ref(result.digest(), result.eTag(), result.versionId());
    cache.rememberRef(source.address(), record);
    if (!ref.toString().equals(source.address())) {
      cache.rememberRef(ref.toString(), record);
    }
    return agent;
  }

  private ObjectSource source(PackageRef ref) {
    if (ref.address() instanceof PackageRef.HttpsUrl https) {
      return new HttpsFetcher(https.uri(), this::allowed);
    }
    S3Fetcher fetcher = s3();
    if (ref.address() instanceof PackageRef.S3Object object) {
      return fetcher.object(object);
    }
    var coordinates = (PackageRef.Coordinates) ref.address();
    return fetcher.object(
        new PackageResolver(config.buckets().get(0), config.keyLayout())
            .resolve(
                coordinates,
                (bucket, prefix) ->
                    retry.run(attempt -> fetcher.list(bucket, prefix), this::retried)));
  }

  private void retried(int attempt, Duration delay, FetchFailure failure) {
    events.accept(new ParEvent.Retried(attempt, delay, failure.error().getMessage()));
  }

  private synchronized S3Fetcher s3() {
    if (s3 == null) {
      s3 = new S3Fetcher(config);
    }
    return s3;
  }

  AgentPackage open(Path local) {
    throwIfClosed();
    Path path = local.toAbsolutePath().normalize();
    if (Files.isDirectory(path)) {
      return agent(path, Optional.empty(), origin(path.toString(), Source.LOCAL));
    }
    requireFile(path);
    cache.open();
    try {
      Digest digest = Sha256.of(path);
      Path blob = cache.blob(digest).orElse(null);
      if (blob == null) {
        Path temporary = cache.temporary();
        try {
          Files.copy(path, temporary);
          blob = cache.publishBlob(temporary, digest);
        } finally {
          discard(temporary);
        }
      }
      return unpacked(blob, digest, origin(path.toString(), Source.LOCAL));
    } catch (IOException e) {
      throw DiskErrors.of("read " + path, e);
    }
  }

  Par.Inspection inspect(Path file) {
    requireFile(file);
    try (ArchiveBytes archive = ArchiveBytes.ofFile(file)) {
      UnpackLimits limits = limits();
      ZipDirectory directory = ZipDirectory.read(archive, limits);
      UnpackedTree tree = Unpacker.check(archive, limits);
      List<String> names = directory.members().stream().map(ZipMember::path).toList();
      AgentManifest manifest =
          ManifestReader.parse(
              directory
                  .readEntry(ManifestReader.FILE, ManifestReader.MAX_BYTES)
                  .orElseThrow(() -> ManifestReader.missing(names)));
      var warnings = new ArrayList<String>(manifest.warnings());
      warnings.addAll(packageWarnings(manifest, names.contains(".env")));
      return new Par.Inspection(
          manifest,
          Sha256.of(file),
          tree.entries(),
          Files.size(file),
          tree.bytes(),
          bytesByFolder(directory),
          warnings);
    } catch (IOException e) {
      throw DiskErrors.of("read " + file, e);
    }
  }

  private static Map<String, Long> bytesByFolder(ZipDirectory directory) {
    var sizes = new TreeMap<String, Long>();
    for (ZipMember member : directory.members()) {
      int slash = member.path().indexOf('/');
      sizes.merge(slash < 0 ? "." : member.path().substring(0, slash), member.size(), Long::sum);
    }
    return sizes;
  }

  private static void requireFile(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new ParException(
          Kind.NOT_FOUND,
          "There is no package at " + file + ".",
          "Name an .apkg file or an unpacked directory.");
    }
  }

  /** The tree of a proved blob, made now if it is not there. */
  private AgentPackage unpacked(Path blob, Digest digest, Origin origin) {
    Optional<Path> there = cache.tree(digest);
    return agent(
        there.isPresent() ? there.get() : unpack(blob, digest), Optional.of(digest), origin);
  }

  private Path unpack(Path blob, Digest digest) {
    Path staging = cache.temporary();
    long started = System.nanoTime();
    try (ArchiveBytes archive = ArchiveBytes.ofFile(blob)) {
      Files.createDirectory(staging);
      UnpackedTree tree =
          Unpacker.unpack(archive, staging, limits(), Unpacker.defaultWorkers(), () -> closed);
      ManifestReader.read(staging);
      Path directory = cache.publishTree(staging, digest);
      events.accept(
          new ParEvent.Unpacked(
              directory,
              tree.entries(),
              tree.bytes(),
              Duration.ofNanos(System.nanoTime() - started)));
      return directory;
    } catch (IOException e) {
      throw DiskErrors.of("unpack " + blob, e);
    } finally {
      discard(staging);
    }
  }

  private AgentPackage agent(Path directory, Optional<Digest> digest, Origin origin) {
    AgentManifest manifest = ManifestReader.read(directory);
    var warnings = new ArrayList<String>(manifest.warnings());
    warnings.addAll(
        packageWarnings(
            manifest, Files.exists(directory.resolve(".env"), LinkOption.NOFOLLOW_LINKS)));
    return new AgentPackage(manifest, digest, origin, directory, warnings);
  }

  private static List<String> packageWarnings(AgentManifest manifest, boolean hasDotEnv) {
    var warnings = new ArrayList<String>();
    if (hasDotEnv) {
      warnings.add("The package holds a .env file; secrets do not belong in a package.");
    }
    if (!manifest.runnable()) {
      warnings.add("The package declares no command, entrypoint or surface; it cannot be booted.");
    }
    return warnings;
  }

  private UnpackLimits limits() {
    return new UnpackLimits(config.maxUnpackedBytes(), config.maxEntries());
  }

  private static Origin origin(String address, Source source) {
    return new Origin(address, Optional.empty(), Optional.empty(), source);
  }

  private static void discard(Path temporary) {
    try {
      AtomicFiles.deleteTree(temporary);
    } catch (IOException e) {
      // The next start clears what is left; the reason this ends by must not be hidden.
    }
  }

  private static ParException vanished(Digest digest) {
    return new ParException(
        Kind.DISK,
        "The cached package " + digest + " vanished while it was in use.",
        "Fetch again.");
  }

  private void throwIfClosed() {
    if (closed) {
      throw cancelled();
    }
  }

  private static ParException cancelled() {
    return new ParException(Kind.CANCELLED, "PAR was closed.", "Open a new Par to fetch again.");
  }

  @Override
  public synchronized void close() {
    closed = true;
    downloads.forEach(Download::cancel);
    if (s3 != null) {
      s3.close();
    }
  }
}
