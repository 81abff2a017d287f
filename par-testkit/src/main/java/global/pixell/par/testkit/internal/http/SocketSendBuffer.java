package global.pixell.par.testkit.internal.http;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The bytes that the kernel has not delivered yet. A reset discards them, so a reset at an exact
 * byte must first wait for their delivery. Only Linux reports their number; other systems do not
 * wait.
 */
final class SocketSendBuffer {

  private static final List<Path> TABLES =
      List.of(Path.of("/proc/net/tcp6"), Path.of("/proc/net/tcp"));
  private static final Duration STUCK = Duration.ofSeconds(2);
  private static final Duration POLL = Duration.ofMillis(1);

  private SocketSendBuffer() {}

  /** Waits until the kernel has delivered all bytes, or has delivered none for 2 s. */
  static void drain(Socket socket) {
    long before = Long.MAX_VALUE;
    long since = System.nanoTime();
    for (long queued = bytes(socket).orElse(0); queued > 0; queued = bytes(socket).orElse(0)) {
      if (queued < before) {
        before = queued;
        since = System.nanoTime();
      } else if (System.nanoTime() - since > STUCK.toNanos()) {
        return;
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  private static OptionalLong bytes(Socket socket) {
    String ends = ":%04X .*:%04X .*".formatted(socket.getLocalPort(), socket.getPort());
    for (Path table : TABLES) {
      for (String line : lines(table)) {
        // sl local_address rem_address st tx_queue:rx_queue …
        String[] fields = line.strip().split("\\s+", 6);
        if (fields.length == 6 && (fields[1] + " " + fields[2] + " ").matches(".*" + ends)) {
          return OptionalLong.of(Long.parseLong(fields[4].split(":", 2)[0], 16));
        }
      }
    }
    return OptionalLong.empty();
  }

  private static List<String> lines(Path table) {
    try {
      return Files.readAllLines(table);
    } catch (IOException e) {
      return List.of(); // Not Linux, or a sandbox that hides the table.
    }
  }
}
