package global.pixell.par.launcher.log;

import global.pixell.par.internal.io.DaemonThreads;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Predicate;

/**
 * One stream of the agent's output into the log: line by line, the last one too when it has no end,
 * and a very long one in parts. Reads only as fast as the reader of the log, so that nothing is
 * lost.
 */
public final class OutputPump {

  /** The capacity of a pipe on Linux. */
  private static final int READ_BYTES = 64 << 10;

  /** A line is kept whole up to this length. */
  static final int MAX_LINE = 256 << 10;

  /** The text is searched this far beyond a cut, because a secret may lie across it. */
  private static final int LOOK_AHEAD = 8 << 10;

  /** After the agent's end, a pipe that is silent for this long counts as empty. */
  private static final Duration QUIET = Duration.ofSeconds(1);

  private final AgentLines lines;
  private final Predicate<String> listener;
  private final LogStream log;
  private final LastLines last = new LastLines();
  private final Thread thread;

  private byte[] buffer = new byte[READ_BYTES];
  private boolean listening = true;
  private int lineStart;
  private int end;

  private volatile boolean reading;
  private volatile long readSince = System.nanoTime();

  private OutputPump(InputStream in, String stream, LogStream log, Predicate<String> listener) {
    this.lines = log.agent(stream);
    this.log = log;
    this.listener = listener;
    this.thread = DaemonThreads.create("par-agent-" + stream, () -> pump(in));
  }

  /**
   * Starts reading.
   *
   * @param stream {@code stdout} or {@code stderr}
   * @param listener gets each line, for a readiness that is a line, until it returns true
   */
  public static OutputPump start(
      InputStream in, String stream, LogStream log, Predicate<String> listener) {
    var pump = new OutputPump(in, stream, log, listener);
    pump.thread.start();
    return pump;
  }

  private void pump(InputStream in) {
    try (in) {
      for (int n = read(in); n >= 0; n = read(in)) {
        end += n;
        emitLines(end - n);
      }
    } catch (IOException e) {
      // The pipe is closed; everything that the agent had written was read.
    }
    if (end > lineStart) {
      emit(lineStart, end);
    }
  }

  private int read(InputStream in) throws IOException {
    if (buffer.length - end < READ_BYTES / 2) {
      makeRoom();
    }
    reading = true;
    readSince = System.nanoTime();
    int n = in.read(buffer, end, Math.min(buffer.length - end, READ_BYTES));
    reading = false;
    return n;
  }

  /** Moves the unfinished line to the front; for one longer than the buffer, makes that larger. */
  private void makeRoom() {
    int length = end - lineStart;
    boolean larger = buffer.length - length < READ_BYTES;
    byte[] target = larger ? new byte[length + 2 * READ_BYTES] : buffer;
    System.arraycopy(buffer, lineStart, target, 0, length);
    buffer = target;
    lineStart = 0;
    end = length;
  }

  private void emitLines(int from) {
    for (int i = from; i < end; i++) {
      if (buffer[i] == '\n') {
        emit(lineStart, i);
        lineStart = i + 1;
      }
    }
    while (end - lineStart > MAX_LINE + LOOK_AHEAD) {
      emitPart();
    }
    if (lineStart == end) {
      lineStart = 0;
      end = 0;
      if (buffer.length > READ_BYTES) {
        buffer = new byte[READ_BYTES];
      }
    }
  }

  private void emit(int from, int to) {
    int until = to > from && buffer[to - 1] == '\r' ? to - 1 : to;
    last.add(buffer, from, until);
    lines.line(buffer, from, until);
    if (listening) {
      listening = !listener.test(new String(buffer, from, until - from, StandardCharsets.UTF_8));
    }
  }

  private void emitPart() {
    // The inner bytes of a UTF-8 character are 10xxxxxx, so its first byte is easy to find.
    int characters = lineStart + MAX_LINE + LOOK_AHEAD;
    while (isInside(buffer[characters])) {
      characters--;
    }
    int at = lineStart + MAX_LINE;
    while (isInside(buffer[at])) {
      at--;
    }
    String ahead = new String(buffer, lineStart, characters - lineStart, StandardCharsets.UTF_8);
    String whole = new String(buffer, lineStart, at - lineStart, StandardCharsets.UTF_8);
    // If the bytes are not valid UTF-8, a character index cannot be converted into a byte index.
    boolean isText = whole.indexOf('\uFFFD') < 0;
    int cut = isText ? log.safeCut(ahead, whole.length()) : 0;
    boolean shorter = cut > 0 && cut < whole.length();
    String part = shorter ? whole.substring(0, cut) : whole;
    last.add(buffer, lineStart, at);
    lines.part(part);
    if (listening) {
      listening = !listener.test(part);
    }
    lineStart = shorter ? lineStart + part.getBytes(StandardCharsets.UTF_8).length : at;
  }

  private static boolean isInside(byte b) {
    return (b & 0xC0) == 0x80;
  }

  /**
   * Waits until the streams of an agent that has ended are read to their ends. It does not wait for
   * a descendant that keeps a pipe open and is quiet.
   *
   * @param most how long, even if lines still arrive
   * @return whether everything that was written is in the log
   */
  public static boolean drain(Duration most, OutputPump... pumps) throws InterruptedException {
    long begun = System.nanoTime();
    long quiet = Math.min(QUIET.toNanos(), most.toNanos());
    while (true) {
      boolean done = true;
      for (OutputPump pump : pumps) {
        pump.thread.join(5);
        done &=
            !pump.thread.isAlive()
                || (pump.reading && System.nanoTime() - Math.max(pump.readSince, begun) >= quiet);
      }
      if (done) {
        return true;
      }
      if (System.nanoTime() - begun >= most.toNanos()) {
        return false;
      }
    }
  }

  /** The agent's last lines. */
  public static LastWords lastWords(OutputPump stderr, OutputPump stdout) {
    return LastWords.of(stderr.last.list(), stdout.last.list(), stderr.log::redact);
  }
}
