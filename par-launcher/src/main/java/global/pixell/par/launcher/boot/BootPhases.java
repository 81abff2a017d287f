package global.pixell.par.launcher.boot;

import global.pixell.par.internal.io.ProcStat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** How long each part of a boot took, counted from the start of the process. Thread-safe. */
final class BootPhases {

  private static final double TICKS_PER_SECOND = 100;
  private static final double MOST_PLAUSIBLE_SECONDS = 60;

  private final Clock clock;
  private final Instant processStart;
  private final Map<String, Object> millis = new LinkedHashMap<>();
  private volatile String current = "config";
  private Instant since;

  BootPhases(Clock clock) {
    this.clock = clock;
    this.processStart = processStart(clock.instant());
    this.since = processStart;
  }

  /**
   * Linux reports a process's start in ticks since the boot of the machine. The JDK adds that to
   * the machine's start in whole seconds, so its instant is wrong by up to one second.
   */
  private static Instant processStart(Instant now) {
    try {
      double started =
          ProcStat.read(Path.of("/proc/self")).orElseThrow().startTicks() / TICKS_PER_SECOND;
      String uptime = Files.readString(Path.of("/proc/uptime")).split(" ", 2)[0];
      double age = Double.parseDouble(uptime) - started;
      if (age >= 0 && age < MOST_PLAUSIBLE_SECONDS) {
        return now.minusMillis(Math.round(age * 1000));
      }
    } catch (IOException | RuntimeException e) {
      // Not Linux, or another format.
    }
    return ProcessHandle.current().info().startInstant().orElse(now);
  }

  Instant processStart() {
    return processStart;
  }

  synchronized void begin(String phase) {
    current = phase;
  }

  /** Ends a phase; the next begins at this moment. */
  synchronized void done(String phase) {
    Instant now = clock.instant();
    millis.put(phase, Math.max(0, Duration.between(since, now).toMillis()));
    since = now;
  }

  /** Ends the last phase. Returns the milliseconds of the whole boot. */
  synchronized long finish(String phase) {
    done(phase);
    long total = sinceStart();
    millis.put("total", total);
    return total;
  }

  /** The phase the boot is in. */
  String current() {
    return current;
  }

  long sinceStart() {
    return Math.max(0, Duration.between(processStart, clock.instant()).toMillis());
  }

  synchronized Map<String, Object> toMap() {
    return new LinkedHashMap<>(millis);
  }
}
