package global.pixell.par.launcher.agent;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.launcher.log.LastWords;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExitExplanationTest {

  @TempDir private Path root;
  private Path membership;

  @BeforeEach
  void join() throws IOException {
    membership = Files.writeString(root.resolve("membership"), "0::/task\n");
  }

  @Test
  void a_kill_by_the_kernel_is_told_from_any_other() throws IOException {
    assertThat(explain(137, OutOfMemoryKills.fromNow(membership, root)))
        .isEqualTo("Exit code 137 is SIGKILL; out of memory is the usual reason.");

    Path group = Files.createDirectory(root.resolve("task"));
    Files.writeString(group.resolve("memory.events"), "low 0\noom 1\noom_kill 3\n");
    Files.writeString(group.resolve("memory.max"), "536870912\n");
    OutOfMemoryKills kills = OutOfMemoryKills.fromNow(membership, root);
    assertThat(explain(137, kills))
        .contains("counted no out-of-memory kill", "The limit of memory is 512 MB.");

    Files.writeString(group.resolve("memory.events"), "low 0\noom 2\noom_kill 4\n");
    assertThat(explain(137, kills))
        .contains("the kernel killed it because the memory was full", "512 MB");
  }

  @Test
  void a_kernel_with_cgroup_1_tells_it_too() throws IOException {
    Files.writeString(membership, "8:pids:/\n4:memory:/task\n0::/\n");
    Path group = Files.createDirectories(root.resolve("memory/task"));
    Files.writeString(group.resolve("memory.limit_in_bytes"), "9223372036854771712\n");
    Files.writeString(
        group.resolve("memory.oom_control"), "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n");
    OutOfMemoryKills kills = OutOfMemoryKills.fromNow(membership, root);
    Files.writeString(
        group.resolve("memory.oom_control"), "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");

    assertThat(explain(137, kills))
        .isEqualTo("Exit code 137 is SIGKILL: the kernel killed it because the memory was full.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "126 | could not execute | x bit",
        "127 | was not found | PATH",
        "132 | SIGILL | for this processor",
        "134 | SIGABRT | output above",
        "135 | SIGBUS | /dev/shm",
        "139 | SIGSEGV | PYTHONFAULTHANDLER=1",
        "143 | SIGTERM | output above",
      })
  void codes_that_are_not_the_agents_own_are_explained(int code, String meaning, String hint) {
    ExitExplanation why =
        ExitExplanation.of(code, LastWords.none(), OutOfMemoryKills.fromNow(membership, root));

    assertThat(why.meaning()).contains("Exit code " + code, meaning);
    assertThat(why.hint()).contains(hint);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ModuleNotFoundError: No module named 'boto3' | Add boto3 to requirements.txt",
        "Error: Cannot find module 'express' | Add express to package.json",
        "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'got' imported from | Add got to package",
        "Error: Could not find or load main class acme.Main | check the name acme.Main",
        "java.lang.UnsupportedClassVersionError: acme/Main has been compiled | newer Java",
        "OSError: [Errno 98] error while attempting to bind: address already in use | REST_PORT",
        "Error: listen EADDRINUSE: address already in use :::8080 | REST_PORT",
        "FATAL ERROR: Reached heap limit - JavaScript heap out of memory | more memory",
        "ImportError: /lib/libc.so.6: version `GLIBC_2.38' not found | needs GLIBC_2.38",
        "PermissionError: [Errno 13] Permission denied: 'data.db' | check data.db",
        "nothing that is known | See the agent's output above this line.",
      })
  void the_last_lines_give_the_hint(String line, String hint) {
    var words = new LastWords(Optional.empty(), List.of("first", line, "\tat something"));

    ExitExplanation why = ExitExplanation.of(1, words, OutOfMemoryKills.fromNow(membership, root));

    assertThat(why.meaning()).isEmpty();
    assertThat(why.hint()).contains(hint);
  }

  @Test
  void what_the_host_says_is_the_reason() {
    var words =
        new LastWords(
            Optional.empty(),
            List.of(
                "Traceback",
                "{\"event\": \"Agent not loaded\", \"error\": \"No main.py.\", \"hint\": \"Add it.\"}"));

    assertThat(ExitExplanation.of(1, words, OutOfMemoryKills.fromNow(membership, root)))
        .isEqualTo(new ExitExplanation("No main.py.", "Add it."));
  }

  private static String explain(int code, OutOfMemoryKills kills) {
    return ExitExplanation.of(code, LastWords.none(), kills).meaning();
  }
}
