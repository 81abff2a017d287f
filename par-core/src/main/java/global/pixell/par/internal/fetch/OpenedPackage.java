package global.pixell.par.internal.fetch;

import global.pixell.par.AgentManifest;
import global.pixell.par.AgentPackage;
import global.pixell.par.Digest;
import global.pixell.par.internal.cache.TreeCopy;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A package whose tree lies in the cache, or in a directory of the caller. */
record OpenedPackage(
    AgentManifest manifest,
    Optional<Digest> digest,
    Origin origin,
    Path directory,
    List<String> warnings)
    implements AgentPackage {

  OpenedPackage {
    warnings = List.copyOf(warnings);
  }

  @Override
  public void copyTo(Path target) {
    TreeCopy.copy(directory, target);
  }

  @Override
  public String toString() {
    return manifest.name() + " " + manifest.version() + " from " + origin;
  }
}
