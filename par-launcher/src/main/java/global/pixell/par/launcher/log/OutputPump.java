package global.pixell.par.launcher.log;

import global.pixell.par.internal.text.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * One stream of the agent's output into the log: line by line, the last one too when it has no end,
 * and a very long one in pieces.
 */
public final class OutputPump {

  private static final int KEPT_LINES = 20;
  private static final int MAX_LINE = 256 * 1024;

  private final String stream;
  private final LogStream log;
  private final Consumer<String> listener;
  private final Deque<String> last = new ArrayDeque<>();
  private final Thread thread;

  private OutputPump(InputStream in, String stream, LogStream log, Consumer<String> listener) {
    this.stream = stream;
    this.log = log;
    this.listener = listener;
    this.thread = new Thread(() -> pump(in), "par-agent-" + stream);
    thread.setDaemon(true);
  }

  /**
   * Begins to read.
   *
   * @param stream {@code stdout} or {@code stderr}
   * @param listener told every line, for a readiness that is a line
   */
  public static OutputPump start(
      InputStream in, String stream, LogStream log, Consumer<String> listener) {
    var pump = new OutputPump(in, stream, log, listener);
    pump.thread.start();
    return pump;
  }

  private void pump(InputStream in) {
    var line = new ByteArrayOutputStream();
    byte[] buffer = new byte[8192];
    try (in) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        for (int i = 0; i < n; i++) {
          if (buffer[i] == '\n' || line.size() >= MAX_LINE) {
            emit(line);
          }
          if (buffer[i] != '\n') {
            line.write(buffer[i]);
          }
        }
      }
    } catch (IOException e) {
      // The agent is gone; what it had written was read.
    }
    if (line.size() > 0) {
      emit(line);
    }
  }

  private void emit(ByteArrayOutputStream bytes) {
    String text = bytes.toString(StandardCharsets.UTF_8);
    bytes.reset();
    if (text.endsWith("\r")) {
      text = text.substring(0, text.length() - 1);
    }
    synchronized (last) {
      last.addLast(text.length() > 500 ? text.substring(0, 500) + "…" : text);
      if (last.size() > KEPT_LINES) {
        last.removeFirst();
      }
    }
    write(text);
    listener.accept(text);
  }

  private void write(String text) {
    if (text.startsWith("{")) {
      try {
        log.agent(stream, Json.read(text), text);
        return;
      } catch (IOException e) {
        // Text that begins like JSON.
      }
    }
    log.agent(LogStream.Level.INFO, stream, text);
  }

  /** Waits for the end of the stream; a grandchild that keeps it open is not waited for. */
  public void drain(Duration most) throws InterruptedException {
    thread.join(Math.max(1, most.toMillis()));
  }

  public List<String> lastLines() {
    synchronized (last) {
      return List.copyOf(last);
    }
  }
}
