package global.pixell.par;

import global.pixell.par.internal.s3name.BucketName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Reads the settings from environment variables. */
final class ConfigVariables {

  private static final Path SYSTEM_CACHE = Path.of("/var/cache/par");

  private ConfigVariables() {}

  /** Reads the configuration. The reader records each faulty value, and the default replaces it. */
  static ParConfig read(EnvironmentReader reader) {
    ParConfig.Builder builder =
        ParConfig.builder()
            .cacheDirectory(cacheDirectory(reader))
            .cacheMaxBytes(
                reader.integer("PAR_CACHE_MAX_MB", 4096, 1, Integer.MAX_VALUE) * ParConfig.MB)
            .cacheMinFreeBytes(
                reader.integer("PAR_CACHE_MIN_FREE_MB", 256, 0, Integer.MAX_VALUE) * ParConfig.MB)
            .cacheVerifyDigests(
                reader.oneOf("PAR_CACHE_VERIFY", "digest", "digest", "size").equals("digest"))
            .cacheLocks(reader.flag("PAR_CACHE_LOCKS", true))
            .cacheServeStale(reader.flag("PAR_CACHE_SERVE_STALE", false))
            .offline(reader.flag("PAR_OFFLINE", false))
            .requireDigest(reader.flag("PAR_REQUIRE_SHA256", false))
            .maxPackageBytes(
                reader.integer("MAX_PACKAGE_SIZE_MB", 250, 1, Integer.MAX_VALUE) * ParConfig.MB)
            .maxUnpacked(
                reader.integer("PAR_MAX_UNPACKED_MB", 2048, 1, Integer.MAX_VALUE) * ParConfig.MB,
                reader.integer("PAR_MAX_ENTRIES", 50_000, 1, 10_000_000))
            .downloadConnections(
                reader.integer("PAR_DOWNLOAD_CONNECTIONS", 0, 0, DownloadConfig.MAX_CONNECTIONS));
    builder.attempts(
        reader.integer("PAR_FETCH_ATTEMPTS", Integer.MAX_VALUE, 1, Integer.MAX_VALUE),
        DownloadConfig.DEADLINE);
    int days = reader.integer("PAR_CACHE_MAX_AGE_DAYS", 0, 0, 36_500);
    if (days > 0) {
      builder.cacheMaxAge(Duration.ofDays(days));
    }
    reader
        .list("S3_BUCKET", List.of(ParConfig.DEFAULT_BUCKET), BucketName::isValid, BucketName.RULE)
        .forEach(builder::allowBucket);
    reader.text("AWS_REGION").ifPresent(builder::region);
    reader
        .uri("AWS_ENDPOINT_URL_S3")
        .or(() -> reader.uri("AWS_ENDPOINT_URL"))
        .ifPresent(builder::endpoint);
    String addressing = reader.oneOf("PAR_S3_ADDRESSING", "auto", "auto", "path", "virtual");
    if (!addressing.equals("auto")) {
      builder.pathStyle(addressing.equals("path"));
    }
    credentials(reader).ifPresent(builder::credentials);
    return builder.build();
  }

  private static Path cacheDirectory(EnvironmentReader reader) {
    return reader
        .path("PAR_CACHE_DIR")
        .or(() -> reader.path("XDG_CACHE_HOME").map(xdg -> xdg.resolve("par")))
        .orElseGet(() -> cacheDirectory(SYSTEM_CACHE, reader.path("HOME")));
  }

  /** The system's cache directory if this user can write to it, else one in the user's home. */
  static Path cacheDirectory(Path system, Optional<Path> home) {
    Path existing = system;
    while (!Files.exists(existing) && existing.getParent() != null) {
      existing = existing.getParent();
    }
    boolean writable = Files.isDirectory(existing) && Files.isWritable(existing);
    return writable ? system : home.map(own -> own.resolve(".cache/par")).orElse(system);
  }

  private static Optional<ParConfig.Credentials> credentials(EnvironmentReader reader) {
    Optional<String> id = reader.text("AWS_ACCESS_KEY_ID");
    Optional<String> secret = reader.text("AWS_SECRET_ACCESS_KEY");
    if (id.isPresent() != secret.isPresent()) {
      reader.fault(
          id.isPresent() ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID",
          "is missing beside its other half.",
          "Set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither.");
    }
    if (id.isEmpty() || secret.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new ParConfig.Credentials(id.get(), secret.get(), reader.text("AWS_SESSION_TOKEN")));
  }
}
