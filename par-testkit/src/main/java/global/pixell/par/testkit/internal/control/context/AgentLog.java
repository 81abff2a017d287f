package global.pixell.par.testkit.internal.control.context;

import global.pixell.par.internal.text.Json;
import global.pixell.par.testkit.internal.control.event.EventLog;
import global.pixell.par.testkit.internal.control.http.ControlException;
import global.pixell.par.testkit.internal.control.http.ControlRequest;
import global.pixell.par.testkit.internal.control.http.ControlResponse;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The last lines of the launcher, of this boot and earlier ones: at most {@value #MAX_LINES} lines
 * and {@value #MAX_CHARS} characters. Thread-safe.
 */
public final class AgentLog {

  static final int MAX_LINES = 10_000;
  static final int MAX_CHARS = 8_000_000;

  private static final int DEFAULT_LIMIT = 1_000;
  private static final List<String> LEVELS = List.of("debug", "info", "warning", "error");

  /** A line; its JSON is parsed again for each reader, because the text takes less memory. */
  private record Line(long id, String level, String text) {}

  private final EventLog events;
  private final Deque<Line> lines = new ArrayDeque<>();
  private long lastId;
  private int chars;

  AgentLog(EventLog events) {
    this.events = events;
  }

  void add(String text, Map<String, ?> fields) {
    Line line;
    synchronized (this) {
      line = new Line(++lastId, Json.text(fields, "level").orElse("info"), text);
      lines.add(line);
      chars += text.length();
      while (lines.size() > MAX_LINES || (chars > MAX_CHARS && lines.size() > 1)) {
        chars -= lines.removeFirst().text().length();
      }
    }
    events.publish("log", () -> json(line));
  }

  private static Map<String, ?> json(Line line) {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("id", line.id());
    fields.put("level", line.level());
    fields.put("line", parsed(line.text()));
    return fields;
  }

  private static Map<String, ?> parsed(String text) {
    try {
      return Json.read(text);
    } catch (IOException e) {
      return Map.of("message", text);
    }
  }

  /** {@code /_par/agent/logs}: with {@code since} the first lines after it, else the newest. */
  public ControlResponse get(ControlRequest request) throws ControlException {
    request.requireOnly("level", "search", "since", "limit");
    Optional<String> level = request.parameter("level");
    int least = level.isPresent() ? rank(level.get()) : 0;
    if (least < 0) {
      throw ControlException.badRequest(
          "level must be one of "
              + String.join(", ", LEVELS)
              + ", and '"
              + level.get()
              + "' is not one of them.",
          "Lines of that level and of those above it are found.");
    }
    String search = request.parameter("search").orElse("").toLowerCase(Locale.ROOT);
    OptionalLong since = request.number("since", Long.MAX_VALUE);
    int limit = (int) request.number("limit", MAX_LINES).orElse(DEFAULT_LIMIT);
    List<Line> all;
    synchronized (this) {
      all = List.copyOf(lines);
    }
    var found = new ArrayDeque<Line>();
    long next = since.orElse(0);
    for (Line line : all) {
      if (line.id() <= since.orElse(0)) {
        continue;
      }
      if (since.isPresent() && found.size() == limit) {
        break;
      }
      next = line.id();
      if (rank(line.level()) >= least && line.text().toLowerCase(Locale.ROOT).contains(search)) {
        found.add(line);
        if (found.size() > limit) {
          found.removeFirst();
        }
      }
    }
    var page = new ArrayList<Map<String, ?>>();
    found.forEach(line -> page.add(json(line)));
    var answer = new LinkedHashMap<String, Object>();
    answer.put("lines", page);
    answer.put("next", next);
    return ControlResponse.json(answer);
  }

  /** The place of a level; -1 for a level that does not exist. */
  private static int rank(String level) {
    String name = level.toLowerCase(Locale.ROOT);
    return LEVELS.indexOf(name.equals("warn") ? "warning" : name);
  }
}
