package global.pixell.par.testkit.internal.control.context;

import global.pixell.par.internal.text.Json;
import global.pixell.par.testkit.internal.control.event.EventLog;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is known about the agent that {@code dev} runs. {@code dev} reports each step; the control
 * API shows the last state. Thread-safe; its methods return quickly.
 */
public final class AgentBoard {

  private static final Duration HEALTH_TIMEOUT = Duration.ofSeconds(1);
  private static final int MAX_HEALTH = 1 << 16;
  private static final String TOTAL = "total";

  private final EventLog events;
  private final AgentLog log;
  private String state = "packing";
  private boolean ready;
  private @Nullable Long pid;
  private @Nullable Integer exitCode;
  private @Nullable String error;
  private Map<String, Integer> ports = Map.of();
  private @Nullable Map<String, ?> pack;
  private @Nullable Map<String, ?> boot;
  private @Nullable Map<String, ?> previousBoot;

  AgentBoard(EventLog events) {
    this.events = events;
    log = new AgentLog(events);
  }

  public AgentLog log() {
    return log;
  }

  /**
   * The folder was packed.
   *
   * @param id such as {@code greeter@1.0.0}
   * @param digest in hexadecimal
   * @param leftOut the files and folders that are not in the package
   */
  public void packed(
      String id, String digest, long bytes, List<String> leftOut, List<String> warnings) {
    synchronized (this) {
      var fields = new LinkedHashMap<String, Object>();
      fields.put("id", id);
      fields.put("digest", digest);
      fields.put("bytes", bytes);
      fields.put("left_out", List.copyOf(leftOut));
      fields.put("warnings", List.copyOf(warnings));
      pack = fields;
      state = "packing";
      error = null;
    }
    changed();
  }

  /** The folder could not be packed; an agent that runs continues. */
  public void notPacked(String reason) {
    synchronized (this) {
      state = "not_packed";
      error = reason;
    }
    changed();
  }

  /**
   * A launcher has started.
   *
   * @param environment its variables, from which the ports are taken
   */
  public void started(long process, Map<String, String> environment) {
    synchronized (this) {
      state = "starting";
      ready = false;
      pid = process;
      exitCode = null;
      error = null;
      ports = ports(environment);
      previousBoot = boot == null ? previousBoot : boot;
      boot = null;
    }
    changed();
  }

  private static Map<String, Integer> ports(Map<String, String> environment) {
    var found = new TreeMap<String, Integer>();
    for (String name : List.of("REST_PORT", "A2A_PORT", "UI_PORT", "HEALTH_PORT")) {
      String port = environment.getOrDefault(name, "");
      if (port.matches("\\d{1,5}")) {
        found.put(name, Integer.valueOf(port));
      }
    }
    return found;
  }

  /**
   * The launcher wrote a line.
   *
   * @param fields its JSON; empty for a line that is not JSON
   */
  public void line(String text, Map<String, ?> fields) {
    log.add(text, fields);
    if (!"par".equals(fields.get("origin"))) {
      return;
    }
    boolean changes;
    synchronized (this) {
      changes = apply(String.valueOf(fields.get("event")), fields);
    }
    if (changes) {
      changed();
    }
  }

  private boolean apply(String event, Map<String, ?> fields) {
    switch (event) {
      case "Runtime ready", "Runtime replaced" -> {
        state = "ready";
        ready = true;
        boot = timeline(fields);
      }
      case "Readiness changed" -> ready = Boolean.TRUE.equals(fields.get("ready"));
      case "Runtime stopping" -> {
        state = "stopping";
        ready = false;
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private static Map<String, ?> timeline(Map<String, ?> fields) {
    var phases = new ArrayList<Map<String, ?>>();
    Object total = fields.get("boot_ms");
    if (fields.get("phases") instanceof Map<?, ?> measured) {
      for (Map.Entry<?, ?> phase : measured.entrySet()) {
        if (phase.getKey().equals(TOTAL)) {
          total = total == null ? phase.getValue() : total;
        } else if (phase.getValue() instanceof Number millis) {
          phases.add(Map.of("name", String.valueOf(phase.getKey()), "ms", millis.longValue()));
        }
      }
    }
    var timeline = new LinkedHashMap<String, @Nullable Object>();
    timeline.put("total_ms", total);
    timeline.put("phases", phases);
    return timeline;
  }

  /** The launcher ended by itself. */
  public void ended(int code, String reason) {
    synchronized (this) {
      state = "ended";
      ready = false;
      pid = null;
      exitCode = code;
      error = reason;
    }
    changed();
  }

  private void changed() {
    events.publish("agent", () -> fields(Optional.empty()));
  }

  /** All fields, with the current answer of the health endpoint. */
  public Map<String, ?> fields() {
    Integer port;
    synchronized (this) {
      port = pid == null ? null : ports.get("HEALTH_PORT");
    }
    // Ask outside the lock, because the answer may take long.
    return fields(port == null ? Optional.empty() : health(port));
  }

  private synchronized Map<String, ?> fields(Optional<Map<String, ?>> health) {
    var fields = new LinkedHashMap<String, @Nullable Object>();
    fields.put("state", state);
    fields.put("ready", ready);
    fields.put("health", health.orElse(null));
    fields.put("pid", pid);
    fields.put("exit_code", exitCode);
    fields.put("error", error);
    fields.put("ports", ports);
    fields.put("pack", pack);
    fields.put("boot", boot);
    fields.put("previous_boot", previousBoot);
    return fields;
  }

  private static Optional<Map<String, ?>> health(int port) {
    try {
      var connection =
          (HttpURLConnection)
              URI.create("http://127.0.0.1:" + port + "/health").toURL().openConnection();
      connection.setConnectTimeout((int) HEALTH_TIMEOUT.toMillis());
      connection.setReadTimeout((int) HEALTH_TIMEOUT.toMillis());
      int status = connection.getResponseCode();
      InputStream body = status < 400 ? connection.getInputStream() : connection.getErrorStream();
      try (InputStream in = body == null ? InputStream.nullInputStream() : body) {
        String text = new String(in.readNBytes(MAX_HEALTH), StandardCharsets.UTF_8);
        return Optional.of(Map.of("status", status, "body", parsed(text)));
      } finally {
        connection.disconnect();
      }
    } catch (IOException e) {
      // It does not listen yet, or no longer.
      return Optional.empty();
    }
  }

  private static Object parsed(String text) {
    try {
      return Json.read(text);
    } catch (IOException e) {
      return text;
    }
  }
}
