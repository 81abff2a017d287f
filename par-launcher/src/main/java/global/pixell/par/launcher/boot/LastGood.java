package global.pixell.par.launcher.boot;

import global.pixell.par.AgentPackage;
import global.pixell.par.Digest;
import global.pixell.par.PackageRef;
import global.pixell.par.ParException;
import global.pixell.par.internal.text.Json;
import global.pixell.par.launcher.failure.ExitCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The last package of an agent app that was ready on this cache, kept for {@code
 * PAR_FALLBACK=last-good} in a small file for each app, beside the cache's own folders.
 */
final class LastGood {

  private static final String FOLDER = "last-good";

  private final Path cache;
  private final String agentAppId;

  private LastGood(Path cache, String agentAppId) {
    this.cache = cache;
    this.agentAppId = agentAppId;
  }

  /** Of one app. */
  static LastGood of(Path cache, String agentAppId) {
    return new LastGood(cache, agentAppId);
  }

  /** The id is any text, so the name of the file is a digest of it. */
  private Path file() {
    byte[] id = agentAppId.getBytes(StandardCharsets.UTF_8);
    return cache.resolve(FOLDER).resolve(UUID.nameUUIDFromBytes(id) + ".json");
  }

  /**
   * Whether another package may replace one that failed with this code: its bytes or its agent are
   * bad.
   */
  static boolean helps(ExitCode failure) {
    return switch (failure) {
      case CORRUPT, BAD_PACKAGE, AGENT_FAILED -> true;
      default -> false;
    };
  }

  /**
   * Keeps a package that is ready. Does nothing for a package without a digest or an address in S3.
   */
  void keep(AgentPackage ready) throws IOException {
    if (ready.digest().isEmpty() || ready.origin().source() == AgentPackage.Source.LOCAL) {
      return;
    }
    var fields = new LinkedHashMap<String, Object>();
    fields.put("address", ready.origin().address());
    fields.put("sha256", ready.digest().get().hex());
    fields.put("version", ready.manifest().version());
    Path folder = Files.createDirectories(cache.resolve(FOLDER));
    Path unfinished = Files.createTempFile(folder, "new-", ".tmp");
    try {
      Files.writeString(unfinished, Json.write(fields) + "\n");
      Files.move(unfinished, file(), StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  /**
   * The package that was kept, pinned by its digest.
   *
   * @param notThis the digest of the one that failed
   * @return empty when nothing usable was kept
   */
  Optional<PackageRef> read(Optional<Digest> notThis) {
    try {
      Map<String, ?> fields = Json.read(Files.readString(file()));
      Optional<Digest> digest = Json.text(fields, "sha256").map(Digest::parse);
      Optional<PackageRef> reference = Json.text(fields, "address").map(PackageRef::parse);
      if (digest.isEmpty() || reference.isEmpty() || digest.equals(notThis)) {
        return Optional.empty();
      }
      return Optional.of(reference.get().withDigest(digest.get()));
    } catch (IOException | ParException e) {
      return Optional.empty();
    }
  }
}
