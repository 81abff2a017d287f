package global.pixell.par.launcher.log;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import global.pixell.par.internal.text.Json;
import global.pixell.par.internal.text.Redactor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The one stream of JSON lines. Every line is one object, in UTF-8, at most {@value #MAX_LINE}
 * bytes, free of secrets, and counted. Logging never throws: a line that cannot be made becomes a
 * smaller one that says so. Thread-safe.
 */
public final class LogStream {

  public enum Level {
    DEBUG,
    INFO,
    WARNING,
    ERROR
  }

  /** Container log drivers cut lines at 16 KiB. */
  static final int MAX_LINE = 16 * 1024;

  /** Text in one line: six bytes a character at the worst, and room for the fields around it. */
  private static final int MAX_TEXT = 2 * 1024;

  private static final JsonFactory JSON = new JsonFactory();

  private final OutputStream out;
  private final Clock clock;
  private final Level threshold;
  private final Redactor redactor;
  private final String agentAppId;
  private final Optional<String> deploymentId;
  private long seq;

  public LogStream(
      OutputStream out,
      Clock clock,
      Level threshold,
      Redactor redactor,
      String agentAppId,
      Optional<String> deploymentId) {
    this.out = out;
    this.clock = clock;
    this.threshold = threshold;
    this.redactor = redactor;
    this.agentAppId = agentAppId;
    this.deploymentId = deploymentId;
  }

  public void info(String event, Map<String, ?> fields) {
    log(Level.INFO, event, fields);
  }

  public void warning(String event, Map<String, ?> fields) {
    log(Level.WARNING, event, fields);
  }

  /** A line of PAR's own. */
  public void log(Level level, String event, Map<String, ?> fields) {
    write(level, event, "par", fields);
  }

  /** A line of the agent's. Long text goes on in further lines, numbered by {@code chunk}. */
  void agent(Level level, String stream, String text) {
    if (text.length() <= MAX_TEXT) {
      write(level, "Agent output", "agent", Map.of("stream", stream, "message", text));
      return;
    }
    // Redacted as a whole, for a secret may lie across a cut.
    String whole = redactor.redact(text);
    int chunk = 0;
    for (int from = 0; from < whole.length(); ) {
      int to = Math.min(whole.length(), from + MAX_TEXT);
      if (to < whole.length() && Character.isHighSurrogate(whole.charAt(to - 1))) {
        to--;
      }
      var fields = new LinkedHashMap<String, Object>();
      fields.put("stream", stream);
      fields.put("message", whole.substring(from, to));
      fields.put("chunk", chunk++);
      write(level, "Agent output", "agent", fields);
      from = to;
    }
  }

  /** A line the agent wrote as JSON: its own fields stay, the ids are added. */
  void agent(String stream, Map<String, ? extends @Nullable Object> json, String original) {
    if (original.length() > MAX_TEXT) {
      agent(Level.INFO, stream, original);
      return;
    }
    var fields = new LinkedHashMap<String, @Nullable Object>();
    fields.put("stream", stream);
    json.forEach(
        (name, value) -> {
          if (!isOwn(name)) {
            fields.put(name, value);
          }
        });
    Level level = levelOf(Json.text(json, "level").orElse("info"));
    write(level, Json.text(json, "event").orElse("Agent output"), "agent", fields);
  }

  private static boolean isOwn(String field) {
    return switch (field) {
      case "timestamp", "level", "event", "agent_app_id", "deployment_id", "seq", "origin" -> true;
      default -> false;
    };
  }

  public static Level levelOf(String name) {
    return switch (name.toUpperCase(Locale.ROOT)) {
      case "DEBUG", "TRACE" -> Level.DEBUG;
      case "WARN", "WARNING" -> Level.WARNING;
      case "ERROR", "CRITICAL", "FATAL" -> Level.ERROR;
      default -> Level.INFO;
    };
  }

  private synchronized void write(
      Level level, String event, String origin, Map<String, ? extends @Nullable Object> fields) {
    if (level.compareTo(threshold) < 0) {
      return;
    }
    byte[] line = line(level, event, origin, fields, MAX_TEXT);
    if (line.length > MAX_LINE) {
      line = line(level, event, origin, fields, 200);
    }
    if (line.length > MAX_LINE) {
      line = line(level, event, origin, Map.of("truncated_fields", fields.size()), 200);
    }
    try {
      out.write(line);
      out.flush();
    } catch (IOException e) {
      // Nobody reads any more; the boot goes on.
    }
    seq++;
  }

  private byte[] line(
      Level level,
      String event,
      String origin,
      Map<String, ? extends @Nullable Object> fields,
      int maxText) {
    var bytes = new ByteArrayOutputStream(512);
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeStringField("timestamp", DateTimeFormatter.ISO_INSTANT.format(clock.instant()));
      json.writeStringField("level", level.name().toLowerCase(Locale.ROOT));
      json.writeStringField("event", text(event, maxText));
      json.writeStringField("agent_app_id", cut(agentAppId, maxText));
      if (deploymentId.isPresent()) {
        json.writeStringField("deployment_id", cut(deploymentId.get(), maxText));
      }
      json.writeNumberField("seq", seq + 1);
      json.writeStringField("origin", origin);
      for (Map.Entry<String, ? extends @Nullable Object> field : fields.entrySet()) {
        if (isOwn(field.getKey())) {
          continue;
        }
        json.writeFieldName(cut(field.getKey(), 200));
        value(json, field.getKey(), field.getValue(), maxText);
      }
      json.writeEndObject();
    } catch (IOException | RuntimeException e) {
      return minimal(e);
    }
    bytes.write('\n');
    return bytes.toByteArray();
  }

  private byte[] minimal(Exception e) {
    String line =
        "{\"timestamp\":\""
            + DateTimeFormatter.ISO_INSTANT.format(clock.instant())
            + "\",\"level\":\"error\",\"event\":\"Log line failed\",\"seq\":"
            + (seq + 1)
            + ",\"origin\":\"par\",\"error\":\""
            + e.getClass().getSimpleName()
            + "\"}\n";
    return line.getBytes(StandardCharsets.UTF_8);
  }

  private void value(JsonGenerator json, String name, @Nullable Object value, int maxText)
      throws IOException {
    if (Redactor.isSecretName(name) && !(value instanceof Number) && !(value instanceof Boolean)) {
      json.writeString(Redactor.REDACTED);
    } else if (value instanceof Integer number) {
      json.writeNumber(number);
    } else if (value instanceof Long number) {
      json.writeNumber(number);
    } else if (value instanceof Double number) {
      json.writeNumber(number);
    } else if (value instanceof Boolean flag) {
      json.writeBoolean(flag);
    } else if (value instanceof Map<?, ?> map) {
      json.writeStartObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        String key = String.valueOf(entry.getKey());
        json.writeFieldName(cut(key, 200));
        value(json, key, entry.getValue(), maxText);
      }
      json.writeEndObject();
    } else if (value instanceof Iterable<?> items && !(value instanceof Path)) {
      json.writeStartArray();
      for (Object item : items) {
        value(json, "", item, maxText);
      }
      json.writeEndArray();
    } else if (value instanceof Number number) {
      // Digits as they came, for an agent's numbers are its own.
      json.writeNumber(number.toString());
    } else if (value == null) {
      json.writeNull();
    } else {
      json.writeString(text(String.valueOf(value), maxText));
    }
  }

  private String text(String text, int max) {
    return cut(redactor.redact(text), max);
  }

  /** Never between the halves of a surrogate pair, and never half a pair: those are not UTF-8. */
  private static String cut(String text, int max) {
    String whole = text.length() <= max ? text : text.substring(0, max) + "…";
    return new String(whole.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }
}
