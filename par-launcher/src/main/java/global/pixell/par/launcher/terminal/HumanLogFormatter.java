package global.pixell.par.launcher.terminal;

import global.pixell.par.internal.text.Json;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Formats the launcher's JSON lines for people: time, origin and event in columns, then the fields
 * that a person needs, always in the same order. Immutable.
 */
public final class HumanLogFormatter {

  /** How much is displayed. */
  public enum Detail {
    /** The agent's lines, problems, and the steps of a boot that differ between boots. */
    SHORT,
    /** All lines with all fields. */
    ALL
  }

  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");
  private static final Set<String> OF_EVERY_LINE =
      Set.of("timestamp", "level", "event", "agent_app_id", "deployment_id", "seq", "origin");

  /** Fields whose values need no name. */
  private static final Set<String> SENTENCES =
      Set.of("command", "message", "error", "hint", "reason", "stack");

  private static final Set<String> DIGESTS = Set.of("sha256", "digest");
  private static final int DIGEST_SHOWN = 12;

  private static final String AGENT_OUTPUT = "Agent output";
  private static final String READY = "Runtime ready";
  private static final String PHASES = "phases";

  /** The width of most events; a longer one moves the fields of its line. */
  private static final int EVENT_COLUMNS = 20;

  /** Below the event: 12 of the time, 5 of the origin, and the gaps. */
  private static final String NEXT_LINE = "\n" + " ".repeat(21);

  /** The fields displayed for each event, in this order. Routine steps of a boot show none. */
  private static final Map<String, List<String>> SHOWN =
      Map.ofEntries(
          Map.entry("Runtime starting", List.of()),
          Map.entry("Package resolved", List.of()),
          Map.entry("Package downloading", List.of()),
          Map.entry("Package verified", List.of()),
          Map.entry("Package cached", List.of()),
          Map.entry("Package unpacked", List.of()),
          Map.entry("Runtime stopping", List.of("reason")),
          Map.entry("Package opened", List.of("name", "version")),
          Map.entry("Package downloaded", List.of("bytes", "duration_ms")),
          Map.entry("Package warning", List.of("message", "hint")),
          Map.entry("Download retried", List.of("attempt", "delay_ms", "error")),
          Map.entry("Agent started", List.of("command", "pid")),
          Map.entry("Agent exited", List.of("exit_code")),
          Map.entry("Readiness changed", List.of("ready", "reason")),
          Map.entry(READY, List.of("boot_ms", "degraded")),
          Map.entry("Runtime stopped", List.of("exit_code", "message")),
          Map.entry(
              "Runtime failed", List.of("code", "exit_code", "phase", "error", "hint", "stack")),
          Map.entry("Configuration invalid", List.of("variable", "error", "hint")));

  private final Paint paint;
  private final Detail detail;
  private final ZoneId zone;

  /** Formats times in the zone of this machine. */
  public HumanLogFormatter(Paint paint, Detail detail) {
    this(paint, detail, ZoneId.systemDefault());
  }

  HumanLogFormatter(Paint paint, Detail detail, ZoneId zone) {
    this.paint = paint;
    this.detail = detail;
    this.zone = zone;
  }

  /**
   * One line for people.
   *
   * @param line the fields of a JSON line
   * @return the text, without a line break at its end; empty when this detail leaves the line out
   */
  public Optional<String> format(Map<String, ? extends @Nullable Object> line) {
    if (detail == Detail.SHORT && !isShown(line)) {
      return Optional.empty();
    }
    String time = paint.paint(Paint.Colour.DIM, time(text(line, "timestamp")));
    return Optional.of(
        isAgents(line)
            ? time + "  " + paint.paint(Paint.Colour.CYAN, "agent") + "  " + agentText(line)
            : time + "  par    " + ownText(line));
  }

  private static boolean isAgents(Map<String, ? extends @Nullable Object> line) {
    return text(line, "origin").equals("agent");
  }

  private static boolean isShown(Map<String, ? extends @Nullable Object> line) {
    List<String> fields = SHOWN.get(text(line, "event"));
    return isAgents(line)
        || fields == null
        || !fields.isEmpty()
        || Set.of("warning", "error").contains(text(line, "level"));
  }

  private String ownText(Map<String, ? extends @Nullable Object> line) {
    String event = TerminalText.printable(text(line, "event"));
    String fields = fields(line, SHOWN.get(event));
    Object phases = line.get(PHASES);
    if (event.equals(READY) && phases instanceof Map<?, ?> measured) {
      fields += lines(BootTimeline.of(measured, paint));
    }
    String gap =
        fields.isEmpty() || fields.startsWith("\n")
            ? ""
            : " ".repeat(Math.max(0, EVENT_COLUMNS - event.length()));
    return paint.paint(colour(line), event) + gap + fields;
  }

  private static String lines(List<String> lines) {
    return lines.isEmpty() ? "" : NEXT_LINE + String.join(NEXT_LINE, lines);
  }

  /** The message as the agent wrote it, with its indentation; then what else its JSON has. */
  private String agentText(Map<String, ? extends @Nullable Object> line) {
    String event = text(line, "event");
    String fields = fields(line, List.of());
    var text = new StringBuilder();
    if (line.get("message") != null) {
      text.append(coloured(line, block(text(line, "message"))));
    } else if (!event.equals(AGENT_OUTPUT)) {
      text.append(coloured(line, TerminalText.printable(event)));
    } else {
      fields = fields.stripLeading();
    }
    return text.append(fields).toString();
  }

  private String coloured(Map<String, ? extends @Nullable Object> line, String text) {
    return switch (text(line, "level")) {
      case "error" -> paint.paint(Paint.Colour.RED, text);
      case "warning" -> paint.paint(Paint.Colour.YELLOW, text);
      case "debug" -> paint.paint(Paint.Colour.DIM, text);
      default -> text;
    };
  }

  private static Paint.Colour colour(Map<String, ? extends @Nullable Object> line) {
    return switch (text(line, "level")) {
      case "error" -> Paint.Colour.RED;
      case "warning" -> Paint.Colour.YELLOW;
      default -> text(line, "event").equals(READY) ? Paint.Colour.GREEN : Paint.Colour.BOLD;
    };
  }

  private String time(String timestamp) {
    try {
      return TIME.withZone(zone).format(Instant.parse(timestamp));
    } catch (DateTimeException e) {
      return TerminalText.printable(timestamp);
    }
  }

  private String fields(
      Map<String, ? extends @Nullable Object> line, @Nullable List<String> known) {
    var ordered = new LinkedHashMap<String, @Nullable Object>();
    var rest = new TreeMap<String, @Nullable Object>(line);
    rest.keySet().removeAll(OF_EVERY_LINE);
    if (isAgents(line)) {
      rest.keySet().removeAll(Set.of("stream", "message", "agent_timestamp"));
    } else if (text(line, "event").equals(READY)) {
      rest.remove(PHASES);
    }
    for (String name : known == null ? List.<String>of() : known) {
      Object value = rest.remove(name);
      if (value != null) {
        ordered.put(name, value);
      }
    }
    if (known == null || isAgents(line) || detail == Detail.ALL) {
      ordered.putAll(rest);
    }
    boolean failed = !isAgents(line) && text(line, "level").equals("error");
    var text = new StringBuilder();
    ordered.forEach((name, value) -> text.append(field(name, value, failed)));
    return text.toString();
  }

  /** The field with the gap before it. An explanation of a failure begins on a new line. */
  private static String field(String name, @Nullable Object value, boolean failed) {
    if (SENTENCES.contains(name)) {
      if (value instanceof Collection<?> words) {
        return "  "
            + TerminalText.printable(
                String.join(" ", words.stream().map(String::valueOf).toList()));
      }
      String sentence = String.valueOf(value);
      return (failed || sentence.strip().contains("\n") ? NEXT_LINE : "  ") + block(sentence);
    }
    String text;
    if (name.endsWith("_ms") && value instanceof Number millis) {
      return "  " + name.substring(0, name.length() - 3) + "=" + duration(millis.longValue());
    } else if (name.equals("bytes") && value instanceof Number bytes) {
      text = size(bytes.longValue());
    } else {
      text = TerminalText.printable(plain(value));
    }
    if (DIGESTS.contains(name)) {
      String hex = text.replaceFirst("^sha256:", "");
      text = hex.substring(0, Math.min(hex.length(), DIGEST_SHOWN));
    }
    return "  " + TerminalText.printable(name) + "=" + text;
  }

  /** Keeps the line breaks and the indentation of a traceback, under its beginning. */
  private static String block(String text) {
    return String.join(NEXT_LINE, text.stripTrailing().lines().map(TerminalText::line).toList());
  }

  private static String plain(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      var fields = new LinkedHashMap<String, Object>();
      map.forEach((name, field) -> fields.put(String.valueOf(name), field));
      return Json.write(fields);
    }
    return String.valueOf(value);
  }

  private static String text(Map<String, ? extends @Nullable Object> line, String field) {
    Object value = line.get(field);
    return value == null ? "" : String.valueOf(value);
  }

  private static String duration(long millis) {
    return millis < 1000 ? millis + "ms" : String.format(Locale.ROOT, "%.1fs", millis / 1000.0);
  }

  private static String size(long bytes) {
    return bytes < 1_000_000 ? bytes + "B" : String.format(Locale.ROOT, "%.1fMB", bytes / 1e6);
  }
}
