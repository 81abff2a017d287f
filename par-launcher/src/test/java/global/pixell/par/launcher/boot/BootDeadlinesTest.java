package global.pixell.par.launcher.boot;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.internal.text.Redactor;
import global.pixell.par.launcher.config.LauncherConfig;
import global.pixell.par.launcher.log.LogStream;
import global.pixell.par.launcher.stop.StopSignal;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BootDeadlinesTest {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final LogStream log =
      new LogStream(
          out,
          Clock.systemUTC(),
          LogStream.Level.INFO,
          Redactor.standard(),
          "app",
          Optional.empty());
  private final BootState state = new BootState(Clock.systemUTC());
  private final StopSignal stop = new StopSignal();
  private final BootPhases phases = new BootPhases(Clock.systemUTC());

  @Test
  @SuppressWarnings("try") // The deadlines run in the background.
  void a_boot_that_passes_its_hard_limit_is_told_to_stop_at_once() throws Exception {
    var stopped = new CountDownLatch(1);
    stop.onStop(stopped::countDown);

    // The budget counts from the start of this JVM, so it has already passed.
    try (var deadlines = BootDeadlines.start(config(1, 1), phases, state, stop, log)) {
      assertThat(stopped.await(30, TimeUnit.SECONDS)).isTrue();
    }

    assertThat(state.snapshot().state()).isEqualTo(BootState.State.STOPPING);
    assertThat(stop.order().orElseThrow().kind()).isEqualTo(StopSignal.Kind.BOOT_TIMEOUT);
    assertThat(stop.order().orElseThrow().remaining()).isZero();
  }

  @Test
  void a_ready_agent_is_beyond_both_deadlines() throws Exception {
    state.ready("up");
    try (var deadlines = BootDeadlines.start(config(1, 1), phases, state, stop, log)) {
      // The timer has one thread and runs due tasks in order, so both deadlines have been checked
      // by then.
      deadlines.runAfterAllDue(Duration.ofSeconds(30));
    }

    assertThat(stop.isSet()).isFalse();
    assertThat(log.flush(Duration.ofSeconds(20))).isTrue();
    assertThat(out.toString(StandardCharsets.UTF_8)).isEmpty();
  }

  @Test
  void the_budget_warns_with_the_phase_and_ends_nothing() throws Exception {
    phases.begin("fetch");
    try (var deadlines = BootDeadlines.start(config(1, 0), phases, state, stop, log)) {
      deadlines.runAfterAllDue(Duration.ofSeconds(30));
    }

    assertThat(stop.isSet()).isFalse();
    assertThat(log.flush(Duration.ofSeconds(20))).isTrue();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("\"Boot budget exceeded\"", "\"phase\":\"fetch\"", "\"budget_ms\":1");
  }

  private static LauncherConfig config(int budgetMillis, int multiplier) {
    var environment = new HashMap<String, String>();
    environment.put("AGENT_APP_ID", "app");
    environment.put("AGENT_PACKAGE_PATH", "/x.apkg");
    environment.putAll(
        Map.of("BOOT_BUDGET_MS", "" + budgetMillis, "BOOT_HARD_LIMIT_MULTIPLIER", "" + multiplier));
    return LauncherConfig.fromEnvironment(environment);
  }
}
