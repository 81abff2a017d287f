package global.pixell.par.launcher.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Counts how often the kernel killed a process of this container because its memory was full. The
 * kernel writes the number to {@code memory.events} (cgroup 2) or {@code memory.oom_control}
 * (cgroup 1).
 */
final class OutOfMemoryKills {

  private static final Pattern COUNT = Pattern.compile("(?m)^oom_kill (\\d+)$");
  private static final Pattern CGROUP_1 =
      Pattern.compile("(?m)^\\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$");
  private static final Pattern CGROUP_2 = Pattern.compile("(?m)^0::(.*)$");

  private final List<Path> groups;
  private final OptionalLong before;

  private OutOfMemoryKills(List<Path> groups) {
    this.groups = groups;
    this.before = count();
  }

  /** Counts from now on. */
  static OutOfMemoryKills fromNow() {
    return fromNow(Path.of("/proc/self/cgroup"), Path.of("/sys/fs/cgroup"));
  }

  static OutOfMemoryKills fromNow(Path membership, Path root) {
    String groups = read(membership).orElse("");
    Path first = root.resolve("memory");
    // A container sees its own group as the root, or under the name that the host gives it.
    return new OutOfMemoryKills(
        List.of(below(root, CGROUP_2, groups), root, below(first, CGROUP_1, groups), first));
  }

  private static Path below(Path root, Pattern line, String groups) {
    Matcher m = line.matcher(groups);
    return m.find() ? Path.of(root + "/" + m.group(1)).normalize() : root;
  }

  /** Whether there was a kill since then; empty if the kernel does not report it. */
  Optional<Boolean> happened() {
    OptionalLong now = count();
    return before.isEmpty() || now.isEmpty()
        ? Optional.empty()
        : Optional.of(now.getAsLong() > before.getAsLong());
  }

  /** The memory limit in bytes; empty if there is none. */
  OptionalLong limit() {
    for (Path group : groups) {
      for (String name : List.of("memory.max", "memory.limit_in_bytes")) {
        String text = read(group.resolve(name)).orElse("").strip();
        // cgroup 1 writes a number near 2^63 for no limit.
        if (text.matches("\\d{1,18}")) {
          return OptionalLong.of(Long.parseLong(text));
        }
      }
    }
    return OptionalLong.empty();
  }

  private OptionalLong count() {
    for (Path group : groups) {
      for (String name : List.of("memory.events", "memory.oom_control")) {
        Matcher m = COUNT.matcher(read(group.resolve(name)).orElse(""));
        if (m.find()) {
          return OptionalLong.of(Long.parseLong(m.group(1)));
        }
      }
    }
    return OptionalLong.empty();
  }

  private static Optional<String> read(Path file) {
    try {
      return Optional.of(Files.readString(file));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
