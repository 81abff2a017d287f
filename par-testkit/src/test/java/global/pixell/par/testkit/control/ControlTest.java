package global.pixell.par.testkit.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Fault;
import global.pixell.par.testkit.control.ControlClient.Reply;
import global.pixell.par.testkit.testing.RawHttp;
import global.pixell.par.testkit.testing.Wire;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The control API as a program without Java sees it: what it shows and what it changes. */
class ControlTest extends ControlTestCase {

  @AfterEach
  void reset() {
    control.post("reset", "");
  }

  @Test
  void the_status_has_what_a_client_needs() {
    Reply status = control.get("status");

    assertThat(status.status()).isEqualTo(200);
    assertThat(status.text("endpoint")).isEqualTo(s3.endpoint().toString());
    assertThat(status.text("control")).isEqualTo(s3.control().toString());
    assertThat(status.object("environment")).isEqualTo(s3.environment());
    assertThat(status.json()).containsEntry("pid", ProcessHandle.current().pid());
    assertThat(status.object("network"))
        .isEqualTo(Map.of("latency_ms", 0L, "bytes_per_second", 0L, "connected", true));
  }

  @Test
  void requests_are_found_by_what_they_were_about_and_control_requests_are_not_among_them()
      throws IOException {
    s3.put("requests", "acme/a b.txt", "hello".getBytes(StandardCharsets.UTF_8));
    Wire.to(s3).get("/requests/acme/a%20b.txt", "Range", "bytes=1-2");
    Wire.to(s3).get("/requests/acme/missing");
    control.get("status");

    assertThat(control.get("requests").list("requests")).hasSize(2);
    Map<?, ?> found = control.get("requests?key=acme/*.txt").list("requests").get(0);
    assertThat(found)
        .extracting("method", "operation", "bucket", "key", "range", "status", "error", "bytes")
        .containsExactly("GET", "GetObject", "requests", "acme/a b.txt", "bytes=1-2", 206L, "", 2L);
    assertThat(control.get("requests?status=4xx").list("requests"))
        .singleElement()
        .satisfies(each -> assertThat(each.get("error")).isEqualTo("NoSuchKey"));
    assertThat(control.get("requests?operation=getobject&bucket=requests").list("requests"))
        .hasSize(2);
    assertThat(control.get("requests?denied=true").list("requests")).isEmpty();
    assertThat(control.delete("requests").status()).isEqualTo(204);
    assertThat(control.get("requests").list("requests")).isEmpty();
  }

  @Test
  void a_program_that_passes_next_as_since_sees_each_request_once() throws IOException {
    for (int i = 0; i < 5; i++) {
      Wire.to(s3).get("/paged/" + i);
    }

    Reply first = control.get("requests?since=0&limit=3");
    Reply second = control.get("requests?limit=3&since=" + first.text("next"));
    Reply none = control.get("requests?limit=3&since=" + second.text("next"));

    assertThat(keys(first)).containsExactly("0", "1", "2");
    assertThat(keys(second)).containsExactly("3", "4");
    assertThat(none.list("requests")).isEmpty();
    assertThat(none.text("next")).isEqualTo(second.text("next"));
    assertThat(keys(control.get("requests?limit=2"))).containsExactly("3", "4");
  }

  private static List<String> keys(Reply reply) {
    return reply.list("requests").stream().map(each -> String.valueOf(each.get("key"))).toList();
  }

  @Test
  void an_object_is_put_without_a_permission_a_fault_or_an_entry_in_the_journal()
      throws IOException {
    s3.onAny().inject(Fault.slowDown());

    Reply put = control.put("objects/put/acme%2Fa%20b%2F", "x".repeat(300_000));

    assertThat(put.status()).isEqualTo(201);
    assertThat(put.text("key")).isEqualTo("acme/a b/");
    assertThat(s3.requests()).isEmpty();
    assertThat(Wire.to(s3).get("/put/acme/a%20b/").status()).isEqualTo(503);
    assertThat(Wire.to(s3).get("/put/acme/a%20b/").body()).hasSize(300_000);
  }

  @Test
  void a_fault_is_added_met_and_removed() throws IOException {
    s3.put("faults", "key", new byte[] {1});
    Reply added = control.post("faults", "{\"spec\": \"GET:k*:2x:slow-down\"}");
    Wire.to(s3).get("/faults/key");

    assertThat(added.status()).isEqualTo(201);
    Object id = added.list("faults").get(0).get("id");
    Map<?, ?> fault = control.get("faults").list("faults").get(0);
    assertThat(fault.get("spec")).isEqualTo("GET:k*:2x:slow-down");
    assertThat(fault.get("remaining")).isEqualTo(1L);
    assertThat(fault.get("met")).isEqualTo(1L);
    assertThat(control.get("requests?fault=true").list("requests"))
        .singleElement()
        .satisfies(each -> assertThat(each.get("fault")).isEqualTo("slowDown"));
    assertThat(control.delete("faults/" + id).status()).isEqualTo(204);
    assertThat(control.delete("faults/" + id).status()).isEqualTo(404);
    assertThat(Wire.to(s3).get("/faults/key").status()).isEqualTo(200);
  }

  @Test
  void a_fault_that_reads_a_file_is_refused() {
    Reply reply = control.post("faults", "{\"spec\": \"GET:key:change-to=/etc/passwd\"}");

    assertThat(reply.status()).isEqualTo(403);
    assertThat(control.get("faults").list("faults")).isEmpty();
  }

  @Test
  void the_clock_jumps_and_stands_still() {
    Reply frozen = control.patch("clock", "{\"set\": \"2030-01-01T00:00:00Z\", \"freeze\": true}");
    Reply later = control.patch("clock", "{\"advance\": \"5m\"}");

    assertThat(frozen.text("now")).isEqualTo("2030-01-01T00:00:00Z");
    assertThat(later.text("now")).isEqualTo("2030-01-01T00:05:00Z");
    assertThat(later.json()).containsEntry("frozen", true);
    assertThat(s3.clock().instant()).isEqualTo(Instant.parse("2030-01-01T00:05:00Z"));
    assertThat(control.patch("clock", "{\"advance\": \"-10m\"}").text("now"))
        .isEqualTo("2029-12-31T23:55:00Z");
  }

  @Test
  void a_cut_network_resets_requests_to_s3_and_leaves_control_reachable() throws IOException {
    s3.put("network", "key", new byte[] {1});
    try (var open = new RawHttp(s3)) {
      open.ask("HEAD", "/network");
      assertThat(open.reply(false).status()).isEqualTo(403);

      control.patch("network", "{\"connected\": false}");

      assertThat(open.read()).isNegative();
    }
    assertThatThrownBy(() -> Wire.to(s3).get("/network/key")).isInstanceOf(SocketException.class);
    assertThat(control.get("status").object("network").get("connected")).isEqualTo(false);
    control.patch("network", "{\"connected\": true}");
    assertThat(Wire.to(s3).get("/network/key").status()).isEqualTo(200);
  }

  @Test
  void latency_and_bandwidth_do_not_reach_control_requests() {
    s3.clock().freeze();

    Reply slow = control.patch("network", "{\"latency\": \"1h\", \"bandwidth\": \"1\"}");

    // On a frozen clock, every wait would last for ever.
    assertThat(slow.json()).containsEntry("latency_ms", Duration.ofHours(1).toMillis());
    assertThat(control.get("status").status()).isEqualTo(200);
  }

  @Test
  void buckets_are_made_listed_and_removed_with_their_objects() throws IOException {
    Reply made = control.put("buckets/made", "{\"versioning\": true, \"region\": \"eu-west-1\"}");
    s3.put("made", "key", new byte[] {1, 2, 3});

    assertThat(made.json())
        .containsEntry("region", "eu-west-1")
        .containsEntry("versioning", "enabled");
    assertThat(control.get("buckets/made").json())
        .containsEntry("objects", 1L)
        .containsEntry("bytes", 3L);
    assertThat(control.get("buckets").list("buckets"))
        .anyMatch(bucket -> "made".equals(bucket.get("name")));
    assertThat(control.delete("buckets/made").status()).isEqualTo(204);
    assertThat(control.delete("buckets/made").status()).isEqualTo(404);
    control.put("buckets/made", "");
    assertThat(control.get("buckets/made").json())
        .containsEntry("objects", 0L)
        .containsEntry("versioning", "off");
  }

  @Test
  void a_reset_returns_to_the_buckets_and_objects_of_the_start() throws IOException {
    try (FakeS3 fake = FakeS3.start()) {
      fake.put("kept", "key", new byte[] {1});
      fake.markBaseline();
      Wire wire = Wire.to(fake);
      wire.delete("/kept/key");
      wire.put("/kept/later", "");
      wire.put("/over-s3", "");
      var itsControl = new ControlClient(fake);
      itsControl.put("buckets/over-control", "");

      assertThat(itsControl.post("reset", "{\"what\": [\"objects\"]}").status()).isEqualTo(204);

      assertThat(wire.get("/").elements("Name")).containsExactly("kept");
      assertThat(wire.get("/kept").elements("Key")).containsExactly("key");
      assertThat(itsControl.get("requests").list("requests")).hasSizeGreaterThan(3);
    }
  }

  @Test
  void the_faults_of_now_are_code_for_a_test() {
    control.post("faults", "{\"spec\": \"GET:it's \\\"a\\\".apkg:2x:slow-down\"}");
    s3.onGet("key").inject(Fault.slowDown());
    control.patch("network", "{\"latency\": \"50ms\"}");

    assertThat(control.get("code?as=junit").http().body())
        .isEqualTo(
            """
            s3.inject("GET:it's \\"a\\".apkg:2x:slow-down");
            // injected in Java: GET key: slowDown
            s3.latency(java.time.Duration.ofMillis(50));
            """);
    assertThat(control.get("code?as=pytest").http().body())
        .startsWith("par_s3.fault(\"GET:it's \\\"a\\\".apkg:2x:slow-down\")\n# injected");
    assertThat(control.get("code?as=shell").http().body())
        .contains("/_par/faults -d '{\"spec\":\"GET:it'\\''s \\\"a\\\".apkg:2x:slow-down\"}'\n")
        .contains("curl -fsS -X PATCH " + s3.control() + "network -d '{\"latency\":\"50ms\"}'\n");
  }

  @Test
  void a_fake_without_an_agent_or_stubs_says_so() {
    assertThat(control.get("agent").status()).isEqualTo(404);
    assertThat(control.get("agent/logs").text("hint")).contains("par-testkit dev");
    assertThat(control.get("stubs").text("hint")).contains("--stubs");
  }

  @Test
  void the_page_and_its_files_are_served_below_par() {
    assertThat(control.get("").http().headers().firstValue("Content-Type"))
        .hasValue("text/html; charset=utf-8");
    assertThat(control.get("page.js").status()).isEqualTo(200);
    assertThat(control.get("/_par").http().headers().firstValue("Location")).hasValue("/_par/");
  }

  @Test
  void a_path_below_par_is_a_key_when_the_host_is_a_bucket() throws IOException {
    s3.put("hosted", "_par/status", "object".getBytes(StandardCharsets.UTF_8));

    assertThat(Wire.to(s3).asHost("hosted.localhost").get("/_par/status").body())
        .isEqualTo("object");
  }

  @Test
  void compose_files_that_wait_for_localstack_see_a_running_s3() {
    Reply health = control.get("/_localstack/health");

    assertThat(health.object("services").get("s3")).isEqualTo("running");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "GET | nothing | - | 404 | There is nothing at /_par/nothing.",
        "GET | requests?oparation=x | - | 400 | did you mean \"operation\"?",
        "GET | requests?status=403&status=404 | - | 400 | The query names status twice.",
        "GET | requests?status=forbidden | - | 400 | status must be a number such as 403",
        "GET | requests?since=-1 | - | 400 | since must be a number from 0",
        "GET | requests?key=%ff | - | 400 | '%ff' is not percent-encoded UTF-8.",
        "PUT | faults | {} | 405 | PUT is not possible here.",
        "POST | faults | {} | 400 | The member spec is missing.",
        "POST | faults | {\"spec\": 5} | 400 | has no target",
        "POST | faults | {\"spec\": [1]} | 400 | spec must be a text.",
        "POST | faults | [] | 400 | The body cannot be read as a JSON object: not a JSON object.",
        "POST | faults | {\"spec\": \"GET:key:slow-don\"} | 400 | There is no fault 'slow-don'; did you mean \"slow-down\"?",
        "PUT | objects/bucket/a/b | x | 400 | An object has a bucket and a key",
        "POST | reset | {\"what\": [\"fault\"]} | 400 | 'fault' cannot be reset; did you mean \"faults\"?",
        "PATCH | clock | {\"set\": \"tomorrow\"} | 400 | set must be a time such as 2030-01-01T00:00:00Z",
        "PATCH | clock | {\"advance\": \"5 minutes\"} | 400 | advance must be a time such as 50ms",
        "PATCH | clock | {\"set\": \"+99999-01-01T00:00:00Z\"} | 400 | The clock goes from 1970",
        "PATCH | network | {\"latency\": \"slow\"} | 400 | latency must be a time such as 50ms",
        "PATCH | network | {\"connected\": \"no\"} | 400 | connected must be true or false.",
        "PUT | buckets/My_Bucket | {} | 400 | 'My_Bucket' is not a bucket name.",
        "PUT | buckets/ok-name | {\"region\": \"Europe\"} | 400 | region must be a region",
        "GET | code?as=perl | - | 400 | as must be one of junit, pytest, shell",
        "PUT | policy | {} | 400 | policy has a fault",
        "PUT | policy | hello | 400 | policy is not valid JSON",
        "GET | events?x=1 | - | 400 | There is no parameter 'x'.",
      })
  void a_mistake_is_named_with_a_remedy(
      String method, String path, @Nullable String body, int status, String sentence) {
    Reply reply =
        switch (method) {
          case "GET" -> control.get(path);
          case "PUT" -> control.put(path, body == null ? "" : body);
          case "PATCH" -> control.patch(path, body == null ? "" : body);
          default -> control.post(path, body == null ? "" : body);
        };

    assertThat(reply.status()).as(reply.text("error")).isEqualTo(status);
    assertThat(reply.text("error")).contains(sentence).matches("(?s).*[.?)]");
    assertThat(reply.text("hint")).isNotEmpty();
  }
}
