package global.pixell.par.launcher.log;

import global.pixell.par.internal.text.Redactor;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The one stream of JSON lines. Every line is one object, in UTF-8, at most {@value #MAX_LINE}
 * bytes, free of secrets, and counted. Logging never throws and, for PAR's own lines, never waits:
 * a line that cannot be made becomes a smaller one that says so. Thread-safe.
 */
public final class LogStream {

  /** How serious a line is. */
  public enum Level {
    /** For debugging PAR. */
    DEBUG,
    /** What happens in every boot. */
    INFO,
    /** Needs attention some time. */
    WARNING,
    /** Needs attention now. */
    ERROR
  }

  /** Container log drivers cut lines at 16 KiB, the end of the line included. */
  static final int MAX_LINE = 16 * 1024;

  /** The most bytes of a line's number and of everything else that is added last. */
  static final int MARGIN = 128;

  /** The limits for texts, tried one after another until the line is short enough. */
  private static final int[] MAX_TEXT = {12 * 1024, 4 * 1024, 1024, 200};

  private static final Pattern TRACEPARENT =
      Pattern.compile("(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");

  private static final byte[] PAR = LineText.ascii(",\"origin\":\"par\"");

  private final LogWriter writer;
  private final LineHead head;
  private final LineFields fields;
  private final Level threshold;
  private final Redactor redactor;

  private volatile byte[] origin = PAR;
  private volatile @Nullable Metrics metrics;

  /**
   * Starts the stream.
   *
   * @param out stdout; only this stream writes to it
   * @param clock of the lines
   * @param threshold PAR's own lines below it are left out; the agent's never are
   * @param redactor knows the secrets of the environment
   * @param agentAppId on every line
   * @param deploymentId on every line, if there is one
   */
  public LogStream(
      OutputStream out,
      Clock clock,
      Level threshold,
      Redactor redactor,
      String agentAppId,
      Optional<String> deploymentId) {
    this.writer = new LogWriter(out);
    this.head = new LineHead(clock, agentAppId, deploymentId);
    this.fields = new LineFields(redactor);
    this.threshold = threshold;
    this.redactor = redactor;
  }

  /** A level by its name, as {@code LOG_LEVEL} takes it; {@code INFO} for one that is unknown. */
  public static Level levelOf(String name) {
    return AgentLevel.ofWord(name).orElse(Level.INFO);
  }

  /**
   * From now on PAR's lines carry this trace context.
   *
   * @param traceparent as <a href="https://www.w3.org/TR/trace-context/">W3C</a> writes it; one
   *     that is not valid is ignored, as the standard requires
   */
  public void trace(String traceparent) {
    if (TRACEPARENT.matcher(traceparent).matches()) {
      origin = LineText.ascii(",\"origin\":\"par\",\"traceparent\":\"" + traceparent + "\"");
    }
  }

  /**
   * From now on the lines that end a boot or a run carry metrics for CloudWatch.
   *
   * @param fetch what is known about the fetch: {@code bytes}, {@code retries}, {@code cache_hit}
   */
  public void emitMetrics(Supplier<? extends Map<String, ?>> fetch) {
    metrics = new Metrics(fetch);
  }

  /** Whether PAR's own lines of this level are written. */
  public boolean isEnabled(Level level) {
    return level.compareTo(threshold) >= 0;
  }

  /** A line of PAR's own, at level info. */
  public void info(String event, Map<String, ?> fields) {
    log(Level.INFO, event, fields);
  }

  /** A line of PAR's own, at level warning. */
  public void warning(String event, Map<String, ?> fields) {
    log(Level.WARNING, event, fields);
  }

  /**
   * A line of PAR's own. Never waits.
   *
   * @param fields in the order they are written; by name where the map has no order
   */
  public void log(Level level, String event, Map<String, ? extends @Nullable Object> fields) {
    if (!isEnabled(level)) {
      return;
    }
    var line = new LineBuffer(1024);
    long now = head.millis();
    head.write(line, now, level, redactor.redact(event));
    int seqAt = line.size();
    writeOwn(line, measured(event, fields, now));
    writer.offer(line, seqAt);
  }

  /**
   * The last line. Later lines are ignored, the agent's too. It carries the number of all lines,
   * including itself.
   *
   * @param fields in the order they are written
   */
  public void last(Level level, String event, Map<String, ?> fields) {
    writer.last(
        (seq, dropped) -> {
          long now = head.millis();
          var all = new LinkedHashMap<String, @Nullable Object>(measured(event, fields, now));
          all.put("lines", seq);
          if (dropped > 0) {
            all.put("lines_dropped", dropped);
          }
          var line = new LineBuffer(1024);
          head.write(line, now, level, redactor.redact(event));
          line.putNumber(seq);
          writeOwn(line, all);
          return line.copy(0, line.size());
        });
  }

  private Map<String, ? extends @Nullable Object> measured(
      String event, Map<String, ? extends @Nullable Object> fields, long now) {
    Metrics measuring = metrics;
    return measuring == null ? fields : measuring.add(event, LineFields.ordered(fields), now);
  }

  private void writeOwn(LineBuffer line, Map<String, ? extends @Nullable Object> own) {
    line.put(origin);
    int fieldsAt = line.size();
    var allowed = new LinkedHashMap<String, @Nullable Object>();
    LineFields.ordered(own)
        .forEach(
            (name, value) -> {
              if (!isOwn(name)) {
                allowed.put(name, value);
              }
            });
    try {
      for (int maxText : MAX_TEXT) {
        line.truncate(fieldsAt);
        fields.write(line, allowed, maxText);
        if (line.size() <= MAX_LINE - MARGIN) {
          line.write('\n');
          return;
        }
      }
      line.truncate(fieldsAt);
      fields.write(line, Map.of("truncated_fields", own.size()), MAX_LINE);
    } catch (IOException | RuntimeException e) {
      line.truncate(fieldsAt);
      line.putAscii(",\"log_error\":\"" + e.getClass().getSimpleName() + "\"}");
    }
    line.write('\n');
  }

  /** The fields that only the stream itself may set. */
  static boolean isOwn(String field) {
    return switch (field) {
      case "timestamp", "level", "event", "agent_app_id", "deployment_id", "seq", "origin" -> true;
      default -> false;
    };
  }

  /** The log of one of the agent's streams, {@code stdout} or {@code stderr}. */
  AgentLines agent(String stream) {
    return new AgentLines(stream, writer, head, fields, redactor);
  }

  /** Text without the secrets of this environment. */
  public String redact(String text) {
    return redactor.redact(text);
  }

  /** Where text can be cut without leaving half a secret; see {@link Redactor#safeCut}. */
  int safeCut(String text, int at) {
    return redactor.safeCut(text, at);
  }

  /**
   * From now on the agent's lines do not wait for the reader of the log: those that find no room
   * are dropped, and the last line says how many there were.
   */
  public void dropInsteadOfWaiting() {
    writer.dropInsteadOfWaiting();
  }

  /**
   * Waits until the reader has all lines.
   *
   * @param atMost how long
   * @return whether it has; also false when the reader is gone
   */
  public boolean flush(Duration atMost) throws InterruptedException {
    return writer.flush(atMost);
  }
}
