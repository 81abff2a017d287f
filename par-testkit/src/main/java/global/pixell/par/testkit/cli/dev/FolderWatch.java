package global.pixell.par.testkit.cli.dev;

import global.pixell.par.testkit.internal.io.FileModes;
import global.pixell.par.testkit.internal.pack.AgentFiles;
import global.pixell.par.testkit.internal.pack.NotPackableException;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Detects changes of an agent's files. It ignores files that are not packed, such as an editor's
 * lock file.
 *
 * <p>The operating system reports changes of watched folders. Some file systems, such as network
 * shares, report nothing, so this class also compares the folder's state from time to time. When it
 * cannot watch the folder, it only compares, as often as a twentieth of a core permits.
 */
final class FolderWatch implements AutoCloseable {

  /** Opens the file system's events. */
  interface Events {
    /**
     * Opens the events.
     *
     * @return empty when Java would only poll, as on macOS
     */
    Optional<WatchService> open() throws IOException;
  }

  /** The pause between two states while the folder is polled. */
  private static final Duration POLL = Duration.ofMillis(250);

  /**
   * An editor writes a file within a few milliseconds. A tool that pauses for longer between two
   * files causes a second reload, which is harmless.
   */
  private static final Duration SETTLE = Duration.ofMillis(50);

  private static final Duration RARE_LOOK = Duration.ofSeconds(5);
  private static final int POLLING_SHARE = 20;
  private static final int RARE_SHARE = 100;
  private static final Duration RESTLESS = Duration.ofSeconds(10);

  private final Path folder;
  private final Consumer<String> notes;
  private final Duration rareLook;
  private final Map<Path, WatchKey> watched = new HashMap<>();
  private @Nullable WatchService events;
  private @Nullable AgentFiles files;
  private Duration costOfLook = Duration.ZERO;
  private Map<String, String> seen;

  /**
   * Watches a folder.
   *
   * @param notes receives a sentence when the folder cannot be watched
   */
  FolderWatch(Path folder, Consumer<String> notes) {
    this(folder, notes, FolderWatch::ofFileSystem, RARE_LOOK);
  }

  FolderWatch(Path folder, Consumer<String> notes, Events source, Duration rareLook) {
    this.folder = folder;
    this.notes = notes;
    this.rareLook = rareLook;
    try {
      events = source.open().orElse(null);
    } catch (IOException e) {
      pollBecauseOf(e);
    }
    seen = look();
  }

  private static Optional<WatchService> ofFileSystem() throws IOException {
    WatchService service = FileSystems.getDefault().newWatchService();
    if (service.getClass().getSimpleName().contains("Polling")) {
      service.close();
      return Optional.empty();
    }
    return Optional.of(service);
  }

  /**
   * Waits for a change, and then until two consecutive states of the folder are equal, so that an
   * editor can finish writing.
   *
   * @param restless called when the folder keeps changing for more than 10 s
   */
  void awaitChange(Runnable restless) throws InterruptedException {
    Map<String, String> before = seen;
    Map<String, String> now = before;
    while (now.equals(before)) {
      awaitEvent();
      now = look();
    }
    Duration unsettled = Duration.ZERO;
    while (!now.equals(before)) {
      before = now;
      Duration pause = longer(SETTLE, costOfLook);
      sleep(pause);
      now = look();
      boolean calm = unsettled.compareTo(RESTLESS) < 0;
      unsettled = unsettled.plus(pause).plus(costOfLook);
      if (calm && unsettled.compareTo(RESTLESS) >= 0) {
        restless.run();
      }
    }
    seen = now;
  }

  /** Waits for an event, or until it is time to compare again. */
  private void awaitEvent() throws InterruptedException {
    WatchService service = events;
    if (service == null) {
      sleep(longer(POLL, costOfLook.multipliedBy(POLLING_SHARE)));
      return;
    }
    long patience = longer(rareLook, costOfLook.multipliedBy(RARE_SHARE)).toMillis();
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patience);
    boolean relevant = false;
    while (!relevant) {
      WatchKey key = service.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (key == null) {
        return;
      }
      // Give related changes time to arrive together.
      sleep(SETTLE);
      for (; key != null; key = service.poll()) {
        relevant |= isRelevant(key);
      }
    }
  }

  private boolean isRelevant(WatchKey key) {
    boolean relevant = false;
    for (WatchEvent<?> event : key.pollEvents()) {
      // An event without a context means that the system lost events.
      boolean ignored =
          files != null
              && event.context() instanceof Path name
              && key.watchable() instanceof Path directory
              && !files.concerns(directory.resolve(name));
      relevant |= !ignored;
    }
    // The watch of a deleted folder ends.
    return !key.reset() || relevant;
  }

  private static Duration longer(Duration a, Duration b) {
    return a.compareTo(b) > 0 ? a : b;
  }

  private static void sleep(Duration time) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(time.toMillis());
  }

  /** The state of the folder: each file with its size, time and execute bit, and the problems. */
  private Map<String, String> look() {
    long start = System.nanoTime();
    var states = new TreeMap<String, String>();
    try {
      AgentFiles found = AgentFiles.of(folder);
      while (watch(found)) {
        // Files may have appeared after the folder was listed and before the watch began.
        found = AgentFiles.of(folder);
      }
      files = found;
      found.files().forEach((name, file) -> states.put(name, state(file)));
      found.faults().forEach(fault -> states.put(fault, "fault"));
    } catch (NotPackableException e) {
      states.put("", String.valueOf(e.getMessage()));
    }
    costOfLook = Duration.ofNanos(System.nanoTime() - start);
    return states;
  }

  /** Watches the folders of an agent. Returns whether one of them is new. */
  private boolean watch(AgentFiles found) {
    boolean more = false;
    watched.values().removeIf(key -> !key.isValid());
    for (Path directory : found.directories()) {
      WatchService service = events;
      if (service != null && !watched.containsKey(directory)) {
        try {
          watched.put(
              directory,
              directory.register(
                  service,
                  StandardWatchEventKinds.ENTRY_CREATE,
                  StandardWatchEventKinds.ENTRY_DELETE,
                  StandardWatchEventKinds.ENTRY_MODIFY));
          more = true;
        } catch (NoSuchFileException | NotDirectoryException e) {
          // The folder was deleted after it was listed. Its parent reports that.
        } catch (IOException e) {
          pollBecauseOf(e);
        }
      }
    }
    return more;
  }

  private void pollBecauseOf(IOException limit) {
    close();
    events = null;
    watched.clear();
    notes.accept(
        "the system does not report changes ("
            + limit.getMessage()
            + "), so dev reads the folder again and again");
  }

  private static String state(Path file) {
    try {
      var attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return attributes.size()
          + " "
          + attributes.lastModifiedTime()
          + (FileModes.ownerMayRun(file) ? " x" : "");
    } catch (IOException e) {
      return "gone";
    }
  }

  @Override
  public void close() {
    try {
      WatchService service = events;
      if (service != null) {
        service.close();
      }
    } catch (IOException e) {
      // The system frees the events at the latest when the process ends.
    }
  }
}
