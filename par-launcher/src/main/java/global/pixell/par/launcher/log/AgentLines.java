package global.pixell.par.launcher.log;

import global.pixell.par.internal.text.Json;
import global.pixell.par.internal.text.Redactor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns the lines of one of the agent's streams into log lines. JSON keeps its fields and gets the
 * ids; text is wrapped; a line that is too long becomes several, numbered by {@code chunk}. Waits
 * while the reader of the log is slow. For one thread.
 */
final class AgentLines {

  private static final String EVENT = "Agent output";
  private static final byte[] END = LineText.ascii("\"}\n");

  /** In PEM, a private key is a hundred lines at the most. */
  private static final int MAX_KEY_LINES = 200;

  private final LogWriter writer;
  private final LineHead head;
  private final LineFields fields;
  private final Redactor redactor;
  private final String stream;

  /** The part of a line between its number and the text. */
  private final byte[] beforeText;

  private final LineBuffer line = new LineBuffer(1024);

  // The beginning of a text line, made again each millisecond.
  private final LineBuffer textHead = new LineBuffer(256);
  private long textHeadMillis = Long.MIN_VALUE;

  private int keyLines;

  // State of a line that arrives in parts.
  private int chunk;
  private LogStream.Level partLevel = LogStream.Level.INFO;
  private String partEvent = EVENT;

  AgentLines(String stream, LogWriter writer, LineHead head, LineFields fields, Redactor redactor) {
    this.stream = stream;
    this.writer = writer;
    this.head = head;
    this.fields = fields;
    this.redactor = redactor;
    this.beforeText =
        LineText.ascii(",\"origin\":\"agent\",\"stream\":\"" + stream + "\",\"message\":\"");
  }

  /** A whole line, without its end, or the last part of one. */
  void line(byte[] bytes, int from, int to) {
    if (chunk == 0 && isSimple(bytes, from, to)) {
      simple(bytes, from, to);
      return;
    }
    String text = new String(bytes, from, to - from, StandardCharsets.UTF_8);
    if (chunk > 0) {
      chunks(redactor.redact(text), partLevel, partEvent);
      chunk = 0;
    } else if (!text.startsWith("{") || !json(text)) {
      text(redacted(text));
    }
  }

  /**
   * The beginning of a line that is too long to be kept whole, cut where {@link Redactor#safeCut}
   * allows it. Level and event of JSON are read from this beginning.
   */
  void part(String text) {
    if (chunk == 0) {
      Map<String, @Nullable Object> first = text.startsWith("{") ? JsonHead.read(text) : Map.of();
      partLevel = AgentLevel.of(first);
      partEvent = event(first);
    }
    chunks(redactor.redact(text), partLevel, partEvent);
  }

  private boolean isSimple(byte[] bytes, int from, int to) {
    return to - from <= LogStream.MAX_LINE / 2
        && keyLines == 0
        && (to == from || bytes[from] != '{')
        && LineText.isPlain(bytes, from, to)
        && redactor.isClean(bytes, from, to);
  }

  /** Writes a line of plain text, as nearly all lines are, without further examination. */
  private void simple(byte[] bytes, int from, int to) {
    long now = head.millis();
    if (now != textHeadMillis) {
      textHead.clear();
      head.write(textHead, now, LogStream.Level.INFO, EVENT);
      textHeadMillis = now;
    }
    line.clear();
    line.write(textHead.array(), 0, textHead.size());
    int seqAt = line.size();
    line.put(beforeText);
    line.write(bytes, from, to - from);
    line.put(END);
    writer.put(line, seqAt);
  }

  private String redacted(String text) {
    if (keyLines > 0) {
      boolean ends = text.contains("-----END");
      keyLines = ends || keyLines >= MAX_KEY_LINES ? 0 : keyLines + 1;
      return ends ? redactor.redact(text) : Redactor.REDACTED;
    }
    if (text.contains("-----BEGIN ")
        && text.contains("PRIVATE KEY-----")
        && !text.contains("-----END")) {
      keyLines = 1;
    }
    return redactor.redact(text);
  }

  private void text(String redacted) {
    var own = new LinkedHashMap<String, @Nullable Object>();
    own.put("stream", stream);
    own.put("message", redacted);
    if (!write(LogStream.Level.INFO, EVENT, own)) {
      chunks(redacted, LogStream.Level.INFO, EVENT);
      chunk = 0;
    }
  }

  private boolean json(String text) {
    Map<String, @Nullable Object> read;
    try {
      read = Json.read(text);
    } catch (IOException e) {
      return false;
    }
    LogStream.Level level = AgentLevel.of(read);
    var own = new LinkedHashMap<String, @Nullable Object>();
    own.put("stream", stream);
    read.forEach(
        (name, value) -> {
          if (!LogStream.isOwn(name) && !isStreams(name)) {
            own.put(name, value);
          }
        });
    // PAR's timestamp is the time of reading, the agent's own is the time of the event.
    if (read.containsKey("timestamp") && !own.containsKey("agent_timestamp")) {
      own.put("agent_timestamp", read.get("timestamp"));
    }
    if (!write(level, event(read), own)) {
      chunks(whole(read, text), level, event(read));
      chunk = 0;
    }
    return true;
  }

  /** JSON that is too long: redacts by field names, and not only by the form of values. */
  private String whole(Map<String, @Nullable Object> read, String text) {
    var all = new LineBuffer(text.length() + 256);
    all.write('{');
    try {
      fields.write(all, read, LineFields.UNCUT);
      String written = new String(all.array(), 0, all.size(), StandardCharsets.UTF_8);
      return "{" + written.substring(Math.min(2, written.length()));
    } catch (IOException | RuntimeException e) {
      return redactor.redact(text);
    }
  }

  private static String event(Map<String, ? extends @Nullable Object> read) {
    return Json.text(read, "event").filter(event -> !event.isBlank()).orElse(EVENT);
  }

  private static boolean isStreams(String field) {
    return field.equals("stream") || field.equals("chunk");
  }

  private boolean write(
      LogStream.Level level, String event, Map<String, ? extends @Nullable Object> own) {
    line.clear();
    head.write(line, head.millis(), level, redactor.redact(event));
    int seqAt = line.size();
    line.putAscii(",\"origin\":\"agent\"");
    try {
      fields.write(line, own, LineFields.UNCUT);
    } catch (IOException | RuntimeException e) {
      return false;
    }
    if (line.size() > LogStream.MAX_LINE - LogStream.MARGIN) {
      return false;
    }
    line.write('\n');
    writer.put(line, seqAt);
    return true;
  }

  /** Continues the count if the line already has chunks. */
  private void chunks(String redacted, LogStream.Level level, String event) {
    var own = new LinkedHashMap<String, @Nullable Object>();
    for (int from = 0; from < redacted.length(); ) {
      line.clear();
      head.write(line, head.millis(), level, redactor.redact(event));
      int room = LogStream.MAX_LINE - 2 * LogStream.MARGIN - line.size();
      int to = LineText.fit(redacted, from, room);
      own.put("stream", stream);
      own.put("chunk", chunk++);
      int seqAt = line.size();
      line.putAscii(",\"origin\":\"agent\"");
      try {
        fields.writeRedacted(line, own, redacted.substring(from, to));
      } catch (IOException e) {
        throw new AssertionError("memory cannot be written to", e);
      }
      line.write('\n');
      writer.put(line, seqAt);
      from = to;
    }
  }
}
