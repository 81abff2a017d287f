package global.pixell.par.launcher.terminal;

import global.pixell.par.internal.text.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Prints JSON log lines for people: {@link HumanLogFormatter} formats them, and the progress of a
 * download is drawn in place. A text that is not JSON is printed without its control characters.
 *
 * <p>It is an output stream, so that it can stand where otherwise JSON lines go. For one thread.
 */
public final class HumanLog extends OutputStream {

  private static final String DOWNLOADING = "Package downloading";

  private final PrintStream out;
  private final HumanLogFormatter formatter;
  private final Optional<ProgressBar> progress;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();

  /**
   * Prints to a stream.
   *
   * @param out UTF-8, not closed by this
   * @param inPlace whether the terminal can erase a line
   */
  public HumanLog(PrintStream out, HumanLogFormatter formatter, boolean inPlace) {
    this.out = out;
    this.formatter = formatter;
    this.progress = inPlace ? Optional.of(new ProgressBar(out)) : Optional.empty();
  }

  /**
   * Prints one line.
   *
   * @param json without its end
   */
  public void show(String json) {
    print(json);
    out.flush();
  }

  private void print(String json) {
    Map<String, @Nullable Object> fields;
    try {
      fields = Json.read(json);
    } catch (IOException e) {
      println(TerminalText.line(json));
      return;
    }
    if (progress.isPresent() && DOWNLOADING.equals(fields.get("event"))) {
      progress.get().draw(downloading(fields));
      return;
    }
    formatter.format(fields).ifPresent(this::println);
  }

  private void println(String text) {
    progress.ifPresent(ProgressBar::clear);
    out.println(text);
  }

  private static String downloading(Map<String, @Nullable Object> fields) {
    Optional<Long> total = number(fields, "total_bytes").map(Number::longValue);
    return ProgressBar.line(
        number(fields, "bytes").map(Number::longValue).orElse(0L),
        total.map(OptionalLong::of).orElse(OptionalLong.empty()),
        number(fields, "bytes_per_second").map(Number::doubleValue).orElse(0.0),
        number(fields, "eta_ms").map(millis -> Duration.ofMillis(millis.longValue())));
  }

  private static Optional<Number> number(Map<String, @Nullable Object> fields, String name) {
    return fields.get(name) instanceof Number number ? Optional.of(number) : Optional.empty();
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int length) throws IOException {
    int start = from;
    for (int i = from; i < from + length; i++) {
      if (bytes[i] == '\n') {
        line.write(bytes, start, i - start);
        print(line.toString(StandardCharsets.UTF_8));
        line.reset();
        start = i + 1;
      }
    }
    line.write(bytes, start, from + length - start);
    if (out.checkError()) {
      throw new IOException("the terminal is no longer read");
    }
  }
}
