package global.pixell.par.testkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Assertions on the JSON log lines of a launcher.
 *
 * <pre>{@code
 * run.log()
 *     .isWhole()
 *     .hasEvents("Runtime starting", "Download retried", "Runtime ready")
 *     .hasNothingAbove("warning")
 *     .hidesSecrets();
 * }</pre>
 *
 * <p>Each assertion returns this log, or throws an {@link AssertionError} that shows the lines.
 * Immutable and thread-safe.
 */
public final class ParLog {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final TypeReference<LinkedHashMap<String, Object>> FIELDS =
      new TypeReference<>() {};
  private static final List<String> LEVELS = List.of("debug", "info", "warning", "error");
  private static final int LONGEST_LINE = 16 * 1024;

  /** Secrets that no log may contain. */
  private static final List<Pattern> SECRETS =
      List.of(
          Pattern.compile("X-Amz-Signature=[0-9a-fA-F]{8}"),
          Pattern.compile("X-Amz-Security-Token=[A-Za-z0-9%]{8}"),
          Pattern.compile("Signature=[0-9a-f]{64}"),
          Pattern.compile("\\b(?:AKIA|ASIA)[A-Z0-9]{16}\\b"),
          Pattern.compile("://[^/\\s:@\"]+:(?!\\*)[^/\\s:@\"]+@"));

  /**
   * One line.
   *
   * @param text the line as PAR wrote it
   * @param fields its fields, in their order; values are strings, numbers, booleans, lists and maps
   */
  public record Line(String text, Map<String, Object> fields) {

    /** Copies the fields. */
    public Line {
      fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    /**
     * The stable name of the event.
     *
     * @return the name, such as {@code Runtime ready}; empty when the line has none
     */
    public String event() {
      return text("event");
    }

    /**
     * The level of the line.
     *
     * @return {@code debug}, {@code info}, {@code warning} or {@code error}
     */
    public String level() {
      return text("level");
    }

    /**
     * A field as text.
     *
     * @param field its name
     * @return the value; empty when the line has no such field
     */
    public String text(String field) {
      return String.valueOf(fields.getOrDefault(field, ""));
    }

    /**
     * A field as a number.
     *
     * @param field its name
     * @return the value
     * @throws AssertionError when the field is missing or not a number
     */
    public long number(String field) {
      if (fields.get(field) instanceof Number number) {
        return number.longValue();
      }
      throw new AssertionError("no number '" + field + "' in " + text);
    }
  }

  private final List<Line> lines;

  private ParLog(List<Line> lines) {
    this.lines = List.copyOf(lines);
  }

  /**
   * Parses log lines.
   *
   * @param lines the lines as PAR wrote them
   * @return the log
   * @throws AssertionError when a line is not a JSON object
   */
  public static ParLog of(Collection<String> lines) {
    return new ParLog(lines.stream().map(ParLog::line).toList());
  }

  public static Line line(String text) {
    try {
      return new Line(text, JSON.readValue(text, FIELDS));
    } catch (JsonProcessingException e) {
      throw new AssertionError("the log line is not a JSON object: " + text, e);
    }
  }

  /**
   * All lines.
   *
   * @return the lines, in their order
   */
  public List<Line> lines() {
    return lines;
  }

  /**
   * The lines of an event.
   *
   * @param event such as {@code Agent output}
   * @return the lines, in their order
   */
  public List<Line> lines(String event) {
    return lines.stream().filter(line -> line.event().equals(event)).toList();
  }

  /**
   * The only line of an event.
   *
   * @param event such as {@code Runtime failed}
   * @return the line
   * @throws AssertionError when there is none, or more than one
   */
  public Line only(String event) {
    List<Line> all = lines(event);
    if (all.size() != 1) {
      throw failure("expected one line '" + event + "', but there are " + all.size());
    }
    return all.get(0);
  }

  /**
   * Asserts that these events occur in this order. Other events may occur between them.
   *
   * @param inOrder the names of the events
   * @return this
   * @throws AssertionError naming the first event that is missing at its place
   */
  public ParLog hasEvents(String... inOrder) {
    int from = 0;
    for (String event : inOrder) {
      int at = from;
      while (at < lines.size() && !lines.get(at).event().equals(event)) {
        at++;
      }
      if (at == lines.size()) {
        throw failure(
            "expected '"
                + event
                + "'"
                + (from == 0 ? "" : " after '" + lines.get(from - 1).event() + "'")
                + ", but it did not come");
      }
      from = at + 1;
    }
    return this;
  }

  /**
   * Asserts that an event does not occur.
   *
   * @param event its name
   * @return this
   * @throws AssertionError showing its first line
   */
  public ParLog hasNo(String event) {
    if (!lines(event).isEmpty()) {
      throw failure("expected no '" + event + "', but there is " + lines(event).get(0).text());
    }
    return this;
  }

  /**
   * Asserts that no line has a higher level.
   *
   * @param level {@code debug}, {@code info}, {@code warning} or {@code error}
   * @return this
   * @throws AssertionError showing the first line with a higher level
   * @throws IllegalArgumentException when {@code level} is not one of the four
   */
  public ParLog hasNothingAbove(String level) {
    int most = LEVELS.indexOf(level);
    if (most < 0) {
      throw new IllegalArgumentException(
          "a level is one of " + LEVELS + ", and '" + level + "' is not");
    }
    for (Line line : lines) {
      if (LEVELS.indexOf(line.level()) > most) {
        throw failure("expected nothing above " + level + ", but there is " + line.text());
      }
    }
    return this;
  }

  /**
   * Asserts that no line contains a secret: a signature or token of a signed URL, an AWS access key
   * id, a password in a URL, {@link FakeS3#SECRET_KEY}, or one of the given texts.
   *
   * @param more further secrets
   * @return this
   * @throws AssertionError showing the line without the secret
   */
  public ParLog hidesSecrets(String... more) {
    var secrets = new ArrayList<>(SECRETS);
    secrets.add(Pattern.compile(Pattern.quote(FakeS3.SECRET_KEY)));
    for (String secret : more) {
      secrets.add(Pattern.compile(Pattern.quote(secret)));
    }
    for (Line line : lines) {
      for (Pattern secret : secrets) {
        if (secret.matcher(line.text()).find()) {
          throw new AssertionError(
              "a secret is in the line "
                  + secret.matcher(line.text()).replaceAll("<the secret>")
                  + "; it looks like "
                  + (secret.pattern().startsWith("\\Q") ? "a secret of this test" : secret));
        }
      }
    }
    return this;
  }

  /**
   * Asserts that the log is complete: its lines are numbered from 1 without a gap, no line is
   * longer than 16 KiB, and each has a time, a level and an event.
   *
   * @return this
   * @throws AssertionError showing the first line that breaks a rule
   */
  public ParLog isWhole() {
    for (int i = 0; i < lines.size(); i++) {
      Line line = lines.get(i);
      if (line.number("seq") != i + 1) {
        throw failure(
            "line " + (i + 1) + " has the number " + line.text("seq") + ": lines are lost");
      }
      if (line.text().getBytes(StandardCharsets.UTF_8).length > LONGEST_LINE) {
        throw failure("line " + (i + 1) + " is longer than " + LONGEST_LINE + " bytes");
      }
      for (String field : List.of("timestamp", "level", "event", "agent_app_id")) {
        if (!line.fields().containsKey(field)) {
          throw failure("line " + (i + 1) + " has no " + field + ": " + line.text());
        }
      }
    }
    return this;
  }

  private AssertionError failure(String sentence) {
    var text = new StringBuilder(sentence + "; the log is");
    lines.forEach(line -> text.append("\n  ").append(line.text()));
    return new AssertionError(text.toString());
  }

  /**
   * The lines as PAR wrote them.
   *
   * @return one log line on each line
   */
  @Override
  public String toString() {
    return String.join("\n", lines.stream().map(Line::text).toList());
  }
}
