package global.pixell.par.testkit.internal.control.context;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.internal.text.Json;
import global.pixell.par.testkit.internal.control.event.EventLog;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AgentBoardTest {

  private static final String READY =
      """
      {"origin": "par", "level": "info", "event": "Runtime ready", "boot_ms": 300,
       "phases": {"config": 100, "probe": 200, "total": 300}}
      """;

  private final AgentBoard board = new AgentBoard(new EventLog());

  private Map<String, @Nullable Object> fields() {
    return new HashMap<>(board.fields());
  }

  private void line(String text) throws IOException {
    board.line(text, Json.read(text));
  }

  @Test
  void it_follows_an_agent_from_the_pack_to_its_end() throws IOException {
    board.packed("greeter@1.0.0", "ab12", 1_000, List.of(".env"), List.of("no command"));
    board.started(42, Map.of("REST_PORT", "8080", "PATH", "/bin"));
    assertThat(fields()).containsEntry("state", "starting").containsEntry("pid", 42L);
    assertThat(fields().get("ports")).isEqualTo(Map.of("REST_PORT", 8080));

    line(READY);

    assertThat(fields()).containsEntry("state", "ready").containsEntry("ready", true);
    assertThat(fields().get("boot"))
        .isEqualTo(
            Map.of(
                "total_ms",
                300L,
                "phases",
                List.of(
                    Map.of("name", "config", "ms", 100L), Map.of("name", "probe", "ms", 200L))));
    board.notPacked("agent.yaml is wrong.");
    assertThat(fields()).containsEntry("state", "not_packed").containsEntry("ready", true);

    board.started(43, Map.of());
    assertThat(fields()).containsEntry("boot", null).containsEntry("error", null);
    assertThat(fields().get("previous_boot")).isNotNull();
    board.ended(3, "the agent exited with code 3");
    assertThat(fields())
        .containsEntry("state", "ended")
        .containsEntry("exit_code", 3)
        .containsEntry("pid", null);
  }

  @Test
  void an_agent_cannot_report_for_the_launcher() throws IOException {
    board.started(42, Map.of());

    line(READY.replace("\"par\"", "\"agent\""));

    assertThat(fields()).containsEntry("state", "starting");
  }
}
