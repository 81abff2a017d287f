package global.pixell.par.launcher.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LogWriterTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** A reader that reads only when the test says so. */
  private static final class SlowReader extends OutputStream {
    final Semaphore writes = new Semaphore(0);
    final CountDownLatch blocked = new CountDownLatch(1);
    private final ByteArrayOutputStream read = new ByteArrayOutputStream();

    @Override
    public void write(int b) {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) {
      blocked.countDown();
      writes.acquireUninterruptibly();
      synchronized (read) {
        read.write(bytes, from, length);
      }
    }

    List<String> lines() {
      synchronized (read) {
        return read.toString(StandardCharsets.UTF_8).lines().toList();
      }
    }
  }

  private static LineBuffer line(String text) {
    var line = new LineBuffer(16);
    line.putAscii(text + "\n");
    return line;
  }

  @Test
  void lines_are_numbered_in_the_order_they_are_written() throws InterruptedException {
    var out = new ByteArrayOutputStream();
    var writer = new LogWriter(out);

    writer.offer(line(" a"), 0);
    writer.put(line(" b"), 0);
    writer.last((seq, dropped) -> (seq + " of " + seq + "\n").getBytes(StandardCharsets.UTF_8));

    assertThat(writer.flush(PATIENCE)).isTrue();
    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("1 a\n2 b\n3 of 3\n");
  }

  @Test
  void nothing_follows_the_last_line() throws InterruptedException {
    var out = new ByteArrayOutputStream();
    var writer = new LogWriter(out);
    writer.last((seq, dropped) -> "last\n".getBytes(StandardCharsets.UTF_8));

    assertThat(writer.offer(line("par"), 0)).isFalse();
    writer.put(line("agent"), 0);
    writer.last((seq, dropped) -> "another last\n".getBytes(StandardCharsets.UTF_8));

    writer.flush(PATIENCE);
    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("last\n");
  }

  @Test
  void a_line_of_pars_never_waits_for_a_reader_and_what_is_dropped_is_counted()
      throws InterruptedException {
    var reader = new SlowReader();
    var writer = new LogWriter(reader);
    writer.offer(line(""), 0);
    reader.blocked.await();

    int taken = 0;
    while (writer.offer(line(" " + "x".repeat(1000)), 0)) {
      taken++;
    }
    writer.last((seq, dropped) -> (seq + " " + dropped + "\n").getBytes(StandardCharsets.UTF_8));
    reader.writes.release(1000);

    assertThat(writer.flush(PATIENCE)).isTrue();
    assertThat(taken).isGreaterThan((LogWriter.AGENT_BYTES + LogWriter.RESERVED_BYTES) / 1000 - 20);
    List<String> lines = reader.lines();
    assertThat(lines).hasSize(taken + 2);
    // One line was refused. It keeps its number, and the last line reports it.
    assertThat(lines.get(taken)).startsWith((taken + 1) + " x");
    assertThat(lines.get(taken + 1)).isEqualTo((taken + 3) + " 1");
  }

  @Test
  void the_agent_waits_for_the_reader_and_loses_nothing() throws InterruptedException {
    var reader = new SlowReader();
    var writer = new LogWriter(reader);
    int count = 5000;
    var agent =
        new Thread(
            () -> {
              for (int i = 0; i < count; i++) {
                writer.put(line(" " + "x".repeat(1000)), 0);
              }
            });
    agent.start();
    reader.blocked.await();
    while (!writer.isFull()) {
      Thread.onSpinWait();
    }

    // While the agent's line waits, PAR's own lines still have room.
    assertThat(writer.offer(line(" par"), 0)).isTrue();
    reader.writes.release(1_000_000);
    agent.join();

    assertThat(writer.flush(PATIENCE)).isTrue();
    List<String> lines = reader.lines();
    assertThat(lines).hasSize(count + 1);
    for (int i = 0; i < lines.size(); i++) {
      assertThat(lines.get(i)).startsWith((i + 1) + " ");
    }
  }

  @Test
  void when_no_time_is_left_to_wait_the_agents_lines_are_dropped_and_the_last_line_counts_them()
      throws InterruptedException {
    var reader = new SlowReader();
    var writer = new LogWriter(reader);
    String text = "x".repeat(16 * 1024);
    int lines = 200;
    var agent =
        new Thread(
            () -> {
              for (int i = 0; i < lines; i++) {
                writer.put(line(text), 0);
              }
            });
    agent.start();
    reader.blocked.await();

    writer.dropInsteadOfWaiting();
    agent.join(PATIENCE.toMillis());
    assertThat(agent.isAlive()).isFalse();
    writer.last(
        (seq, dropped) -> ("last " + seq + " " + dropped + "\n").getBytes(StandardCharsets.UTF_8));
    reader.writes.release(lines);

    assertThat(writer.flush(PATIENCE)).isTrue();
    List<String> read = reader.lines();
    int dropped = lines - (read.size() - 1);
    assertThat(dropped).isPositive();
    assertThat(read.get(read.size() - 1)).isEqualTo("last " + (lines + 1) + " " + dropped);
  }

  @Test
  void flushing_ends_with_its_deadline() throws InterruptedException {
    var reader = new SlowReader();
    var writer = new LogWriter(reader);
    writer.offer(line("a"), 0);

    assertThat(writer.flush(Duration.ofMillis(1))).isFalse();

    reader.writes.release(10);
    assertThat(writer.flush(PATIENCE)).isTrue();
  }

  @Test
  void nobody_waits_for_a_reader_that_is_gone() throws InterruptedException {
    var gone = new CountDownLatch(1);
    var writer =
        new LogWriter(
            new OutputStream() {
              @Override
              public void write(int b) throws IOException {
                gone.countDown();
                throw new IOException("Broken pipe");
              }
            });
    var threads = new ArrayList<Thread>();
    writer.offer(line("a"), 0);
    assertThat(gone.await(30, TimeUnit.SECONDS)).isTrue();
    for (int i = 0; i < 3; i++) {
      var thread =
          new Thread(
              () -> {
                for (int n = 0; n < 5000; n++) {
                  writer.put(line("x".repeat(1000)), 0);
                }
              });
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }

    assertThat(writer.flush(PATIENCE)).isFalse();
  }
}
