package global.pixell.par.testkit.cli;

import global.pixell.par.testkit.internal.pack.AgentFiles;
import global.pixell.par.testkit.internal.pack.NotPackableException;
import global.pixell.par.testkit.internal.pack.PackageFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Notices changes of an agent's files. Files that are not packed, such as an editor's lock file, do
 * not count.
 */
final class FolderWatch {

  private static final Duration LOOK = Duration.ofMillis(250);
  private static final int RESTLESS = 40;

  private final Path folder;
  private Map<String, String> seen;

  FolderWatch(Path folder) {
    this.folder = folder;
    seen = look();
  }

  /**
   * Waits for a change, and then until two looks at the folder agree, so that an editor can finish
   * writing.
   *
   * @param restless called when that takes more than 10 s
   */
  void awaitChange(Runnable restless) throws InterruptedException {
    Map<String, String> before = seen;
    Map<String, String> now = lookAgain();
    while (now.equals(before)) {
      now = lookAgain();
    }
    for (int looks = 0; !now.equals(before); looks++) {
      if (looks == RESTLESS) {
        restless.run();
      }
      before = now;
      now = lookAgain();
    }
    seen = now;
  }

  private Map<String, String> lookAgain() throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(LOOK.toMillis());
    return look();
  }

  /** Each file with its size, time and execute bit. Problems are part of the state, too. */
  private Map<String, String> look() {
    var states = new TreeMap<String, String>();
    try {
      AgentFiles found = AgentFiles.of(folder);
      found.files().forEach((name, file) -> states.put(name, state(file)));
      found.faults().forEach(fault -> states.put(fault, "fault"));
    } catch (NotPackableException e) {
      states.put("", String.valueOf(e.getMessage()));
    }
    return states;
  }

  private static String state(Path file) {
    try {
      var attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return attributes.size()
          + " "
          + attributes.lastModifiedTime()
          + (PackageFolder.ownerMayRun(file) ? " x" : "");
    } catch (IOException e) {
      return "gone";
    }
  }
}
