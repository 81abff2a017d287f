package global.pixell.par.testkit.cli.instance;

import global.pixell.par.testkit.cli.console.UsageException;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The running {@code dev} and {@code serve} processes of this user: one file each, in {@code
 * $XDG_RUNTIME_DIR/par-testkit} or in a directory of the user below {@code java.io.tmpdir}.
 *
 * <p>A file outlives a process that was killed, and the system may give its id to another process.
 * So a file counts only while a process with that id runs that started at the same time.
 */
public final class Instances {

  /** The clock of the system may be corrected while a process runs. */
  private static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(2);

  /**
   * One process.
   *
   * @param pid its process id
   * @param started when it started
   * @param fields the command and its addresses, by name
   */
  record Instance(long pid, Instant started, Map<String, String> fields) {

    /** A field; empty when the process does not have it. */
    String get(String field) {
      return fields.getOrDefault(field, "");
    }
  }

  private static final String SUFFIX = ".process";
  private static final String STARTED = "started";

  private final Path directory;

  private Instances(Path directory) {
    this.directory = directory;
  }

  /** The processes of the user with this environment. */
  public static Instances of(Map<String, String> environment) {
    String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
    boolean usable = runtime.startsWith("/") && Files.isWritable(Path.of(runtime));
    return new Instances(
        usable
            ? Path.of(runtime, "par-testkit")
            : Path.of(
                System.getProperty("java.io.tmpdir"),
                "par-testkit-" + System.getProperty("user.name")));
  }

  /**
   * Adds this process, or changes its fields. A file that cannot be written is not an error,
   * because only commands such as {@code ps} read it.
   *
   * <p>It loads few classes, because {@code serve} calls it at its start: no JSON, no formatter of
   * dates, no random names.
   */
  public void put(Map<String, String> fields) {
    ProcessHandle self = ProcessHandle.current();
    var text = new StringBuilder();
    append(text, STARTED, String.valueOf(started(self).toEpochMilli()));
    fields.forEach((name, value) -> append(text, name, value));
    File folder = directory.toFile();
    File temporary = new File(folder, "." + self.pid() + ".tmp");
    boolean made = folder.isDirectory() || folder.mkdirs();
    // False for a directory of another user.
    if (made && makePrivate(folder)) {
      try (var out = new FileOutputStream(temporary)) {
        out.write(text.toString().getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        return;
      }
      boolean unused = temporary.renameTo(file(self.pid()).toFile());
    }
  }

  private static boolean makePrivate(File folder) {
    return folder.setReadable(false, false)
        && folder.setWritable(false, false)
        && folder.setExecutable(false, false)
        && folder.setReadable(true)
        && folder.setWritable(true)
        && folder.setExecutable(true);
  }

  /** One line a field; a line break in a path is escaped. */
  private static void append(StringBuilder text, String name, String value) {
    String escaped = value.replace("\\", "\\\\").replace("\n", "\\n");
    text.append(name).append('=').append(escaped).append('\n');
  }

  /** Removes this process. */
  public void remove() {
    delete(file(ProcessHandle.current().pid()));
  }

  /** The running processes, the oldest first. Deletes the files of the others. */
  List<Instance> list() {
    var running = new ArrayList<Instance>();
    if (!isOurs()) {
      return running;
    }
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        if (file.getFileName().toString().matches("\\d{1,18}\\" + SUFFIX)) {
          Optional<Instance> instance = read(file);
          if (instance.isPresent() && isRunning(instance.get())) {
            running.add(instance.get());
          } else {
            delete(file);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the directory " + directory + " cannot be read", e);
    }
    running.sort(Comparator.comparing(Instance::started));
    return running;
  }

  /** Another user could have made a directory of this name in a shared temporary directory. */
  private boolean isOurs() {
    try {
      Path own = Files.createTempFile("par-testkit-", ".tmp");
      try {
        return Files.isDirectory(directory)
            && Files.getOwner(directory).equals(Files.getOwner(own));
      } finally {
        Files.delete(own);
      }
    } catch (IOException e) {
      return false;
    }
  }

  private static Optional<Instance> read(Path file) {
    try {
      var fields = new LinkedHashMap<String, String>();
      for (String line : Files.readString(file).split("\n", -1)) {
        int equals = line.indexOf('=');
        if (equals > 0) {
          fields.put(line.substring(0, equals), unescaped(line.substring(equals + 1)));
        }
      }
      String name = file.getFileName().toString();
      long pid = Long.parseLong(name.substring(0, name.length() - SUFFIX.length()));
      String started = fields.remove(STARTED);
      return started == null
          ? Optional.empty()
          : Optional.of(new Instance(pid, Instant.ofEpochMilli(Long.parseLong(started)), fields));
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static String unescaped(String value) {
    var text = new StringBuilder();
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '\\' && i + 1 < value.length()) {
        i++;
        c = value.charAt(i) == 'n' ? '\n' : value.charAt(i);
      }
      text.append(c);
    }
    return text.toString();
  }

  private static boolean isRunning(Instance instance) {
    return ProcessHandle.of(instance.pid())
        .filter(ProcessHandle::isAlive)
        .map(Instances::started)
        .map(started -> Duration.between(started, instance.started()).abs())
        .filter(difference -> difference.compareTo(CLOCK_TOLERANCE) <= 0)
        .isPresent();
  }

  private static Instant started(ProcessHandle process) {
    return process.info().startInstant().orElse(Instant.EPOCH);
  }

  private Path file(long pid) {
    return directory.resolve(pid + SUFFIX);
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // The next listing tries again.
    }
  }

  /**
   * The agent that a command means.
   *
   * @param wanted a process id, an agent's name or a directory; empty for the agent of the current
   *     directory, or the only one
   * @throws UsageException when there is none, or when several fit
   */
  Instance agent(Optional<String> wanted) {
    List<Instance> agents =
        list().stream().filter(instance -> instance.get("command").equals("dev")).toList();
    List<Instance> fitting =
        wanted.isPresent()
            ? agents.stream().filter(agent -> fits(agent, wanted.get())).toList()
            : ofCurrentDirectory(agents);
    if (fitting.size() == 1) {
      return fitting.get(0);
    }
    String choice =
        String.join(
            ", ",
            agents.stream().map(agent -> agent.get("agent") + " (" + agent.pid() + ")").toList());
    if (fitting.isEmpty()) {
      throw new UsageException(
          wanted.map(name -> "no agent '" + name + "' runs").orElse("no agent runs")
              + (agents.isEmpty()
                  ? "; start one with par-testkit dev DIR"
                  : "; these run: " + choice));
    }
    throw new UsageException("several agents run; name one with --agent and its number: " + choice);
  }

  private static List<Instance> ofCurrentDirectory(List<Instance> agents) {
    List<Instance> here =
        agents.stream().filter(agent -> agent.get("directory").equals(real(Path.of("")))).toList();
    return here.isEmpty() ? agents : here;
  }

  private static boolean fits(Instance agent, String wanted) {
    return String.valueOf(agent.pid()).equals(wanted)
        || agent.get("agent").equals(wanted)
        || agent.get("agent").startsWith(wanted + "@")
        || agent.get("directory").equals(real(Path.of(wanted)));
  }

  /** The directory without links; the path itself when it does not exist. */
  public static String real(Path directory) {
    try {
      return directory.toRealPath().toString();
    } catch (IOException e) {
      return directory.toAbsolutePath().toString();
    }
  }
}
