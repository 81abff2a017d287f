package global.pixell.par.internal.manifest;

import global.pixell.par.AgentManifest;
import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Collection;

/** Reads {@code agent.yaml} and reports every fault of it at once, with its line. */
public final class ManifestReader {

  public static final String FILE = "agent.yaml";

  /** Far above any real manifest; keeps a hostile one from filling the heap. */
  public static final int MAX_BYTES = 1 << 20;

  private ManifestReader() {}

  /**
   * Reads the manifest of an unpacked package.
   *
   * @throws ParException of kind {@code BAD_PACKAGE} when there is none or it has faults, {@code
   *     DISK} when it cannot be read
   */
  public static AgentManifest read(Path directory) {
    Path file = directory.resolve(FILE);
    try {
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        throw MissingManifest.of(directory);
      }
      long size = Files.size(file);
      if (size > MAX_BYTES) {
        throw YamlDocument.unreadable(
            "it is " + size + " bytes, over the limit of " + MAX_BYTES + ".");
      }
      return parse(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new ParException(
          Kind.DISK,
          file + " cannot be read: " + e + ".",
          "Check the permissions of the package.",
          e);
    }
  }

  /**
   * The refusal of a package without a manifest; its message names the near misses.
   *
   * @param names paths of all entries, folders with a slash at the end
   */
  public static ParException missing(Collection<String> names) {
    return MissingManifest.of(names);
  }

  /**
   * Reads the content of a manifest.
   *
   * @throws ParException of kind {@code BAD_PACKAGE} when it has faults
   */
  public static AgentManifest parse(byte[] yaml) {
    var findings = new Findings();
    AgentManifest manifest = ManifestSections.read(YamlDocument.parse(yaml, findings), findings);
    if (!findings.faults().isEmpty()) {
      throw ParException.ofProblems(Kind.BAD_PACKAGE, FILE, findings.faults());
    }
    return manifest;
  }
}
