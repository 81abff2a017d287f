package global.pixell.par.testkit.s3;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.testkit.ParLog;
import global.pixell.par.testkit.testing.LocalAgent;
import global.pixell.par.testkit.testing.ParProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The log at the end of a run, with a slow reader. */
@Timeout(120)
class SlowReaderTest {

  private static final int LINES = 30_000;
  private static final String PRINT =
      "awk 'BEGIN { for (i = 0; i < " + LINES + "; i++) printf \"%0100d\\n\", i }'";

  /** Reads about 2 MB per second from the moment that the test chooses. */
  private static final class Drip extends InputStream {
    private static final int BYTES = 16 << 10;

    private final InputStream in;
    private boolean slow;
    private int room = BYTES;

    Drip(InputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      return in.read();
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      int n = in.read(bytes, from, slow ? Math.min(room, length) : length);
      room -= slow ? n : 0;
      if (room <= 0) {
        room = BYTES;
        try {
          Thread.sleep(8);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
      return n;
    }
  }

  @Test
  void loses_no_line_of_an_agent_that_has_ended() throws Exception {
    try (var agent = new LocalAgent("echo up; " + PRINT)) {
      Process par = start(agent);
      var drip = new Drip(par.getInputStream());
      var lines = new ArrayList<String>();
      try (var reader = new BufferedReader(new InputStreamReader(drip, StandardCharsets.UTF_8))) {
        while (lines.size() < 20_000) {
          lines.add(reader.readLine());
        }
        drip.slow = true;
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
          lines.add(line);
        }
      }

      assertThat(par.waitFor()).isZero();
      ParLog log = ParLog.of(lines).isWhole();
      assertThat(printed(log)).hasSize(LINES).isSorted();
      assertThat(last(log).event()).isEqualTo("Runtime stopped");
      assertThat(last(log).number("lines")).isEqualTo(lines.size());
      assertThat(last(log).fields()).doesNotContainKey("lines_dropped");
    }
  }

  private static Process start(LocalAgent agent) throws IOException {
    var builder = new ProcessBuilder(ParProcess.command());
    builder.environment().clear();
    builder.environment().putAll(agent.environment());
    return builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static List<String> printed(ParLog log) {
    return log.lines("Agent output").stream()
        .map(line -> line.text("message"))
        .filter(message -> message.length() == 100)
        .toList();
  }

  private static ParLog.Line last(ParLog log) {
    return log.lines().get(log.lines().size() - 1);
  }
}
