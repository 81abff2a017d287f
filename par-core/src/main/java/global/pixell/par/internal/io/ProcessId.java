package global.pixell.par.internal.io;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The process that owns a file of the cache. It is part of the file's name, where it is present
 * from the first moment and needs no space on a full disk.
 *
 * <p>Containers that share a volume have equal process numbers and often equal host names. So we
 * look a process up only inside the same kernel and the same process namespace. For any other
 * process only its heartbeat, the modification time of the file, says whether it is alive.
 *
 * @param machine kernel and process namespace; equal only where process numbers mean the same
 * @param pid the process number there
 * @param started when it started, in clock ticks of its kernel or else in milliseconds; -1 when
 *     neither is known
 * @param jvm drawn once by each class loader of a JVM, so that two applications in one servlet
 *     container have files of different names. It does not tell who is alive
 */
public record ProcessId(String machine, long pid, long started, String jvm) {

  /** How long the file of a process of another machine is valid without a heartbeat. */
  static final Duration STALE = Duration.ofMinutes(10);

  private static final Path PROC = Path.of("/proc");
  private static final Pattern NAME =
      Pattern.compile("([0-9a-f]{12})-(\\d+)-(-?\\d+)-([0-9a-f]{8})");

  private static final ProcessId SELF = self();

  /** This process, as this class loader sees it. */
  public static ProcessId current() {
    return SELF;
  }

  /** Another process of this machine, which is to own a file. */
  public static ProcessId ofPid(long pid) {
    return new ProcessId(SELF.machine, pid, startOf(pid), SELF.jvm);
  }

  private static ProcessId self() {
    long pid = ProcessHandle.current().pid();
    return new ProcessId(kernelAndNamespace(), pid, startOf(pid), UniqueMark.next());
  }

  private static String kernelAndNamespace() {
    String kernel = line(PROC.resolve("sys/kernel/random/boot_id"));
    return Sha256.of(
            (kernel.isEmpty() ? host() : kernel + namespace()).getBytes(StandardCharsets.UTF_8))
        .hex()
        .substring(0, 12);
  }

  private static String namespace() {
    try {
      return Files.readSymbolicLink(PROC.resolve("self/ns/pid")).toString();
    } catch (IOException | UnsupportedOperationException e) {
      return host();
    }
  }

  /** The name of the host or container, for people. */
  static String host() {
    String kernels = line(PROC.resolve("sys/kernel/hostname"));
    if (!kernels.isEmpty()) {
      return kernels;
    }
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (IOException e) {
      return "unknown host";
    }
  }

  private static String line(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      return "";
    }
  }

  /** In clock ticks, because a time of day changes when the clock is set. */
  private static long startOf(long pid) {
    return ProcStat.read(PROC.resolve(String.valueOf(pid)))
        .map(ProcStat::startTicks)
        .orElseGet(
            () ->
                ProcessHandle.of(pid)
                    .flatMap(process -> process.info().startInstant())
                    .map(Instant::toEpochMilli)
                    .orElse(-1L));
  }

  /** The owner of a file, by its name. */
  public static Optional<ProcessId> of(Path file) {
    Matcher name = NAME.matcher(file.getFileName().toString());
    if (!name.find()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new ProcessId(
              name.group(1),
              Long.parseLong(name.group(2)),
              Long.parseLong(name.group(3)),
              name.group(4)));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /**
   * Whether the owner of a file is gone: its process has ended, or it belongs to another machine
   * and had no heartbeat for {@link #STALE}. A file that vanished is stale, too.
   */
  public static boolean isStale(Path file, Instant now) {
    Optional<ProcessId> owner = of(file);
    if (owner.isPresent() && owner.get().machine().equals(SELF.machine())) {
      return !owner.get().isAlive();
    }
    try {
      Instant beat = Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).toInstant();
      return beat.isBefore(now.minus(STALE));
    } catch (NoSuchFileException e) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** For processes of this machine only. */
  private boolean isAlive() {
    if (pid == SELF.pid) {
      // The process of a restarted container often has the same number, so its start decides.
      return jvm.equals(SELF.jvm) || (started >= 0 && started == SELF.started);
    }
    if (ProcessHandle.of(pid).isEmpty()) {
      return false;
    }
    long now = startOf(pid);
    return now < 0 || started < 0 || now == started;
  }

  /** Whether this is another class loader of our JVM. */
  public boolean isOtherLoader() {
    return machine.equals(SELF.machine)
        && pid == SELF.pid
        && started == SELF.started
        && !jvm.equals(SELF.jvm);
  }

  /** A record of the process for people. */
  public RecordFile toRecord(Instant since) {
    return new RecordFile().put("pid", pid).put("host", host()).put("since", since);
  }

  /** The process of a record, as part of a sentence. */
  public static String describe(RecordFile record) {
    return "process "
        + record.text("pid").orElse("unknown")
        + " on "
        + record.text("host").orElse("an unknown host")
        + record.text("since").map(since -> " since " + since).orElse("");
  }

  /** The form in file names. */
  @Override
  public String toString() {
    return machine + "-" + pid + "-" + started + "-" + jvm;
  }
}
