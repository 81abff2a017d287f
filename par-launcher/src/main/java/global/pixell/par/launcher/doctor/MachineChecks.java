package global.pixell.par.launcher.doctor;

import global.pixell.par.launcher.config.LauncherConfig;
import global.pixell.par.launcher.config.TimedCall;
import global.pixell.par.launcher.failure.ExitCode;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** What the machine itself must provide for a boot: mounts, disk, ports. */
final class MachineChecks {

  private static final long MB = 1_048_576;

  private final Duration timeout;

  /**
   * Checks with a time limit.
   *
   * @param timeout after which a mount that does not answer counts as hung
   */
  MachineChecks(Duration timeout) {
    this.timeout = timeout;
  }

  /** Looks into a directory: replaced in tests, where no mount can hang. */
  interface Wheels {
    /** How many wheels are in it; empty when it is not a directory. */
    Optional<Long> count(Path directory) throws IOException;
  }

  static Optional<Long> countWheels(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return Optional.of(files.filter(file -> file.toString().endsWith(".whl")).count());
    }
  }

  /** Whether the wheelhouse answers in time: a network mount can hang for ever. */
  Check wheelhouse(Path directory, Wheels wheels) throws InterruptedException {
    String name = "wheelhouse";
    try {
      Optional<Long> count =
          TimedCall.get("par-doctor-mount", timeout, () -> wheels.count(directory));
      if (count.isEmpty()) {
        return Check.failed(
            name,
            ExitCode.CONFIG,
            "WHEELHOUSE_DIR " + directory + " is not a directory.",
            "Mount the wheelhouse there, or unset WHEELHOUSE_DIR.",
            Guide.WHEELHOUSE);
      }
      if (count.get() == 0) {
        return Check.warning(
            name,
            "The wheelhouse " + directory + " holds no .whl file.",
            "Check the access point and its root directory.",
            Guide.WHEELHOUSE);
      }
      return Check.ok(
          name,
          "The wheelhouse " + directory + " holds " + count.get() + " wheels.",
          Guide.WHEELHOUSE);
    } catch (TimeoutException e) {
      return Check.failed(
          name,
          ExitCode.CONFIG,
          "The wheelhouse "
              + directory
              + " did not answer within "
              + timeout.toSeconds()
              + " s: its mount hangs.",
          "Check the EFS mount target, its security group (TCP 2049 from the task) and its policy.",
          Guide.WHEELHOUSE);
    } catch (ExecutionException e) {
      return Check.failed(
          name,
          ExitCode.CONFIG,
          "The wheelhouse " + directory + " cannot be read: " + e.getCause() + ".",
          "Give PAR's user the right to read it.",
          Guide.WHEELHOUSE);
    }
  }

  /** Whether the cache can be written, and has room for a package and its tree. */
  Check disk(Path cache, long maxPackageBytes) {
    String name = "disk";
    try {
      Files.createDirectories(cache);
      Path probe = Files.createTempFile(cache, ".doctor-", "");
      Files.delete(probe);
      long free = Files.getFileStore(cache).getUsableSpace();
      Optional<Long> inodes = freeInodes(cache);
      String seen =
          "The cache "
              + cache
              + " can be written; "
              + free / MB
              + " MB are free"
              + inodes.map(count -> ", and " + count + " inodes").orElse("")
              + ".";
      if (inodes.isPresent() && inodes.get() < 1000) {
        return Check.warning(
            name,
            seen,
            "A package needs one inode for each file: free some, or use another disk.",
            Guide.NONE);
      }
      if (free < maxPackageBytes) {
        return Check.warning(
            name,
            seen,
            "A package may be as large as MAX_PACKAGE_SIZE_MB, now "
                + maxPackageBytes / MB
                + ": give the task more storage.",
            Guide.NONE);
      }
      return Check.ok(name, seen, Guide.NONE);
    } catch (IOException e) {
      return Check.failed(
          name,
          ExitCode.DISK,
          "The cache " + cache + " cannot be written: " + e + ".",
          "Set PAR_CACHE_DIR to a directory that PAR's user can write, on a volume with a read-only root.",
          Guide.NONE);
    }
  }

  /** The JDK does not report it; {@code stat} of coreutils and busybox does, if it is installed. */
  private Optional<Long> freeInodes(Path directory) {
    try {
      Process stat =
          new ProcessBuilder("stat", "-f", "-c", "%d %c", directory.toString())
              .redirectErrorStream(true)
              .start();
      try {
        if (!stat.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
          return Optional.empty();
        }
        String[] words =
            new String(stat.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                .strip()
                .split(" ", -1);
        // File systems without a fixed number of inodes report 0 of 0.
        return words.length == 2 && words[0].matches("\\d+") && !words[1].equals("0")
            ? Optional.of(Long.parseLong(words[0]))
            : Optional.empty();
      } finally {
        stat.destroyForcibly();
      }
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /** Whether the ports can be listened on, unless it is PAR that does so already. */
  Check ports(LauncherConfig.Ports ports) {
    String name = "ports";
    Map<String, Integer> wanted = new LinkedHashMap<>();
    wanted.put("HEALTH_PORT", ports.health());
    wanted.put("REST_PORT", ports.rest());
    wanted.put("A2A_PORT", ports.a2a());
    wanted.put("UI_PORT", ports.ui());
    List<String> taken = new ArrayList<>();
    wanted.forEach(
        (variable, port) -> {
          if (!isFree(port)) {
            taken.add(variable + " " + port);
          }
        });
    if (taken.isEmpty()) {
      return Check.ok(name, "The ports " + wanted.values() + " are free.", Guide.NONE);
    }
    if (isPar(ports.health())) {
      return Check.ok(
          name, "PAR runs here and answers on HEALTH_PORT " + ports.health() + ".", Guide.NONE);
    }
    return Check.failed(
        name,
        ExitCode.CONFIG,
        "Another process listens on " + String.join(", ", taken) + ".",
        "Stop it, or choose other ports.",
        Guide.LOG);
  }

  private static boolean isFree(int port) {
    try (var socket = new ServerSocket()) {
      // Servers do this, too. Otherwise an old connection in TIME_WAIT would count as a listener.
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private boolean isPar(int healthPort) {
    try {
      var connection =
          (HttpURLConnection)
              URI.create("http://127.0.0.1:" + healthPort + "/live")
                  .toURL()
                  .openConnection(Proxy.NO_PROXY);
      connection.setConnectTimeout(2000);
      connection.setReadTimeout(2000);
      boolean par =
          connection.getResponseCode() == 200
              && String.valueOf(connection.getContentType())
                  .toLowerCase(Locale.ROOT)
                  .contains("json");
      connection.disconnect();
      return par;
    } catch (IOException e) {
      return false;
    }
  }
}
