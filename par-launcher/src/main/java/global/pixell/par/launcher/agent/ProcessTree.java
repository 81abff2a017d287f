package global.pixell.par.launcher.agent;

import global.pixell.par.internal.io.ProcStat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The processes that descend from the agent, including orphans, which the kernel gives to another
 * parent. A process belongs to the agent when
 *
 * <ul>
 *   <li>it is the agent, or its parent belongs to the agent,
 *   <li>it is in a session that the agent leads, or a process that belongs to it,
 *   <li>its environment carries the run's id ({@link AgentVariables#RUN_ID}), or
 *   <li>PAR is the first process of the container and this process became an orphan there, because
 *       only the agent starts such processes. Processes from outside ({@code docker exec}, a health
 *       check) have no parent in the container and do not belong to the agent.
 * </ul>
 *
 * <p>Each call reads the kernel's process table. The table changes during the reading, so callers
 * repeat until no process remains. Without {@code /proc}, only descendants are found. Thread-safe.
 */
final class ProcessTree {

  private static final int MAX_ENVIRONMENT = 256 * 1024;

  private final Path proc;
  private final ProcessHandle agent;
  private final Set<Long> ownPids;
  private final byte[] marker;

  /**
   * Processes that were found once. They belong to the agent even if they change their environment.
   */
  private final Set<Key> known = ConcurrentHashMap.newKeySet();

  private record Key(long pid, long startTicks) {}

  /** One line of the process table. */
  /**
   * The tree of one agent.
   *
   * @param ownPids PAR's own processes: this JVM and the shell that started it
   * @param runId the value of {@link AgentVariables#RUN_ID} in the agent's environment
   */
  ProcessTree(ProcessHandle agent, Set<Long> ownPids, String runId) {
    this(Path.of("/proc"), agent, ownPids, runId);
  }

  private ProcessTree(Path proc, ProcessHandle agent, Set<Long> ownPids, String runId) {
    this.proc = proc;
    this.agent = agent;
    this.ownPids = Set.copyOf(ownPids);
    this.marker =
        ("\0" + AgentVariables.RUN_ID + "=" + runId + "\0").getBytes(StandardCharsets.UTF_8);
  }

  /** The running processes, the agent first. */
  List<ProcessHandle> members() {
    Map<Long, ProcStat> table = table();
    if (table.isEmpty()) {
      return Stream.concat(Stream.of(agent), agent.descendants())
          .filter(ProcessHandle::isAlive)
          .toList();
    }
    var members = new ArrayList<ProcStat>();
    var verdicts = new HashMap<Long, Boolean>();
    for (ProcStat entry : table.values()) {
      if (belongs(entry, table, verdicts)) {
        known.add(key(entry));
        if (runs(entry)) {
          members.add(entry);
        }
      }
    }
    members.sort(
        Comparator.comparing((ProcStat e) -> e.pid() != agent.pid())
            .thenComparing(ProcStat::startTicks)
            .thenComparing(ProcStat::pid));
    return members.stream().map(e -> ProcessHandle.of(e.pid())).flatMap(Optional::stream).toList();
  }

  private boolean belongs(
      @Nullable ProcStat entry, Map<Long, ProcStat> table, Map<Long, Boolean> verdicts) {
    if (entry == null) {
      return false;
    }
    Boolean verdict = verdicts.get(entry.pid());
    if (verdict == null) {
      // The table may contain a cycle, because it changes during the reading.
      verdicts.put(entry.pid(), false);
      verdict = judge(entry, table, verdicts);
      verdicts.put(entry.pid(), verdict);
    }
    return verdict;
  }

  private boolean judge(ProcStat entry, Map<Long, ProcStat> table, Map<Long, Boolean> verdicts) {
    if (ownPids.contains(entry.pid())) {
      return false;
    }
    if (entry.pid() == agent.pid()
        || entry.session() == agent.pid()
        || known.contains(key(entry))) {
      return true;
    }
    if (ownPids.contains(entry.parent())) {
      // PAR as process 1 adopts orphans. A child that PAR started for itself looks the same.
      return entry.parent() == 1 || isMarked(entry);
    }
    return belongs(table.get(entry.parent()), table, verdicts)
        || belongs(table.get(entry.session()), table, verdicts)
        || isMarked(entry);
  }

  private boolean isMarked(ProcStat entry) {
    try (var in = Files.newInputStream(proc.resolve(entry.pid() + "/environ"))) {
      byte[] environment = in.readNBytes(MAX_ENVIRONMENT);
      return contains(environment, marker);
    } catch (IOException e) {
      // The process has ended, or belongs to another user.
      return false;
    }
  }

  /** Whether the marker occurs. Index -1 stands for the NUL that the first variable lacks. */
  private static boolean contains(byte[] environment, byte[] marker) {
    for (int i = -1; i <= environment.length - marker.length; i++) {
      int matched = i < 0 ? 1 : 0;
      while (matched < marker.length
          && i + matched < environment.length
          && environment[i + matched] == marker[matched]) {
        matched++;
      }
      if (matched == marker.length) {
        return true;
      }
    }
    return false;
  }

  private Map<Long, ProcStat> table() {
    var table = new HashMap<Long, ProcStat>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
      for (Path process : processes) {
        ProcStat.read(process).ifPresent(entry -> table.put(entry.pid(), entry));
      }
    } catch (IOException | DirectoryIteratorException e) {
      return Map.of();
    }
    // A /proc that hides processes, or belongs to another namespace, is of no use.
    return table.containsKey(ProcessHandle.current().pid()) ? table : Map.of();
  }

  private static Key key(ProcStat process) {
    return new Key(process.pid(), process.startTicks());
  }

  private static boolean runs(ProcStat process) {
    return process.state() != 'Z' && process.state() != 'X';
  }
}
