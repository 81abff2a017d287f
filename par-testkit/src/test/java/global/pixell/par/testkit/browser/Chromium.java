package global.pixell.par.testkit.browser;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A headless Chromium, driven by its DevTools protocol. Each tab has storage of its own, as a
 * private window has.
 */
public final class Chromium implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long PATIENCE_SECONDS = 60;
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");

  private final Process process;
  private final WebSocket socket;
  private final AtomicInteger ids = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonNode>> pending = new ConcurrentHashMap<>();
  private final Map<String, Tab> tabs = new ConcurrentHashMap<>();

  private Chromium(Process process, URI address) {
    this.process = process;
    socket =
        HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(address, new Reader()).join();
  }

  /** The executable; empty when no Chromium is installed. */
  public static Optional<Path> executable() {
    return Stream.of(System.getenv("PATH").split(":", -1))
        .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Starts a browser.
   *
   * @param profile an empty directory for its files
   */
  public static Chromium start(Path profile) throws IOException {
    var command = new ArrayList<String>();
    command.add(executable().orElseThrow().toString());
    command.addAll(
        List.of(
            "--headless",
            "--remote-debugging-port=0",
            "--user-data-dir=" + profile,
            "--no-first-run",
            "--no-default-browser-check",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-default-apps",
            "--disable-dev-shm-usage",
            "--disable-extensions",
            "--disable-gpu",
            "--disable-sync",
            "--force-color-profile=srgb",
            "--password-store=basic"));
    if (System.getProperty("user.name").equals("root")) {
      // Chromium's sandbox refuses to run as root.
      command.add("--no-sandbox");
    }
    var builder = new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("TMPDIR", profile.toString());
    Process process = builder.start();
    // A read of a pipe cannot be interrupted, but it ends with the process.
    var isStarted = new AtomicBoolean();
    CompletableFuture.delayedExecutor(PATIENCE_SECONDS, TimeUnit.SECONDS)
        .execute(
            () -> {
              if (!isStarted.get()) {
                process.destroyForcibly();
              }
            });
    try {
      URI address = address(process);
      isStarted.set(true);
      return new Chromium(process, address);
    } catch (IOException | RuntimeException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  /**
   * The browser prints the address of its protocol on stderr, and then warnings that nobody needs.
   */
  private static URI address(Process process) throws IOException {
    var errors =
        new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
    var seen = new ArrayList<String>();
    for (String line = errors.readLine(); line != null; line = errors.readLine()) {
      int at = line.indexOf("ws://");
      if (at >= 0) {
        drain(errors);
        return URI.create(line.substring(at).strip());
      }
      seen.add(line);
    }
    throw new IOException("Chromium ended, or did not listen in time:\n" + String.join("\n", seen));
  }

  private static void drain(BufferedReader errors) {
    var thread =
        new Thread(
            () -> {
              try (errors) {
                while (errors.readLine() != null) {
                  // Read so that the pipe does not fill.
                }
              } catch (IOException e) {
                // The browser has ended.
              }
            },
            "chromium-stderr");
    thread.setDaemon(true);
    thread.start();
  }

  /** Opens a tab with storage of its own; {@link Tab#go} loads a page. */
  public Tab open() {
    String context =
        call("", "Target.createBrowserContext", Map.of()).path("browserContextId").asText();
    String target =
        call("", "Target.createTarget", Map.of("url", "about:blank", "browserContextId", context))
            .path("targetId")
            .asText();
    String session =
        call("", "Target.attachToTarget", Map.of("targetId", target, "flatten", true))
            .path("sessionId")
            .asText();
    var tab = new Tab(this, session, context);
    tabs.put(session, tab);
    tab.enable();
    return tab;
  }

  void close(Tab tab) {
    tabs.values().remove(tab);
    call("", "Target.disposeBrowserContext", Map.of("browserContextId", tab.context()));
  }

  /** Calls a method of the protocol, and waits for its result. */
  JsonNode call(String session, String method, Map<String, ?> parameters) {
    int id = ids.incrementAndGet();
    ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
    if (!session.isEmpty()) {
      message.put("sessionId", session);
    }
    message.set("params", JSON.valueToTree(parameters));
    var answer = new CompletableFuture<JsonNode>();
    pending.put(id, answer);
    try {
      synchronized (socket) {
        socket.sendText(message.toString(), true).join();
      }
      return answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for " + method, e);
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause().getMessage(), e);
    } catch (TimeoutException e) {
      throw new AssertionError("the browser did not answer " + message, e);
    } finally {
      pending.remove(id);
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Gathers the parts of a message, and passes it on to the waiting call or to its tab. */
  private final class Reader implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    @SuppressWarnings(
        "FutureReturnValueIgnored") // Null asks for nothing more than the next message.
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        String message = text.toString();
        text.setLength(0);
        receive(message);
      }
      from.request(1);
      return CompletableFuture.completedFuture(null);
    }

    private void receive(String text) {
      JsonNode message;
      try {
        message = JSON.readTree(text);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      CompletableFuture<JsonNode> waiting = pending.get(message.path("id").asInt());
      if (waiting == null) {
        Tab tab = tabs.get(message.path("sessionId").asText());
        if (tab != null) {
          tab.event(message.path("method").asText(), message.path("params"));
        }
      } else if (message.has("error")) {
        waiting.completeExceptionally(new IOException(message.path("error").toString()));
      } else {
        waiting.complete(message.path("result"));
      }
    }
  }
}
