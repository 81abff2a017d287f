package global.pixell.par.testkit.browser;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** One tab of a {@link Chromium}. It records what a page must not do. */
public final class Tab implements AutoCloseable {

  private static final int PATIENCE_MILLIS = 8_000;

  /** For each key that is not a character: the number that the protocol needs. */
  private static final Map<String, Integer> KEYS =
      Map.of(
          "Enter",
          13,
          "Escape",
          27,
          "Tab",
          9,
          " ",
          32,
          "ArrowDown",
          40,
          "ArrowUp",
          38,
          "Home",
          36,
          "End",
          35,
          "Backspace",
          8);

  private final Chromium browser;
  private final String session;
  private final String context;
  private final List<String> problems = new CopyOnWriteArrayList<>();
  private final List<URI> requested = new CopyOnWriteArrayList<>();

  Tab(Chromium browser, String session, String context) {
    this.browser = browser;
    this.session = session;
    this.context = context;
  }

  String context() {
    return context;
  }

  void enable() {
    List.of("Page", "Runtime", "Log", "Network")
        .forEach(domain -> call(domain + ".enable", Map.of()));
    // A headless tab counts as hidden focus otherwise, and then draws no focus.
    call("Emulation.setFocusEmulationEnabled", Map.of("enabled", true));
  }

  private JsonNode call(String method, Map<String, ?> parameters) {
    return browser.call(session, method, parameters);
  }

  void event(String method, JsonNode fields) {
    switch (method) {
      case "Network.requestWillBeSent" ->
          requested.add(URI.create(fields.at("/request/url").asText()));
      case "Runtime.exceptionThrown" -> problems.add(fields.at("/exceptionDetails").toString());
      case "Runtime.consoleAPICalled" -> problems.add(fields.path("args").toString());
      case "Log.entryAdded" ->
          problems.add(fields.at("/entry/text").asText() + " " + fields.at("/entry/url").asText());
      case "Page.javascriptDialogOpening" ->
          problems.add("dialog: " + fields.path("message").asText());
      default -> {}
    }
  }

  /** Messages of the console, exceptions, dialogs and refused loads since {@link #forget}. */
  public List<String> problems() {
    return List.copyOf(problems);
  }

  /** All addresses that the page asked for. */
  public List<URI> requested() {
    return List.copyOf(requested);
  }

  /** Forgets the problems so far. */
  public void forget() {
    problems.clear();
  }

  /** Loads a page. */
  public void go(URI address) {
    call("Page.navigate", Map.of("url", address.toString()));
    await(
        "document.readyState === 'complete' && location.href.startsWith("
            + quoted(address.toString())
            + ")");
  }

  /** Evaluates an expression; a promise is awaited. */
  public JsonNode evaluate(String expression) {
    JsonNode answer =
        call(
            "Runtime.evaluate",
            Map.of(
                "expression",
                expression,
                "awaitPromise",
                true,
                "returnByValue",
                true,
                "userGesture",
                true));
    if (answer.has("exceptionDetails")) {
      throw new AssertionError(expression + " failed: " + answer.path("exceptionDetails"));
    }
    return answer.at("/result/value");
  }

  /** Waits until an expression is true. */
  public void await(String condition) {
    JsonNode met =
        evaluate(
            """
            new Promise((done) => {
              const end = performance.now() + %d;
              const look = () => {
                let met = false;
                try {
                  met = Boolean(%s);
                } catch {
                  // What is looked for is not there yet.
                }
                if (met || performance.now() > end) {
                  done(met);
                } else {
                  setTimeout(look, 10);
                }
              };
              look();
            })
            """
                .formatted(PATIENCE_MILLIS, condition));
    if (!met.asBoolean()) {
      throw new AssertionError(
          "never true: " + condition + "\nproblems: " + problems + "\npage:\n" + text("body"));
    }
  }

  /** Waits until the visible text of an element contains this. */
  public void awaitText(String selector, String text) {
    await(
        "document.querySelector(%s).innerText.includes(%s)"
            .formatted(quoted(selector), quoted(text)));
  }

  /** The visible text of an element. */
  public String text(String selector) {
    return evaluate("document.querySelector(%s)?.innerText ?? ''".formatted(quoted(selector)))
        .asText();
  }

  /** Clicks an element as a mouse would, so that something that covers it prevents it. */
  public void click(String selector) {
    await("document.querySelector(%s)".formatted(quoted(selector)));
    JsonNode point =
        evaluate(
            """
            (() => {
              const element = document.querySelector(%s);
              element.scrollIntoView({ block: "nearest" });
              const { left, top, width, height } = element.getBoundingClientRect();
              return [left + width / 2, top + height / 2];
            })()
            """
                .formatted(quoted(selector)));
    for (String type : List.of("mousePressed", "mouseReleased")) {
      call(
          "Input.dispatchMouseEvent",
          Map.of(
              "type",
              type,
              "x",
              point.path(0).asDouble(),
              "y",
              point.path(1).asDouble(),
              "button",
              "left",
              "clickCount",
              1));
    }
  }

  /** Presses a key: a character, or a name such as {@code Enter}. */
  public void press(String key) {
    var event = new TreeMap<String, Object>(Map.of("key", key));
    Integer code = KEYS.get(key);
    if (code != null) {
      event.put("windowsVirtualKeyCode", code);
      event.put("code", key.equals(" ") ? "Space" : key);
    }
    if (key.length() == 1) {
      event.put("text", key);
    } else if (key.equals("Enter")) {
      event.put("text", "\r");
    }
    event.put("type", event.containsKey("text") ? "keyDown" : "rawKeyDown");
    call("Input.dispatchKeyEvent", event);
    event.remove("text");
    event.put("type", "keyUp");
    call("Input.dispatchKeyEvent", event);
  }

  /** Types a text into the element that has the focus. */
  public void type(String text) {
    call("Input.insertText", Map.of("text", text));
  }

  /** Resizes the window. */
  public void resize(int width, int height) {
    call(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
  }

  /** Sets a preference of the person, such as {@code prefers-color-scheme}. */
  public void prefer(String feature, String value) {
    call(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", feature, "value", value))));
  }

  /** Lets pages of an origin write to the clipboard and read it. */
  public void allowClipboard(String origin) {
    browser.call(
        "",
        "Browser.grantPermissions",
        Map.of(
            "origin",
            origin,
            "browserContextId",
            context,
            "permissions",
            List.of("clipboardReadWrite", "clipboardSanitizedWrite")));
  }

  /** Writes a picture of the window. */
  public void screenshot(Path png) throws IOException {
    String data = call("Page.captureScreenshot", Map.of("format", "png")).path("data").asText();
    Files.write(png, Base64.getDecoder().decode(data));
  }

  /** A text as a JavaScript literal. */
  public static String quoted(String text) {
    return TextNode.valueOf(text).toString();
  }

  @Override
  public void close() {
    browser.close(this);
  }
}
