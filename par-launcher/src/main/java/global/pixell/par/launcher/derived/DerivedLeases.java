package global.pixell.par.launcher.derived;

import global.pixell.par.CachedPackage;
import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.internal.io.Heartbeat;
import global.pixell.par.internal.io.ProcessId;
import global.pixell.par.internal.io.RecordFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Records which process uses which derived directory, with a file for each use. A lease lasts until
 * its process ends. A process on another host counts as alive while its heartbeat touches the file.
 */
final class DerivedLeases {

  private static final Duration HEARTBEAT = Duration.ofSeconds(60);

  private final Path directory;
  private final Set<Path> own = ConcurrentHashMap.newKeySet();
  private @Nullable Heartbeat heartbeat;

  DerivedLeases(Path directory) {
    this.directory = directory;
  }

  /**
   * Records a use. If the disk is full or read-only, the process uses the directory without a
   * lease.
   */
  synchronized void take(Path place) {
    Path lease;
    try {
      Files.createDirectories(directory);
      lease = write(String.valueOf(place.getFileName()), ProcessId.current());
    } catch (IOException e) {
      return;
    }
    own.add(lease);
    if (heartbeat == null) {
      heartbeat = new Heartbeat(HEARTBEAT, this::beat);
    }
  }

  private Path write(String place, ProcessId user) throws IOException {
    Path lease = directory.resolve(place + "." + user);
    return Files.write(lease, user.toRecord(Instant.now()).bytes());
  }

  /** Leases all that this process uses for another process, too, until that ends. */
  void takeFor(ProcessId user) throws IOException {
    String owner = "." + ProcessId.current();
    for (Path lease : AtomicFiles.list(directory, "*" + owner)) {
      String name = String.valueOf(lease.getFileName());
      var unused = write(name.substring(0, name.length() - owner.length()), user);
    }
  }

  private void beat() {
    for (Path lease : own) {
      try {
        Files.setLastModifiedTime(lease, FileTime.from(Instant.now()));
      } catch (IOException e) {
        // The next beat tries again.
      }
    }
  }

  /** The running users of a directory. Deletes the leases of processes that have ended. */
  List<CachedPackage.User> users(Path place) throws IOException {
    var users = new ArrayList<CachedPackage.User>();
    for (Path lease : AtomicFiles.list(directory, place.getFileName() + ".*")) {
      if (ProcessId.isStale(lease, Instant.now())) {
        Files.deleteIfExists(lease);
      } else {
        users.add(user(lease));
      }
    }
    return users;
  }

  private static CachedPackage.User user(Path lease) {
    try {
      RecordFile note = RecordFile.read(lease);
      return new CachedPackage.User(note.number("pid"), note.text("host"), note.time("since"));
    } catch (IOException e) {
      return new CachedPackage.User(OptionalLong.empty(), Optional.empty(), Optional.empty());
    }
  }
}
