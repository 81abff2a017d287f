package global.pixell.par.testkit.control;

import static global.pixell.par.testkit.browser.Tab.quoted;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import global.pixell.par.internal.text.Json;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.browser.Chromium;
import global.pixell.par.testkit.browser.Tab;
import global.pixell.par.testkit.internal.control.context.AgentBoard;
import global.pixell.par.testkit.internal.control.context.Attachments;
import global.pixell.par.testkit.internal.control.context.StubsView;
import global.pixell.par.testkit.testing.Wire;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The page at {@code /_par/} in a real browser, over a real fake. */
class PageTest {

  private static final String BUCKET = "pixell-agent-packages";
  private static final String KEY = "acme/greeter/1.2.0/greeter.apkg";

  private static final List<String> AREAS =
      List.of("requests", "faults", "permissions", "agent", "log", "stubs", "server");

  private static final String READ_ONLY =
      """
      {"Version": "2012-10-17", "Statement": [{"Sid": "ReadPackages", "Effect": "Allow",
       "Action": ["s3:GetObject", "s3:GetObjectVersion"], "Resource": "arn:aws:s3:::%s/*"}]}
      """
          .formatted(BUCKET);

  private static Chromium browser;
  private static FakeS3 s3;
  private static AgentBoard agent;
  private Tab tab;

  @BeforeAll
  static void start(@TempDir Path profile) throws IOException {
    assumeTrue(Chromium.executable().isPresent(), "no Chromium is installed");
    s3 = startFake(0);
    agent = withAgentAndStubs(s3);
    browser = Chromium.start(profile);
  }

  private static FakeS3 startFake(int port) {
    return FakeS3.start(FakeS3.options().port(port));
  }

  /** As {@code dev --stubs} has them beside the fake. */
  private static AgentBoard withAgentAndStubs(FakeS3 fake) {
    Attachments.of(fake).addStubs(new UnmatchedCalls());
    return Attachments.of(fake).addAgent();
  }

  private static final class UnmatchedCalls implements StubsView {
    @Override
    public URI url() {
      return URI.create("http://127.0.0.1:9");
    }

    @Override
    public int mappings() {
      return 12;
    }

    @Override
    public List<Map<String, ?>> unmatched() {
      return List.of(
          Map.of(
              "method",
              "POST",
              "url",
              "/v1/chat/completions?<b>",
              "near_misses",
              List.of("expected: /v1/chat/completion\nactual:   /v1/chat/completions")));
    }

    @Override
    public void resetRequests() {}

    @Override
    public void reset() {}
  }

  @AfterAll
  static void stop() {
    if (browser != null) {
      browser.close();
      s3.close();
    }
  }

  @BeforeEach
  void open() {
    new ControlClient(s3).delete("policy");
    new ControlClient(s3).post("reset", "");
    s3.put(BUCKET, KEY, "hello".getBytes(UTF_8));
    s3.put("other-bucket", KEY, "hello".getBytes(UTF_8));
    tab = browser.open();
    tab.resize(1280, 760);
    tab.allowClipboard(s3.endpoint().toString());
    tab.go(s3.control());
    live();
  }

  /** Nothing that a test does may load from elsewhere, or leave a complaint of the browser. */
  @AfterEach
  void check() {
    try {
      assertThat(tab.requested())
          .extracting(URI::getAuthority)
          .containsOnly(s3.endpoint().getAuthority());
      assertThat(tab.problems()).isEmpty();
    } finally {
      tab.close();
    }
  }

  private void live() {
    tab.awaitText("#connection", "Live");
  }

  private static int get(String bucket, String key) throws IOException {
    return Wire.to(s3).get("/" + bucket + "/" + key).status();
  }

  private void area(String name) {
    tab.click("nav a[href='#" + name + "']");
    tab.await("!document.getElementById('area-%s').hidden".formatted(name));
  }

  private String clipboard() {
    return tab.evaluate("navigator.clipboard.readText()").asText();
  }

  @Test
  void requests_appear_as_they_come_and_a_filter_finds_some() throws IOException {
    get(BUCKET, KEY);
    tab.awaitText(".rows", KEY);
    get("other-bucket", "missing.txt");
    tab.awaitText(".rows", "NoSuchKey");
    tab.awaitText("#area-requests .summary", "2 requests");

    tab.press("/");
    tab.type("status:404");
    tab.awaitText("#area-requests .summary", "1 of 2 requests");
    assertThat(tab.text(".rows")).contains("missing.txt").doesNotContain(KEY);
  }

  @Test
  void a_denied_request_shows_why_and_a_statement_that_allows_it() throws Exception {
    new ControlClient(s3).put("policy", READ_ONLY);
    assertThat(get(BUCKET, KEY)).isEqualTo(200);
    assertThat(get("other-bucket", KEY)).isEqualTo(403);
    tab.awaitText(".rows", "denied: s3:GetObject");

    tab.click(".rows .row.denied");
    tab.awaitText(".detail .access", "denied s3:GetObject");
    assertThat(tab.text(".detail .access"))
        .contains("arn:aws:s3:::other-bucket/" + KEY)
        .contains(
            "is not authorized to perform: s3:GetObject on resource:"
                + " \"arn:aws:s3:::other-bucket/acme/greeter/1.2.0/greeter.apkg\""
                + " because no identity-based policy allows the s3:GetObject action");
    tab.click(".detail .access [aria-label='Copy the statement that allows it']");
    tab.awaitText("#toast", "Copied the statement");

    JsonNode statement = new ObjectMapper().readTree(clipboard());
    new ControlClient(s3)
        .put("policy", "{\"Version\": \"2012-10-17\", \"Statement\": [" + statement + "]}");
    assertThat(get("other-bucket", KEY)).isEqualTo(200);
    assertThat(get(BUCKET, KEY)).isEqualTo(403);
  }

  @Test
  void an_allowed_request_shows_the_statement_that_allowed_it() throws IOException {
    new ControlClient(s3).put("policy", READ_ONLY);
    get(BUCKET, KEY);
    tab.click(".rows .row");
    tab.awaitText(".detail .access", "ReadPackages");
    assertThat(tab.text(".detail .access pre")).contains("\"Sid\": \"ReadPackages\"");
  }

  @Test
  void unused_and_missing_grants_are_shown_and_the_policy_can_be_edited() throws IOException {
    area("permissions");
    tab.awaitText("#area-permissions", "Full access");
    tab.click("textarea.policy");
    tab.type(READ_ONLY);
    tab.click("#area-permissions button.primary");
    tab.awaitText("#toast", "The policy applies");
    assertThat(get(BUCKET, KEY)).isEqualTo(200);
    assertThat(get("other-bucket", KEY)).isEqualTo(403);

    tab.awaitText("#area-permissions .grants .warn", "s3:GetObjectVersion");
    tab.awaitText("#area-permissions .grants .bad", "arn:aws:s3:::other-bucket/" + KEY);
    tab.awaitText("#area-permissions .denial", "is not authorized to perform");
    tab.evaluate("document.querySelector('textarea.policy').value = '{'");
    tab.click("#area-permissions button.primary");
    tab.awaitText("#toast", "The policy is not JSON");
  }

  @Test
  void a_fault_switched_off_and_on_changes_what_s3_answers() throws IOException {
    area("faults");
    addFault("GET:" + KEY + ":always:slow-down");
    assertThat(get(BUCKET, KEY)).isEqualTo(503);
    tab.awaitText(".faults li.on", "always, met 1×");

    tab.click(".faults [role=switch]");
    tab.await("document.querySelector('.faults [role=switch]').ariaChecked === 'false'");
    assertThat(get(BUCKET, KEY)).isEqualTo(200);

    tab.click(".faults [role=switch]");
    tab.await("document.querySelector('.faults [role=switch]').ariaChecked === 'true'");
    assertThat(get(BUCKET, KEY)).isEqualTo(503);
  }

  @Test
  void a_fault_that_is_used_up_can_be_switched_on_again() throws IOException {
    area("faults");
    addFault("GET:" + KEY + ":2x:internal-error");
    assertThat(get(BUCKET, KEY)).isEqualTo(500);
    tab.awaitText(".faults li", "1 left");
    assertThat(get(BUCKET, KEY)).isEqualTo(500);
    tab.awaitText(".faults li", "used up");
    assertThat(get(BUCKET, KEY)).isEqualTo(200);

    tab.click(".faults [role=switch]");
    tab.awaitText(".faults li.on", "2 left");
    assertThat(get(BUCKET, KEY)).isEqualTo(500);
  }

  @Test
  void the_fields_write_the_words_of_a_fault_and_a_wrong_word_is_explained() {
    area("faults");
    tab.evaluate(
        """
        for (const [id, value] of Object.entries({target: "LIST", often: "always", what: "unavailable="})) {
          const field = document.getElementById("fault-" + id);
          field.value = value;
          field.dispatchEvent(new Event("change"));
        }
        """);
    tab.click("#fault-key");
    tab.type("acme/");
    assertThat(tab.evaluate("document.getElementById('fault-spec').value").asText())
        .isEqualTo("LIST:acme/:always:unavailable=3s");

    tab.evaluate("document.getElementById('fault-spec').value = 'ANY:slow-dwn'");
    tab.click("#area-faults form .primary");
    tab.awaitText("#toast", "slow-down");
    assertThat(tab.text(".faults")).isEmpty();
    tab.await("document.querySelector('.toast.problem')");
    // The browser reports each answer of 400 on its console.
    assertThat(tab.problems()).singleElement().asString().contains("400");
    tab.forget();
  }

  @Test
  void the_page_describes_every_word_of_a_fault() {
    area("faults");
    tab.await("document.querySelectorAll('#fault-what option').length > 15");
    assertThat(
            tab.evaluate("Boolean(document.querySelector('optgroup[label=Others]'))").asBoolean())
        .isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"junit", "pytest", "shell"})
  void the_present_faults_are_copied_as_code(String language) {
    new ControlClient(s3).post("faults", "{\"spec\": \"GET:a.apkg:2x:slow-down\"}");
    area("faults");
    tab.awaitText(".faults", "a.apkg");
    tab.click("[data-language=" + language + "]");
    tab.click("[aria-labelledby=as-code] .primary");
    tab.awaitText("#toast", "Copied");
    assertThat(clipboard())
        .isEqualTo(new ControlClient(s3).get("code?as=" + language).http().body())
        .contains("a.apkg");
  }

  private void addFault(String spec) {
    tab.evaluate("document.getElementById('fault-spec').value = " + quoted(spec));
    tab.click("#area-faults form .primary");
    tab.awaitText(".faults li.on", spec);
  }

  private static void line(String level, String origin, String event, Map<String, ?> more)
      throws IOException {
    var fields = new TreeMap<String, Object>(more);
    fields.putAll(
        Map.of(
            "timestamp",
            "2030-01-01T10:00:00.123Z",
            "level",
            level,
            "event",
            event,
            "origin",
            origin));
    agent.line(Json.write(fields), Json.read(Json.write(fields)));
  }

  private static void boot(int download) throws IOException {
    agent.packed(
        "greeter@1.2.0",
        "50f4ff09fda0",
        48_211,
        List.of(".env", "<b>.pyc"),
        List.of("agent.yaml:7: unknown key 'entrypont'"));
    agent.started(4711, Map.of("REST_PORT", "8080"));
    line("info", "par", "Runtime starting", Map.of());
    line(
        "info",
        "par",
        "Runtime ready",
        Map.of(
            "boot_ms",
            400 + download,
            "phases",
            Map.of("start", 100, "download", download, "agent", 300)));
  }

  @Test
  void the_agent_shows_its_pack_and_its_boot_in_true_proportions_beside_the_boot_before()
      throws IOException {
    boot(600);
    boot(200);
    area("agent");
    tab.awaitText("#area-agent .timeline tfoot", "600 ms");
    assertThat(tab.text("#area-agent"))
        .contains(
            "ready", "greeter@1.2.0", "50f4ff09fda0", "48.2 kB", "entrypont", "2 paths left out")
        .contains("600 ms\t−400 ms", "1.00 s\t−400 ms");
    String widths =
        "[...document.querySelectorAll('.timeline tbody tr')].map((row) => ['.now', '.before'].map((bar) =>"
            + " Math.round(1000 * row.querySelector(bar).offsetWidth / row.querySelector('.track').clientWidth)))";
    assertThat(
            tab.evaluate(
                    "("
                        + widths
                        + ").every(([now, before], at) => {"
                        + " const name = document.querySelectorAll('.timeline tbody th')[at].innerText;"
                        + " const [a, b] = { start: [100, 100], download: [200, 600], agent: [300, 300] }[name];"
                        + " return Math.abs(now - a) < 12 && Math.abs(before - b) < 12; })")
                .asBoolean())
        .as(tab.evaluate(widths).toString())
        .isTrue();

    agent.notPacked("agent.yaml:1: 'nam' is no key");
    tab.awaitText("#area-agent .problem", "'nam' is no key");
    tab.awaitText("#area-agent .badge", "not packed");
  }

  @Test
  void the_log_is_searched_filtered_by_level_and_shows_hostile_lines_as_text() throws IOException {
    String hostile = "\u001b[31m<script>alert(1)</script>\u001b[0m\u202e\u001b]0;x\u0007";
    line("error", "agent", "Agent output", Map.of("message", "Traceback:\n  KeyError: 'gpt'"));
    line("info", "agent", "Agent output", Map.of("message", hostile));
    line("info", "par", "Agent started", Map.of("pid", 7));
    area("log");
    tab.awaitText("#area-log .rows", "<script>alert(1)</script>\\u{202e}\\u{1b}]0;x\\u{7}");
    tab.press("/");
    tab.type("keyerror origin:agent");
    tab.awaitText("#area-log .summary", "1 of ");
    tab.press("Enter");
    tab.press("ArrowDown");
    tab.press("Enter");
    tab.awaitText("#area-log .detail pre", "Traceback:\n  KeyError: 'gpt'");
    tab.press("Escape");
    tab.press("/");
    tab.evaluate("document.execCommand('delete')");
    tab.click("#area-log .toggle.error");
    tab.await(
        "[...document.querySelectorAll('#area-log .rows .level')].every((cell) => cell.innerText === 'error')");
  }

  @Test
  void calls_that_no_stub_answered_are_shown_with_their_near_misses() {
    area("stubs");
    tab.awaitText("#area-stubs", "/v1/chat/completions?<b>");
    tab.click("#area-stubs summary");
    tab.awaitText("#area-stubs pre", "expected: /v1/chat/completion\n");
  }

  @Test
  void clock_and_network_are_set_from_the_page() throws IOException {
    area("server");
    tab.click("[aria-label^='+1h']");
    tab.awaitText("#area-server", "ahead of this machine's clock");
    tab.awaitText("[href='#server'] .mark", "");
    tab.click("[aria-label=Connected]");
    tab.await("document.querySelector('[aria-label=Connected]').ariaChecked === 'false'");
    assertThatThrownBy(() -> get(BUCKET, KEY)).isInstanceOf(IOException.class);
    tab.click("[aria-label=Connected]");
    tab.await("document.querySelector('[aria-label=Connected]').ariaChecked === 'true'");
    assertThat(tab.text("#area-server")).contains(BUCKET);
  }

  @Test
  void the_keyboard_alone_adds_a_fault_and_opens_a_request() throws IOException {
    tab.press("n");
    tab.await("document.activeElement.id === 'fault-target'");
    for (int fields = 0; fields < 4; fields++) {
      tab.press("Tab");
    }
    assertThat(tab.evaluate("document.activeElement.id").asText()).isEqualTo("fault-spec");
    assertThat(tab.evaluate("getComputedStyle(document.activeElement).outlineStyle").asText())
        .isEqualTo("solid");
    tab.press("Enter");
    tab.awaitText(".faults li.on", "ANY:slow-down");
    assertThat(get(BUCKET, KEY)).isEqualTo(503);

    tab.press("Escape");
    tab.press("1");
    tab.awaitText(".rows", KEY);
    tab.press("/");
    tab.press("Enter");
    tab.press("ArrowDown");
    tab.press("Enter");
    tab.awaitText(".detail", "503");
    tab.press("Escape");
    tab.await("document.querySelector('#area-requests .detail').hidden");

    tab.press("?");
    tab.await("document.querySelector('dialog').open");
    assertThat(tab.text("dialog")).contains("add a fault");
    tab.press("Escape");
    tab.await("!document.querySelector('dialog').open");
    tab.press("t");
    tab.press("t");
    assertThat(tab.evaluate("document.documentElement.dataset.theme").asText()).isEqualTo("dark");
  }

  /**
   * What a screen reader or a keyboard would miss: controls without a name or whose name lacks the
   * visible text, groups without a label, labels where no role has one, headings that skip a level,
   * a focus order of its own, and ids that occur twice.
   */
  private static final String INACCESSIBLE =
      """
      (() => {
        const all = (selector) => [...document.querySelectorAll(selector)].filter((e) => e.checkVisibility());
        const shown = (e) => (e.innerText ?? "").replace(/\\s+/g, " ").trim();
        const nameOf = (e) => e.ariaLabel || [...(e.labels ?? [])].map(shown).join(" ") || shown(e)
            || (e.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => shown(document.getElementById(id) ?? e)).join(" ").trim();
        const words = (text) => text.toLowerCase().match(/[a-z]{2,}/g) ?? [];
        const controls = all("button, input, select, textarea, a, summary, [role=switch], [role=grid], [tabindex='0']");
        const levels = all("h1, h2, h3, h4, h5, h6").map((e) => Number(e.tagName[1]));
        const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
        const faults = {
          "no name": controls.filter((e) => !nameOf(e)),
          "the name lacks what is visible": all("button[aria-label], a[aria-label]")
              .filter((e) => words(shown(e)).some((word) => !e.ariaLabel.toLowerCase().includes(word))),
          "no label": all("[role=group], [role=region], form, dialog, nav, section").filter((e) => !nameOf(e)),
          "a label without a role": all("p[aria-label], span[aria-label], div[aria-label]").filter((e) => !e.role),
          "an order of its own": all("[tabindex]").filter((e) => e.tabIndex > 0),
        };
        return [
          ...Object.entries(faults).flatMap(([fault, elements]) => elements.map((e) => fault + ": " + e.outerHTML.slice(0, 200))),
          ...levels.filter((level, at) => level > (levels[at - 1] ?? 0) + 1).map((level) => "skipped to h" + level + ": " + levels),
          ...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => "twice: " + id),
        ];
      })()
      """;

  @Test
  void every_area_is_named_for_screen_readers_and_the_first_tab_leads_to_it() throws IOException {
    tab.evaluate("location.hash = 'faults'");
    tab.press("Tab");
    assertThat(tab.evaluate("document.activeElement.className").asText()).isEqualTo("skip");
    tab.press("Enter");
    assertThat(tab.evaluate("document.activeElement.id").asText()).isEqualTo("main");
    assertThat(tab.evaluate("location.hash").asText()).isEqualTo("#faults");

    new ControlClient(s3).put("policy", READ_ONLY);
    new ControlClient(s3).post("faults", "{\"spec\": \"GET:a.apkg:2x:slow-down\"}");
    get(BUCKET, KEY);
    get("other-bucket", KEY);
    boot(200);
    area("requests");
    tab.awaitText(".rows", "denied: s3:GetObject");
    tab.click(".rows .row.denied");
    for (String area : AREAS) {
      area(area);
      assertThat(tab.evaluate(INACCESSIBLE)).as(area).isEmpty();
    }
    area("requests");
    assertThat(
            tab.evaluate("document.querySelector('#area-requests [role=grid]').ariaRowCount")
                .asInt())
        .isEqualTo(3);
  }

  /** The lowest contrast of the visible texts of an area with what is behind each. */
  private static final String CONTRASTS =
      """
      (() => {
        const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
        const rgb = (color) => {
          canvas.clearRect(0, 0, 1, 1);
          canvas.fillStyle = color;
          canvas.fillRect(0, 0, 1, 1);
          return [...canvas.getImageData(0, 0, 1, 1).data];
        };
        const luminance = (channels) => {
          const [r, g, b] = channels.map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const behind = (element) => {
          for (let e = element; e; e = e.parentElement) {
            const color = rgb(getComputedStyle(e).backgroundColor);
            if (color[3] === 255) return color;
          }
          return [255, 255, 255, 255];
        };
        const found = [];
        const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
          const element = texts.currentNode.parentElement;
          if (!texts.currentNode.data.trim() || !element.checkVisibility({ opacityProperty: true }) || element.closest(":disabled, optgroup, .offscreen")) continue;
          const [light, dark] = [luminance(rgb(getComputedStyle(element).color)), luminance(behind(element))].sort((a, b) => b - a);
          found.push([(light + 0.05) / (dark + 0.05), element.className + ": " + texts.currentNode.data.trim().slice(0, 40)]);
        }
        return found.sort((a, b) => a[0] - b[0])[0];
      })()
      """;

  @ParameterizedTest
  @ValueSource(strings = {"light", "dark"})
  void every_text_has_a_contrast_of_at_least_four_and_a_half_to_one(String scheme)
      throws IOException {
    new ControlClient(s3).put("policy", READ_ONLY);
    new ControlClient(s3).post("faults", "{\"spec\": \"GET:a.apkg:always:slow-down\"}");
    get(BUCKET, KEY);
    get(BUCKET, "a.apkg");
    get("other-bucket", KEY);
    boot(600);
    boot(200);
    for (String level : List.of("debug", "warning", "error")) {
      line(level, "agent", "Agent output", Map.of("message", level));
    }
    tab.prefer("prefers-color-scheme", scheme);
    tab.awaitText(".rows", "slowDown");
    tab.click(".rows .row.denied");
    for (String area : AREAS) {
      area(area);
      JsonNode lowest = tab.evaluate(CONTRASTS);
      assertThat(lowest.path(0).asDouble()).as("%s, %s", area, lowest).isGreaterThanOrEqualTo(4.5);
    }
    tab.press("?");
    assertThat(tab.evaluate(CONTRASTS).path(0).asDouble()).isGreaterThanOrEqualTo(4.5);
    assertThat(tab.evaluate("getComputedStyle(document.body).colorScheme").asText())
        .isEqualTo("light dark");
  }

  @Test
  void a_narrow_window_shows_everything_without_scrolling_sideways() throws IOException {
    new ControlClient(s3).post("faults", "{\"spec\": \"GET:" + KEY + ":always:slow-down\"}");
    get(BUCKET, KEY);
    boot(600);
    boot(200);
    tab.resize(360, 740);
    for (String area : AREAS) {
      area(area);
      assertThat(
              tab.evaluate(
                      "Math.max(document.documentElement.scrollWidth, document.querySelector('#area-%s').scrollWidth)"
                          .formatted(area))
                  .asInt())
          .as(area)
          .isLessThanOrEqualTo(360);
    }
    area("requests");
    tab.click(".rows .row");
    tab.awaitText(".detail", "SlowDown");
    // Nothing behind the details takes the focus.
    tab.press("Tab");
    assertThat(tab.evaluate("document.activeElement.ariaLabel").asText()).isEqualTo("Previous");
    for (int stops = 0; stops < 8; stops++) {
      tab.press("Tab");
      assertThat(
              tab.evaluate(
                      "document.activeElement === document.body || Boolean(document.activeElement.closest('.detail'))")
                  .asBoolean())
          .as(tab.evaluate("document.activeElement.outerHTML").asText())
          .isTrue();
    }
    tab.click(".detail [aria-label='Close details']");
    tab.await("document.querySelector('#area-requests .detail').hidden");
  }

  @Test
  void reduced_motion_is_respected() {
    tab.prefer("prefers-reduced-motion", "reduce");
    assertThat(
            tab.evaluate("getComputedStyle(document.getElementById('toast')).transitionDuration")
                .asText())
        .isEqualTo("0s");
  }

  @Test
  void hostile_keys_are_shown_as_text_with_their_invisible_characters() throws IOException {
    String hostile =
        "<img src=x onerror=alert(1)>\u202egpj.exe\u0007\u001b[2J\u200b&lt;\"'`${1}.apkg";
    s3.put(BUCKET, hostile, new byte[1]);
    get(BUCKET, URLEncoder.encode(hostile, UTF_8).replace("+", "%20"));
    new ControlClient(s3)
        .post("faults", Json.write(Map.of("spec", "GET:" + hostile + ":always:slow-down")));

    String visible =
        "<img src=x onerror=alert(1)>\\u{202e}gpj.exe\\u{7}\\u{1b}[2J\\u{200b}&lt;\"'`${1}.apkg";
    tab.awaitText(".rows", visible);
    tab.click(".rows .row");
    tab.awaitText(".detail .facts", visible);
    tab.click(".detail [aria-label='Copy the key']");
    tab.awaitText("#toast", "Copied");
    assertThat(clipboard()).isEqualTo(hostile);
    area("faults");
    tab.awaitText(".faults", visible);
    assertThat(tab.evaluate("document.querySelectorAll('main img').length").asInt()).isZero();
  }

  /** Puts entries into the page as if the server had sent them. */
  private void receive(String journal, int number, String entry) {
    tab.evaluate(
        """
        (async () => {
          const { changed, data } = await import("/_par/store.js");
          const entry = (id) => (%s);
          changed(%s, data.%s.add(Array.from({ length: %d }, (_, at) => entry(at + 1_000_000))));
        })()
        """
            .formatted(entry, quoted(journal), journal, number));
  }

  @Test
  void fifty_thousand_requests_keep_few_rows_in_the_document() {
    receive(
        "requests",
        60_000,
        """
        {id, time: "2030-01-01T00:00:00Z", method: "GET", operation: "GetObject", bucket: "b", key: "key-" + id,
         range: "", status: 200, error: "", bytes: 1, duration_ms: 1, principal: "p", fault: "", accesses: []}
        """);
    tab.awaitText(
        "#area-requests .summary", "50\u2009000 requests, 10\u2009000 older ones left out");
    tab.awaitText(".rows", "key-1059999");
    assertThat(tab.evaluate("document.querySelectorAll('*').length").asInt()).isLessThan(2000);
    tab.press("/");
    tab.type("key:*99");
    tab.awaitText("#area-requests .summary", "500 of 50\u2009000");
  }

  @Test
  void a_hundred_thousand_lines_of_the_log_keep_few_rows_in_the_document() {
    area("log");
    receive(
        "lines",
        100_000,
        """
        {id, level: "info", line: {timestamp: "2030-01-01T00:00:00Z", level: "info", event: "Agent output",
         origin: "agent", message: "line " + id}}
        """);
    tab.awaitText("#area-log .rows", "line 1099999");
    assertThat(tab.evaluate("document.querySelectorAll('*').length").asInt()).isLessThan(2000);
    tab.press("/");
    tab.type("1012345");
    tab.awaitText("#area-log .summary", "1 of 100\u2009");
  }

  @Test
  void the_page_says_that_it_is_disconnected_and_connects_to_the_next_server() throws IOException {
    get(BUCKET, KEY);
    tab.awaitText(".rows", KEY);
    int port = s3.endpoint().getPort();
    s3.close();
    tab.awaitText("#connection", "Disconnected");
    tab.awaitText("#banner", "Disconnected, trying again");

    s3 = startFake(port);
    agent = withAgentAndStubs(s3);
    live();
    tab.awaitText("#banner", "Connected again");
    s3.put(BUCKET, "after.apkg", new byte[1]);
    get(BUCKET, "after.apkg");
    tab.awaitText(".rows", "after.apkg");
    assertThat(tab.text(".rows")).doesNotContain(KEY);
    // The browser reports each attempt that failed.
    assertThat(tab.problems()).allMatch(problem -> problem.contains("ERR_"));
    tab.forget();
  }
}
