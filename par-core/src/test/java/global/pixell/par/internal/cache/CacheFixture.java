package global.pixell.par.internal.cache;

import global.pixell.par.Digest;
import global.pixell.par.ParConfig;
import global.pixell.par.ParEvent;
import global.pixell.par.internal.archive.TestZip;
import global.pixell.par.internal.archive.UnpackLimits;
import global.pixell.par.internal.archive.ZipDirectory;
import global.pixell.par.internal.download.partial.PartialDownloads;
import global.pixell.par.internal.io.AtomicFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/**
 * A cache with its own clock and disk. Every instance that a test opens from it behaves like one in
 * another process.
 */
public final class CacheFixture {

  /** The settings of a cache that tests vary. */
  record Policy(Optional<Duration> maxAge, long minFreeBytes, boolean verifyDigests) {}

  static final Policy NO_FLOOR = policy(Optional.empty(), 0, true);

  final Path root;
  final CacheLayout layout;
  final List<ParEvent.Detail> events = new CopyOnWriteArrayList<>();
  volatile Instant now = Instant.now();
  volatile long freeBytes = Long.MAX_VALUE;
  Duration heartbeatEvery = Leases.HEARTBEAT;

  CacheFixture(Path root) {
    this.root = root;
    this.layout = new CacheLayout(root);
  }

  static Policy policy(Optional<Duration> maxAge, long minFreeBytes, boolean verifyDigests) {
    return new Policy(maxAge, minFreeBytes, verifyDigests);
  }

  PackageCache open() {
    return open(NO_FLOOR, Long.MAX_VALUE);
  }

  PackageCache open(Policy policy, long maxBytes) {
    InstantSource clock = () -> now;
    ParConfig.Builder config =
        ParConfig.builder()
            .cacheDirectory(root)
            .allowBucket("packages")
            .cacheMaxBytes(maxBytes)
            .cacheMinFreeBytes(policy.minFreeBytes())
            .cacheVerifyDigests(policy.verifyDigests())
            .cacheLockTimeout(Duration.ofSeconds(30));
    policy.maxAge().ifPresent(config::cacheMaxAge);
    var cache =
        new PackageCache(
            config.build().cache(),
            events::add,
            clock,
            () -> freeBytes,
            heartbeatEvery,
            PartialDownloads.in(layout.partials(), true)::sweep,
            PackageCache.UseListener.NONE,
            () -> false);
    cache.open();
    return cache;
  }

  /** An archive of one file, whose content repeats the name up to this length. */
  static byte[] archive(String name, int bytes) {
    return TestZip.of().file("src/" + name, name.repeat(bytes / name.length() + 1)).bytes();
  }

  /** Puts an archive and its tree into the cache, as a fetch does. */
  static Digest put(PackageCache cache, byte[] archive) throws IOException {
    Digest digest = putBlob(cache, archive);
    unpack(cache, archive, digest);
    return digest;
  }

  static Digest putBlob(PackageCache cache, byte[] archive) throws IOException {
    Path file = Files.write(cache.temporary(), archive);
    Digest digest = Digest.of(file);
    cache.publishBlob(file, digest);
    return digest;
  }

  static Path unpack(PackageCache cache, byte[] archive, Digest digest) throws IOException {
    ZipDirectory content = ZipDirectory.read(TestZip.archive(archive), UnpackLimits.DEFAULT);
    return cache.publishTree(StagedTree.unpack(content, cache.temporary(), () -> false), digest);
  }

  /** Every path below a folder of the cache, relative to it. */
  List<String> below(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> all = Files.walk(directory)) {
      return all.skip(1).map(p -> directory.relativize(p).toString()).sorted().toList();
    }
  }

  /** Changes or creates a file where the cache permits none. */
  public static void overwrite(Path file, String content) throws IOException {
    if (Files.exists(file)) {
      AtomicFiles.setOwnerWritable(file);
    }
    AtomicFiles.setOwnerWritable(AtomicFiles.parentOf(file));
    Files.writeString(file, content);
  }
}
