package global.pixell.par.testkit;

import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Pack, publish, boot; look for changes; again. A change is taken up when the folder has been still
 * for one look, so that an editor may finish what it writes.
 */
final class DevLoop implements AutoCloseable {

  private static final Duration LOOK = Duration.ofMillis(250);
  private static final Duration GRACE = Duration.ofSeconds(30);
  private static final Map<String, Integer> PORTS =
      Map.of("REST_PORT", 8080, "A2A_PORT", 50_051, "UI_PORT", 3000, "HEALTH_PORT", 8081);

  private final Path folder;
  private final Terminal terminal;
  private final FakeS3 s3 = FakeS3.start();
  private final Path workshop;
  private final Map<String, String> environment;
  private String digest = "";
  private @Nullable Process process;
  private volatile @Nullable Process told;
  private boolean closed;

  DevLoop(Path folder, Terminal terminal) throws IOException {
    this.folder = folder;
    this.terminal = terminal;
    s3.keepNewest(ServeCommand.KEPT);
    s3.createBucket(ParConfig.DEFAULT_BUCKET);
    workshop = Files.createTempDirectory("par-dev-");
    environment =
        LauncherProcess.environment(terminal.environment(), s3, workshop.resolve("cache"));
    environment.put("AGENT_APP_ID", terminal.environment().getOrDefault("AGENT_APP_ID", "dev"));
    Optional.ofNullable(terminal.environment().get("LOG_LEVEL"))
        .ifPresent(level -> environment.put("LOG_LEVEL", level));
    PORTS.forEach(this::port);
  }

  /** The one of the environment, else the usual one, else the free one that is there already. */
  private void port(String name, int usual) {
    String wanted = terminal.environment().get(name);
    if (wanted != null) {
      environment.put(name, wanted);
    } else if (LauncherProcess.isFree(usual)) {
      environment.put(name, String.valueOf(usual));
    }
  }

  void fault(String spec) {
    FaultSpec.apply(s3, spec);
  }

  /** Runs until it is closed. The first pack must succeed; there would be nothing to keep up. */
  int run() throws IOException, InterruptedException {
    Map<String, String> seen = snapshot();
    publish();
    terminal.step("watching " + folder + "; Ctrl-C ends it");
    while (true) {
      TimeUnit.MILLISECONDS.sleep(LOOK.toMillis());
      Map<String, String> now = snapshot();
      if (now.equals(seen)) {
        continue;
      }
      seen = settled(now);
      try {
        publish();
      } catch (ParException e) {
        keep(e.getMessage() + " " + e.hint());
      } catch (UsageException | IOException e) {
        keep(String.valueOf(e.getMessage()));
      }
    }
  }

  private void keep(String why) {
    terminal.step(
        terminal.paint(Terminal.Colour.RED, "not packed: ") + why + " The old one stays up.");
  }

  private Map<String, String> settled(Map<String, String> changed)
      throws IOException, InterruptedException {
    Map<String, String> before = changed;
    while (true) {
      TimeUnit.MILLISECONDS.sleep(LOOK.toMillis());
      Map<String, String> now = snapshot();
      if (now.equals(before)) {
        return now;
      }
      before = now;
    }
  }

  /** Each file with its size and time: enough to see that something was done. */
  private Map<String, String> snapshot() throws IOException {
    var files = new TreeMap<String, String>();
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path file : (Iterable<Path>) all::iterator) {
        if (!file.toString().contains("__pycache__")) {
          var attributes = Files.readAttributes(file, BasicFileAttributes.class);
          files.put(
              file.toString(),
              attributes.isDirectory()
                  ? "/"
                  : attributes.size() + " " + attributes.lastModifiedTime());
        }
      }
    } catch (UncheckedIOException | java.nio.file.NoSuchFileException e) {
      // A file that went while it was looked at: the next look is the one that counts.
      files.put("", String.valueOf(System.nanoTime()));
    }
    return files;
  }

  private void publish() throws IOException, InterruptedException {
    Path apkg = workshop.resolve("agent.apkg");
    PackageFolder.Packed packed = PackageFolder.pack(folder, apkg, terminal.environment());
    String packedDigest = packed.inspection().digest().hex();
    if (packedDigest.equals(digest) && isRunning()) {
      return;
    }
    digest = packedDigest;
    var manifest = packed.inspection().manifest();
    String key = "dev/%1$s/%2$s/%1$s.apkg".formatted(manifest.name(), manifest.version());
    s3.put(ParConfig.DEFAULT_BUCKET, key, Files.readAllBytes(apkg));
    terminal.step(
        "packed %s: %,d bytes, sha256 %s"
            .formatted(packed.id(), packed.inspection().packageBytes(), digest.substring(0, 12)));
    stop();
    environment.put(
        "PACKAGE_URL", "s3://" + ParConfig.DEFAULT_BUCKET + "/" + key + "#sha256=" + digest);
    start();
  }

  private synchronized void start() throws IOException {
    if (closed) {
      return;
    }
    Process started = LauncherProcess.start(environment);
    process = started;
    var log = new PeopleLog(terminal);
    var reader = new Thread(() -> follow(started, log), "par-dev-log");
    reader.setDaemon(true);
    reader.start();
  }

  private void follow(Process followed, PeopleLog log) {
    try (var lines =
        new BufferedReader(
            new InputStreamReader(followed.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (log.show(line).equals("Runtime ready")) {
          terminal.step(
              terminal.paint(Terminal.Colour.GREEN, "ready")
                  + ": http://127.0.0.1:"
                  + environment.get("REST_PORT")
                  + "/  health: http://127.0.0.1:"
                  + environment.get("HEALTH_PORT")
                  + "/health");
        }
      }
    } catch (IOException e) {
      // It was stopped.
    }
    if (told != followed) {
      terminal.step("the launcher ended; a change of a file starts it again");
    }
  }

  private synchronized boolean isRunning() {
    return process != null && process.isAlive();
  }

  /** As in a container: TERM, and KILL for one that does not listen. */
  private synchronized void stop() throws InterruptedException {
    Process running = process;
    if (running != null) {
      told = running;
      running.toHandle().destroy();
      if (!running.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        running.descendants().forEach(ProcessHandle::destroyForcibly);
        running.destroyForcibly();
      }
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    try {
      stop();
      s3.close();
      TemporaryTree.delete(workshop);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      terminal.err().println("par-testkit: " + workshop + " could not be deleted: " + e);
    }
  }
}
