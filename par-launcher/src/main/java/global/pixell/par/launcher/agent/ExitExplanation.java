package global.pixell.par.launcher.agent;

import global.pixell.par.internal.text.Json;
import global.pixell.par.launcher.log.LastWords;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Explains why an agent ended, from its exit code and its last lines, and what its author can do.
 *
 * @param meaning the meaning of the exit code, or the message of PAR's host, as a sentence; empty
 *     if unknown
 * @param hint what to do
 */
public record ExitExplanation(String meaning, String hint) {

  private static final String SEE_OUTPUT = "See the agent's output above this line.";

  /** A signal that ended a process. A shell or Java reports it as exit code 128 plus its number. */
  private record Signal(String name, String meaning, String hint) {}

  private static final Map<Integer, Signal> SIGNALS =
      Map.of(
          129, new Signal("SIGHUP", "its terminal was closed", SEE_OUTPUT),
          130, new Signal("SIGINT", "it was interrupted", SEE_OUTPUT),
          132,
              new Signal(
                  "SIGILL",
                  "it used an instruction that this processor lacks",
                  "Build it, and its native libraries, for this processor."),
          134,
              new Signal(
                  "SIGABRT",
                  "it gave itself up, often at a failed check or an allocation without memory",
                  SEE_OUTPUT),
          135,
              new Signal(
                  "SIGBUS",
                  "a mapped file became shorter, or /dev/shm or the disk is full",
                  "Check the space of its volumes and of /dev/shm."),
          136, new Signal("SIGFPE", "a wrong calculation of native code", SEE_OUTPUT),
          139,
              new Signal(
                  "SIGSEGV",
                  "native code read or wrote memory that is not its own",
                  "Look for a native library that does not fit its interpreter or this image;"
                      + " PYTHONFAULTHANDLER=1 prints where Python was."),
          143, new Signal("SIGTERM", "something other than PAR told it to end", SEE_OUTPUT));

  /** Last lines of agents, and the remedy for each. */
  private static final Map<Pattern, String> HINTS = new LinkedHashMap<>();

  static {
    HINTS.put(
        Pattern.compile("ModuleNotFoundError: No module named '([^']+)'"),
        "Add %s to requirements.txt, or the module to the package.");
    HINTS.put(
        Pattern.compile("Cannot find (?:module|package) '([^']+)'"),
        "Add %s to package.json and its lock file, or pack node_modules.");
    HINTS.put(
        Pattern.compile("Could not find or load main class (\\S+)"),
        "The entrypoint is a class of the package or its jars: check the name %s.");
    HINTS.put(
        Pattern.compile("UnsupportedClassVersionError: (\\S+)"),
        "%s was compiled for a newer Java: set JAVA_HOME, or take an image that has it.");
    HINTS.put(
        Pattern.compile("(?i)((?:address|port) already in use|EADDRINUSE|Errno 98\\b)"),
        "Another process took the port after PAR had found it free, or the agent opens it twice:"
            + " read the port from REST_PORT, A2A_PORT or UI_PORT.");
    HINTS.put(
        Pattern.compile(
            "(?i)(JavaScript heap out of memory|java\\.lang\\.OutOfMemoryError|MemoryError)"),
        "Give the task more memory, or let the agent use less.");
    HINTS.put(
        Pattern.compile("(GLIBC_[\\d.]+)' not found"),
        "A native library needs %s: build it in this image, or take a newer image.");
    HINTS.put(
        Pattern.compile("(?i)(?:PermissionError|EACCES|Permission denied)[^']*'?([^' ]*)"),
        "The agent may write to its working folders such as /tmp, not to the package: check %s.");
    HINTS.put(
        Pattern.compile("(?i)(read-only file system)"),
        "The agent may write to its working folders such as /tmp, not to the package.");
  }

  static ExitExplanation of(int code, LastWords words, OutOfMemoryKills kills) {
    Optional<ExitExplanation> ofHost = ofHost(words.lines());
    if (ofHost.isPresent()) {
      return ofHost.get();
    }
    Optional<String> hint = fromLines(words.lines());
    if (code == 137) {
      return killed(kills);
    }
    Signal signal = SIGNALS.get(code);
    if (signal != null) {
      return new ExitExplanation(
          "Exit code " + code + " is " + signal.name() + ": " + signal.meaning() + ".",
          hint.orElse(signal.hint()));
    }
    return switch (code) {
      case 126 ->
          new ExitExplanation(
              "Exit code 126 is a shell's: it found a program and could not execute it.",
              hint.orElse("Give the program its x bit, and see that it is made for this machine."));
      case 127 ->
          new ExitExplanation(
              "Exit code 127 is a shell's or a loader's: a program or library was not found.",
              hint.orElse("Add it to the package or to the image, and check PATH."));
      default -> new ExitExplanation("", hint.orElse(SEE_OUTPUT));
    };
  }

  private static ExitExplanation killed(OutOfMemoryKills kills) {
    OptionalLong limit = kills.limit();
    String memory =
        limit.isPresent() ? " The limit of memory is " + (limit.getAsLong() >> 20) + " MB." : "";
    Optional<Boolean> happened = kills.happened();
    if (happened.isPresent() && !happened.get()) {
      return new ExitExplanation(
          "Exit code 137 is SIGKILL: something killed it, and this container's kernel counted no"
              + " out-of-memory kill."
              + memory,
          "Look for who sends it: the agent itself, an operator, or the host's own memory.");
    }
    return new ExitExplanation(
        happened.isPresent()
            ? "Exit code 137 is SIGKILL: the kernel killed it because the memory was full." + memory
            : "Exit code 137 is SIGKILL; out of memory is the usual reason." + memory,
        "Give the task more memory, or let the agent use less.");
  }

  /** The remedy for the newest line that matches. */
  private static Optional<String> fromLines(List<String> lines) {
    for (int i = lines.size() - 1; i >= 0; i--) {
      for (var known : HINTS.entrySet()) {
        Matcher m = known.getKey().matcher(lines.get(i));
        if (m.find()) {
          return Optional.of(known.getValue().formatted(m.group(1)));
        }
      }
    }
    return Optional.empty();
  }

  /** PAR's own host prints the problem and the remedy as its last line. */
  private static Optional<ExitExplanation> ofHost(List<String> lines) {
    for (int i = lines.size() - 1; i >= 0; i--) {
      if (lines.get(i).startsWith("{") && lines.get(i).contains("\"Agent not loaded\"")) {
        try {
          var fields = Json.read(lines.get(i));
          return Optional.of(
              new ExitExplanation(
                  Json.text(fields, "error").orElse(""),
                  Json.text(fields, "hint").orElse(SEE_OUTPUT)));
        } catch (IOException e) {
          // The line was too long and was cut.
        }
      }
    }
    return Optional.empty();
  }
}
