package global.pixell.par.testkit.cli;

import global.pixell.par.testkit.ParLog;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Formats the launcher's JSON lines for people: the fields an author needs, always in the same
 * order.
 */
final class HumanLogFormatter {

  /** How much is shown. */
  enum Detail {
    /** The events of the agent, with a few fields each. */
    SHORT,
    /** All lines with all fields. */
    ALL,
    /** The JSON lines, unchanged. */
    JSON
  }

  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");
  private static final Set<String> OF_EVERY_LINE =
      Set.of("timestamp", "level", "event", "agent_app_id", "deployment_id", "seq", "origin");

  /** Fields whose values need no name. */
  private static final Set<String> SENTENCES =
      Set.of("command", "message", "error", "hint", "reason", "stack");

  private static final Set<String> DIGESTS = Set.of("sha256", "digest");
  private static final int DIGEST_SHOWN = 12;

  /** The fields shown for each event, in this order. Steps that succeed at every boot show none. */
  private static final Map<String, List<String>> SHOWN =
      Map.ofEntries(
          Map.entry("Runtime starting", List.of()),
          Map.entry("Package resolved", List.of()),
          Map.entry("Package downloading", List.of()),
          Map.entry("Package verified", List.of()),
          Map.entry("Package cached", List.of()),
          Map.entry("Package unpacked", List.of()),
          Map.entry("Package opened", List.of()),
          Map.entry("Runtime stopping", List.of()),
          Map.entry("Package downloaded", List.of("bytes", "duration_ms")),
          Map.entry("Download retried", List.of("attempt", "delay_ms", "error")),
          Map.entry("Agent started", List.of("command", "pid")),
          Map.entry("Agent exited", List.of("exit_code")),
          Map.entry("Readiness changed", List.of("ready", "reason")),
          Map.entry("Runtime ready", List.of("boot_ms")),
          Map.entry("Runtime stopped", List.of("exit_code")),
          Map.entry("Runtime failed", List.of("code", "phase", "error", "hint", "stack")),
          Map.entry("Configuration invalid", List.of("variable", "error", "hint")));

  private final Terminal terminal;
  private final Detail detail;

  HumanLogFormatter(Terminal terminal, Detail detail) {
    this.terminal = terminal;
    this.detail = detail;
  }

  /** Prints a line and returns it parsed; without fields when it is not JSON. */
  ParLog.Line show(String json) {
    ParLog.Line line;
    try {
      line = ParLog.line(json);
    } catch (AssertionError e) {
      terminal.out().println(TerminalEscapes.printable(json));
      return new ParLog.Line(json, Map.of());
    }
    if (detail == Detail.JSON) {
      terminal.out().println(json);
    } else if (detail == Detail.ALL || isShown(line)) {
      terminal
          .out()
          .println(
              terminal.paint(Terminal.Colour.DIM, time(line.text("timestamp")))
                  + (isAgents(line) ? "  agent  " : "  par    ")
                  + text(line));
    }
    terminal.out().flush();
    return line;
  }

  private static boolean isAgents(ParLog.Line line) {
    return line.text("origin").equals("agent");
  }

  private static boolean isShown(ParLog.Line line) {
    List<String> fields = SHOWN.get(line.event());
    return isAgents(line)
        || fields == null
        || !fields.isEmpty()
        || Set.of("warning", "error").contains(line.level());
  }

  private String text(ParLog.Line line) {
    String fields = fields(line);
    if (!isAgents(line)) {
      return terminal.paint(colour(line), line.event()) + fields;
    }
    // An agent may write JSON itself, with a message or an event name of its own.
    boolean plain = line.fields().containsKey("message") || line.event().equals("Agent output");
    return plain ? fields.strip() : line.event() + fields;
  }

  private static Terminal.Colour colour(ParLog.Line line) {
    return switch (line.level()) {
      case "error" -> Terminal.Colour.RED;
      case "warning" -> Terminal.Colour.YELLOW;
      default ->
          line.event().equals("Runtime ready") ? Terminal.Colour.GREEN : Terminal.Colour.BOLD;
    };
  }

  private static String time(String timestamp) {
    try {
      return TIME.withZone(ZoneId.systemDefault()).format(Instant.parse(timestamp));
    } catch (java.time.DateTimeException e) {
      return timestamp;
    }
  }

  private String fields(ParLog.Line line) {
    var ordered = new LinkedHashMap<String, Object>();
    var rest = new TreeMap<>(line.fields());
    rest.keySet().removeAll(OF_EVERY_LINE);
    if (isAgents(line)) {
      rest.remove("stream");
    }
    List<String> known = isAgents(line) ? List.of("message") : SHOWN.get(line.event());
    for (String name : known == null ? List.<String>of() : known) {
      Object value = rest.remove(name);
      if (value != null) {
        ordered.put(name, value);
      }
    }
    if (known == null || isAgents(line) || detail == Detail.ALL) {
      ordered.putAll(rest);
    }
    var text = new StringBuilder();
    ordered.forEach((name, value) -> text.append("  ").append(field(name, value)));
    return text.toString();
  }

  private static String field(String name, Object value) {
    if (SENTENCES.contains(name)) {
      return value instanceof Collection<?> words
          ? TerminalEscapes.printable(
              String.join(" ", words.stream().map(String::valueOf).toList()))
          : lines(String.valueOf(value));
    }
    if (name.endsWith("_ms") && value instanceof Number millis) {
      return name.substring(0, name.length() - 3) + "=" + duration(millis.longValue());
    }
    String text = TerminalEscapes.printable(String.valueOf(value));
    if (DIGESTS.contains(name)) {
      String hex = text.replaceFirst("^sha256:", "");
      text = hex.substring(0, Math.min(hex.length(), DIGEST_SHOWN));
    }
    return name + "=" + text;
  }

  /** Keeps the line breaks of a traceback. */
  private static String lines(String text) {
    return String.join("\n    ", text.lines().map(TerminalEscapes::printable).toList());
  }

  private static String duration(long millis) {
    return millis < 1000 ? millis + "ms" : String.format(Locale.ROOT, "%.1fs", millis / 1000.0);
  }
}
