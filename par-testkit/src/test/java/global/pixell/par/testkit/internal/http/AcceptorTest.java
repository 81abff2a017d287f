package global.pixell.par.testkit.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class AcceptorTest {

  private final List<String> warnings = new ArrayList<>();
  private final List<Duration> pauses = new ArrayList<>();

  @Test
  void attempts_without_descriptors_are_spaced_and_reported_once() throws Exception {
    run(repeated('x', 12));

    assertThat(pauses.subList(0, 4))
        .extracting(Duration::toMillis)
        .containsExactly(10L, 20L, 40L, 80L);
    assertThat(pauses).hasSize(11).last().isEqualTo(Acceptor.LONGEST);
    assertThat(warnings).hasSize(1).first().asString().contains("ulimit -n");
  }

  @Test
  void a_client_that_left_too_early_delays_nobody() throws Exception {
    run("x.x.x.x.");

    assertThat(pauses).isEmpty();
    assertThat(warnings).isEmpty();
  }

  @Test
  void a_connection_that_gets_no_thread_is_spaced_too() throws Exception {
    run("tt.tt");

    assertThat(pauses).containsExactly(Acceptor.SHORTEST, Acceptor.SHORTEST);
  }

  private static String repeated(char c, int count) {
    return String.valueOf(c).repeat(count);
  }

  /** Each character is one accept: x fails, t has no thread for the connection, a dot succeeds. */
  private void run(String attempts) throws IOException {
    Deque<Character> script = new ArrayDeque<>();
    attempts.chars().forEach(c -> script.add((char) c));
    try (var server =
        new ServerSocket() {
          private char attempt;

          @Override
          public Socket accept() throws IOException {
            if (script.isEmpty()) {
              close();
              throw new SocketException("Socket closed");
            }
            attempt = script.remove();
            if (attempt == 'x') {
              throw new SocketException("Too many open files");
            }
            return attempt == 't' ? new NoThread() : new Socket();
          }
        }) {
      new Acceptor(
              server,
              socket -> {
                if (socket instanceof NoThread) {
                  throw new OutOfMemoryError("unable to create native thread");
                }
              },
              pauses::add,
              warnings::add)
          .run();
    }
  }

  private static final class NoThread extends Socket {}
}
