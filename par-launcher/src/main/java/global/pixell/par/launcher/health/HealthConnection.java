package global.pixell.par.launcher.health;

import global.pixell.par.internal.text.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * One connection of the health server: reads one request, answers, closes. It never waits; the
 * server calls {@link #goOn()} when there is something to do.
 */
final class HealthConnection {

  private static final int MAX_HEAD = 8 * 1024;

  private final SocketChannel channel;
  private final BiFunction<String, String, HealthServer.Reply> replies;
  private final long deadline;
  private ByteBuffer in = ByteBuffer.allocate(512);
  private @Nullable ByteBuffer out;
  private @Nullable SelectionKey key;
  private boolean answered;

  /**
   * @param replies the reply to a method and a request target
   * @param deadline on the clock of {@link System#nanoTime()}
   */
  HealthConnection(
      SocketChannel channel,
      BiFunction<String, String, HealthServer.Reply> replies,
      long deadline) {
    this.channel = channel;
    this.replies = replies;
    this.deadline = deadline;
  }

  void register(Selector selector) throws ClosedChannelException {
    key = channel.register(selector, SelectionKey.OP_READ, this);
  }

  long millisLeft() {
    return (deadline - System.nanoTime()) / 1_000_000;
  }

  /** Does what can be done now; false when the connection is to be closed. */
  boolean goOn() {
    try {
      if (answered) {
        return discard();
      }
      if (out == null && !read()) {
        return false;
      }
      return out == null || write();
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Reads what has arrived; false at the end of the stream. Sets {@code out} once the request is
   * complete.
   */
  private boolean read() throws IOException {
    int n = channel.read(in);
    if (n < 0) {
      return false;
    }
    int end = headEnd();
    if (end >= 0) {
      answer(new String(in.array(), 0, end, StandardCharsets.ISO_8859_1));
    } else if (!in.hasRemaining()) {
      if (in.capacity() >= MAX_HEAD) {
        respond(HealthServer.Reply.error(431, "The request is longer than 8 KiB."), true);
      } else {
        ByteBuffer larger = ByteBuffer.allocate(in.capacity() * 4);
        in.flip();
        in = larger.put(in);
      }
    }
    return true;
  }

  /** Where the empty line is, or -1. */
  private int headEnd() {
    byte[] bytes = in.array();
    for (int i = 0; i < in.position(); i++) {
      if (bytes[i] == '\n') {
        int next = i + 1;
        if (next < in.position() && bytes[next] == '\r') {
          next++;
        }
        if (next < in.position() && bytes[next] == '\n') {
          return i;
        }
      }
    }
    return -1;
  }

  private void answer(String head) {
    String line = head.lines().findFirst().orElse("");
    String[] words = line.split(" ", -1);
    if (words.length != 3 || !words[2].startsWith("HTTP/1.")) {
      respond(HealthServer.Reply.error(400, "This is not an HTTP/1 request."), true);
    } else {
      respond(replies.apply(words[0], words[1]), !words[0].equals("HEAD"));
    }
  }

  private void respond(HealthServer.Reply reply, boolean withBody) {
    byte[] body = Json.write(reply.body()).getBytes(StandardCharsets.UTF_8);
    String head =
        "HTTP/1.1 "
            + reply.status()
            + " "
            + reason(reply.status())
            + "\r\nContent-Type: application/json\r\nContent-Length: "
            + body.length
            + "\r\nCache-Control: no-store\r\nConnection: close\r\n"
            + (reply.status() == 405 ? "Allow: GET, HEAD\r\n" : "")
            + "\r\n";
    byte[] headBytes = head.getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer bytes = ByteBuffer.allocate(headBytes.length + body.length).put(headBytes);
    if (withBody) {
      bytes.put(body);
    }
    out = bytes.flip();
  }

  private static String reason(int status) {
    return switch (status) {
      case 200 -> "OK";
      case 400 -> "Bad Request";
      case 404 -> "Not Found";
      case 405 -> "Method Not Allowed";
      case 431 -> "Request Header Fields Too Large";
      default -> "Service Unavailable";
    };
  }

  private boolean write() throws IOException {
    ByteBuffer rest = out;
    if (rest == null) {
      return true;
    }
    channel.write(rest);
    if (rest.hasRemaining()) {
      await(SelectionKey.OP_WRITE);
      return true;
    }
    answered = true;
    // Closing a connection with unread bytes resets it, and the client may lose the answer. So shut
    // down the output and read until the client closes, too.
    channel.shutdownOutput();
    await(SelectionKey.OP_READ);
    in.clear();
    return true;
  }

  private void await(int operation) {
    if (key != null) {
      key.interestOps(operation);
    }
  }

  private boolean discard() throws IOException {
    in.clear();
    return channel.read(in) >= 0;
  }

  void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // Nothing to do, because the connection ends anyway.
    }
  }
}
