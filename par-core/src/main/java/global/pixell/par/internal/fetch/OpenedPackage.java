package global.pixell.par.internal.fetch;

import global.pixell.par.AgentManifest;
import global.pixell.par.AgentPackage;
import global.pixell.par.Digest;
import global.pixell.par.internal.cache.TreeCopy;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** A package with its tree in the cache or in a directory of the caller. */
final class OpenedPackage implements AgentPackage {

  private final AgentManifest manifest;
  private final Optional<Digest> digest;
  private final Origin origin;
  private final Path directory;
  private final List<String> warnings;
  private final AtomicReference<Runnable> release = new AtomicReference<>(() -> {});

  OpenedPackage(
      AgentManifest manifest,
      Optional<Digest> digest,
      Origin origin,
      Path directory,
      List<String> warnings) {
    this.manifest = manifest;
    this.digest = digest;
    this.origin = origin;
    this.directory = directory;
    this.warnings = List.copyOf(warnings);
  }

  /** What {@link #close} does, once. */
  void onClose(Runnable releaseLease) {
    release.set(releaseLease);
  }

  @Override
  public AgentManifest manifest() {
    return manifest;
  }

  @Override
  public Optional<Digest> digest() {
    return digest;
  }

  @Override
  public Origin origin() {
    return origin;
  }

  @Override
  public Path directory() {
    return directory;
  }

  @Override
  public List<String> warnings() {
    return warnings;
  }

  @Override
  public void copyTo(Path target) {
    TreeCopy.copy(directory, target);
  }

  @Override
  public void close() {
    release.getAndSet(() -> {}).run();
  }

  @Override
  public String toString() {
    return manifest.name() + " " + manifest.version() + " from " + origin;
  }
}
