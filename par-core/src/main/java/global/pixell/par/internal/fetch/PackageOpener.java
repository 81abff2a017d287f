package global.pixell.par.internal.fetch;

import global.pixell.par.AgentManifest;
import global.pixell.par.AgentPackage;
import global.pixell.par.AgentPackage.Origin;
import global.pixell.par.Digest;
import global.pixell.par.ParEvent;
import global.pixell.par.internal.archive.UnpackLimits;
import global.pixell.par.internal.archive.ZipDirectory;
import global.pixell.par.internal.cache.PackageCache;
import global.pixell.par.internal.cache.StagedTree;
import global.pixell.par.internal.io.ArchiveBytes;
import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.internal.io.DiskErrors;
import global.pixell.par.internal.manifest.ManifestReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Unpacks a verified blob into the cache, and opens a tree as an {@link AgentPackage}. */
record PackageOpener(
    PackageCache cache,
    UnpackLimits limits,
    Consumer<ParEvent.Detail> events,
    BooleanSupplier cancelled) {

  /**
   * Unpacks while the package is downloaded; does nothing when the cache seems to have its tree.
   *
   * @param expected the digest the package must have, if one is given
   */
  UnpackAhead ahead(Optional<Digest> expected) {
    return ahead(expected.filter(cache::hasTree).isPresent());
  }

  private UnpackAhead ahead(boolean never) {
    return new UnpackAhead(
        cache::temporary, limits, cancelled, never ? Long.MAX_VALUE : UnpackAhead.MIN_BYTES);
  }

  /** Opens a verified blob; unpacks it if its tree is absent. */
  OpenedPackage open(Path blob, Digest digest, Origin origin) {
    try (UnpackAhead nothing = ahead(true)) {
      return open(blob, digest, origin, nothing);
    }
  }

  /** The same after a download, which may have been unpacked ahead. */
  OpenedPackage open(Path blob, Digest digest, Origin origin, UnpackAhead ahead) {
    Optional<Path> cached = cache.tree(digest);
    Path directory = cached.isPresent() ? cached.get() : unpack(blob, digest, ahead);
    return open(directory, Optional.of(digest), origin);
  }

  /** Opens an existing tree. */
  OpenedPackage open(Path directory, Optional<Digest> digest, Origin origin) {
    AgentManifest manifest = ManifestReader.read(directory);
    var warnings = new ArrayList<String>(manifest.warnings());
    warnings.addAll(packageWarnings(manifest, Files.isRegularFile(directory.resolve(".env"))));
    return new OpenedPackage(manifest, digest, origin, directory, warnings);
  }

  private Path unpack(Path blob, Digest digest, UnpackAhead ahead) {
    long started = System.nanoTime();
    Optional<StagedTree> staged = ahead.finish();
    if (staged.isPresent()) {
      return publish(staged.get(), digest, started);
    }
    Path staging = cache.temporary();
    try (ArchiveBytes archive = ArchiveBytes.ofFile(blob)) {
      ZipDirectory content = ZipDirectory.read(archive, limits);
      cache.requireSpace("Unpacking " + digest, content.announced().bytes());
      return publish(StagedTree.unpack(content, staging, cancelled), digest, started);
    } catch (IOException e) {
      throw DiskErrors.of("unpack " + blob, e);
    } finally {
      AtomicFiles.discard(staging);
    }
  }

  private Path publish(StagedTree tree, Digest digest, long started) {
    ManifestReader.read(tree.staging());
    Path directory = cache.publishTree(tree, digest);
    events.accept(
        new ParEvent.Unpacked(
            directory,
            tree.content().entries(),
            tree.content().bytes(),
            Duration.ofNanos(System.nanoTime() - started)));
    return directory;
  }

  static List<String> packageWarnings(AgentManifest manifest, boolean hasDotEnv) {
    var warnings = new ArrayList<String>();
    if (hasDotEnv) {
      warnings.add("The package contains a .env file; secrets do not belong in a package.");
    }
    if (!manifest.runnable()) {
      warnings.add("The package declares no command, entrypoint or surface; it cannot be booted.");
    }
    return warnings;
  }
}
