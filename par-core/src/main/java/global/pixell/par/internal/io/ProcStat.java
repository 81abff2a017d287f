package global.pixell.par.internal.io;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What Linux says of a process in {@code /proc/PID/stat}, as proc(5) describes it.
 *
 * @param pid the process number
 * @param state one letter, for example {@code S} for sleeping or {@code Z} for a zombie
 * @param parent the process number of the parent
 * @param session the process number of the session's leader
 * @param startTicks when the process started, in clock ticks since the kernel started; unlike a
 *     time of day it does not change when the clock is set
 */
public record ProcStat(long pid, char state, long parent, long session, long startTicks) {

  /**
   * Reads the values of one process.
   *
   * @param process its directory, such as {@code /proc/self}
   * @return empty if the process has ended, or if the system has no {@code /proc}
   */
  public static Optional<ProcStat> read(Path process) {
    try {
      String stat = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
      // The name, field 2, is in brackets and may contain any character, brackets too.
      String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ", 21);
      return Optional.of(
          new ProcStat(
              Long.parseLong(stat.substring(0, stat.indexOf(' '))),
              afterName[0].charAt(0),
              Long.parseLong(afterName[1]),
              Long.parseLong(afterName[3]),
              Long.parseLong(afterName[19])));
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }
}
