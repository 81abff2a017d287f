package global.pixell.par.testkit;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Set;

/** The launcher's JSON lines, for a person to read. */
final class PeopleLog {

  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");
  private static final Set<String> NOT_SHOWN =
      Set.of("timestamp", "level", "event", "agent_app_id", "deployment_id", "seq", "origin");

  private final Terminal terminal;

  PeopleLog(Terminal terminal) {
    this.terminal = terminal;
  }

  /** Shows a line, and tells which of PAR's events it is: none for the agent's own. */
  String show(String json) {
    ParLog.Line line;
    try {
      line = ParLog.line(json);
    } catch (AssertionError e) {
      terminal.out().println(LogText.printable(json));
      return "";
    }
    boolean agent = line.text("origin").equals("agent");
    String what =
        agent
            ? LogText.printable(line.text("message"))
            : terminal.paint(colour(line), line.event()) + fields(line);
    terminal
        .out()
        .println(
            terminal.paint(Terminal.Colour.DIM, time(line.text("timestamp")))
                + (agent ? "  agent  " : "  par    ")
                + what);
    terminal.out().flush();
    return agent ? "" : line.event();
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

  private static String fields(ParLog.Line line) {
    var text = new StringBuilder();
    for (Map.Entry<String, Object> field : line.fields().entrySet()) {
      if (!NOT_SHOWN.contains(field.getKey())) {
        text.append("  ").append(field.getKey()).append('=');
        text.append(LogText.printable(String.valueOf(field.getValue())));
      }
    }
    return text.toString();
  }
}
