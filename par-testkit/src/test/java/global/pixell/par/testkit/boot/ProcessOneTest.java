package global.pixell.par.testkit.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import global.pixell.par.testkit.testing.LocalAgent;
import global.pixell.par.testkit.testing.ParProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code bin/par} as the first process of a container. */
@Timeout(180)
class ProcessOneTest {

  private static final List<String> NAMESPACE =
      List.of("unshare", "--pid", "--fork", "--mount-proc", "--kill-child");

  @Test
  void orphans_are_collected_told_to_leave_and_gone_at_the_end() throws Exception {
    assumeThat(canUnshare()).as("this user may make a pid namespace").isTrue();
    try (var agent =
        new LocalAgent(
            """
            # Orphans that end, some that stay, and one that has left everything behind.
            for i in 1 2 3 4 5 6 7 8 9 10; do (sh -c 'sleep 0.01 &' &); done
            (env -i setsid /bin/sh -c 'trap "echo told >'$DIR'/told; exit" TERM
              echo up >'$DIR'/orphan; while :; do /bin/sleep 0.02; done' &)
            until [ -s $DIR/orphan ]; do sleep 0.02; done
            until ! grep -qs '^State:.Z' /proc/[0-9]*/status; do sleep 0.02; done
            trap 'exit 6' TERM
            echo $$ >$DIR/pid; echo up
            while :; do (sh -c 'sleep 30 &' &); sleep 0.02; done
            """)) {
      agent.with("GRACEFUL_SHUTDOWN_TIMEOUT_SEC", "10");
      var command = new ArrayList<>(NAMESPACE);
      command.add(LocalAgent.PAR.toString());
      try (var par = ParProcess.start(command, agent.environment())) {
        par.await("Runtime ready");
        assertThat(Long.parseLong(agent.await("pid"))).as("within the namespace").isLessThan(1000);

        // The signal is for the first process inside the namespace, not for the tool that created
        // it.
        ProcessHandle.of(par.pid()).orElseThrow().children().forEach(ProcessHandle::destroy);

        assertThat(par.exitCode()).isEqualTo(6);
        assertThat(agent.await("told")).isEqualTo("told");
        assertThat(par.lines("Runtime stopped")).hasSize(1);
      }
    }
  }

  private static boolean canUnshare() throws IOException, InterruptedException {
    var command = new ArrayList<>(NAMESPACE);
    command.add("true");
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
