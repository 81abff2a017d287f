package global.pixell.par.launcher.receipt;

import global.pixell.par.AgentPackage;
import global.pixell.par.internal.text.Json;
import global.pixell.par.internal.text.Redactor;
import global.pixell.par.launcher.config.ParVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A file that records what one boot did. PAR writes it when the agent is ready, and again with the
 * exit code at the end. A receipt that cannot be written does not stop a boot.
 */
public final class BootReceipt {

  /** The folder of the cache that holds the receipts. */
  public static final String FOLDER = "receipts";

  private static final int KEPT = 100;

  private final Map<String, Object> fields = new LinkedHashMap<>();
  private final FetchSummary fetch;
  private final Instant processStart;
  private final Supplier<Map<String, Object>> phases;
  private final Redactor redactor;
  private Optional<Path> file = Optional.empty();
  private boolean own;

  public BootReceipt(
      String agentAppId,
      Optional<String> deploymentId,
      FetchSummary fetch,
      Instant processStart,
      Supplier<Map<String, Object>> phases,
      Redactor redactor) {
    this.fetch = fetch;
    this.processStart = processStart;
    this.phases = phases;
    this.redactor = redactor;
    fields.put("agent_app_id", agentAppId);
    deploymentId.ifPresent(id -> fields.put("deployment_id", id));
    fields.put("par", ParVersion.current());
    fields.put("java", Runtime.version().toString());
    fields.put("started", processStart);
  }

  /** Writes the receipt to the file that the operator named. */
  public synchronized void at(Path named) {
    file = Optional.of(named.toAbsolutePath());
  }

  /** Writes the receipt into the cache, if the operator named no file. */
  public synchronized void in(Path cache) {
    if (file.isEmpty()) {
      String time = processStart.toString().replace(':', '-');
      String name = time + "-" + ProcessHandle.current().pid() + ".json";
      file = Optional.of(cache.resolve(FOLDER).resolve(name));
      own = true;
    }
  }

  public synchronized void of(AgentPackage fetched) {
    fields.put("name", fetched.manifest().name());
    fields.put("version", fetched.manifest().version());
    fields.put("address", fetched.origin().address());
    fetched.origin().versionId().ifPresent(id -> fields.put("version_id", id));
    fetched.origin().eTag().ifPresent(tag -> fields.put("etag", tag));
    fetched.digest().ifPresent(digest -> fields.put("sha256", digest.hex()));
  }

  /** Adds a field that is known only at the end of a boot. */
  public synchronized void put(String name, Object value) {
    fields.put(name, value instanceof String text ? redactor.redact(text) : value);
  }

  /**
   * Writes the receipt, completely or not at all.
   *
   * @return what went wrong, or empty
   */
  public synchronized Optional<String> write() {
    if (file.isEmpty()) {
      return Optional.empty();
    }
    Path target = behindLinks(file.get());
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)
        && !Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)) {
      // A rename would replace a device, a link or a folder by a file.
      return target.toString().equals("/dev/null")
          ? Optional.empty()
          : Optional.of("The receipt cannot be written: " + target + " is not a regular file.");
    }
    Path unfinished = target.resolveSibling(target.getFileName() + ".new");
    try {
      Path folder = target.getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      Files.writeString(unfinished, Json.writePretty(toMap()) + "\n");
      Files.move(
          unfinished, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      if (own && folder != null) {
        keepNewest(folder);
      }
      return Optional.empty();
    } catch (IOException e) {
      try {
        Files.deleteIfExists(unfinished);
      } catch (IOException left) {
        e.addSuppressed(left);
      }
      return Optional.of("The receipt " + target + " cannot be written: " + e + ".");
    }
  }

  private static Path behindLinks(Path named) {
    try {
      return named.toRealPath();
    } catch (IOException e) {
      // The file does not exist yet, or is a dangling link.
      return named;
    }
  }

  private Map<String, Object> toMap() {
    var all = new LinkedHashMap<>(fields);
    fetch.toMap().forEach(all::putIfAbsent);
    all.put("phases_ms", phases.get());
    return all;
  }

  private static void keepNewest(Path folder) throws IOException {
    List<Path> all = newestFirst(folder);
    for (Path old : all.subList(Math.min(KEPT, all.size()), all.size())) {
      Files.deleteIfExists(old);
    }
  }

  /** Their names begin with the time. */
  public static List<Path> newestFirst(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".json"))
          .sorted((a, b) -> b.getFileName().compareTo(a.getFileName()))
          .toList();
    }
  }
}
