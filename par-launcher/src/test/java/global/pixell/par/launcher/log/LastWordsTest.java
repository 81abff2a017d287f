package global.pixell.par.launcher.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LastWordsTest {

  private static LastWords of(String stderr, String stdout) {
    return LastWords.of(stderr.lines().toList(), stdout.lines().toList(), UnaryOperator.identity());
  }

  @Test
  void a_python_traceback_names_its_cause_in_its_last_line() {
    LastWords words =
        of(
            """
            Traceback (most recent call last):
              File "main.py", line 1, in <module>
                import orders
            ModuleNotFoundError: No module named 'orders'
            """,
            "starting\n");

    assertThat(words.cause()).contains("ModuleNotFoundError: No module named 'orders'");
    assertThat(words.lines()).startsWith("Traceback (most recent call last):").endsWith("starting");
  }

  @Test
  void of_chained_python_errors_the_last_counts() {
    assertThat(
            of(
                    """
                    KeyError: 'a'

                    During handling of the above exception, another exception occurred:

                    Traceback (most recent call last):
                    app.errors.ConfigError: no a
                    """,
                    "")
                .cause())
        .contains("app.errors.ConfigError: no a");
  }

  @Test
  void node_names_its_cause_before_its_stack() {
    assertThat(
            of(
                    """
                    node:internal/modules/cjs/loader:1080
                      throw err;
                      ^

                    Error: Cannot find module '/srv/index.js'
                        at Module._resolveFilename (node:internal/modules/cjs/loader:1077:15)
                        at Function.executeUserEntryPoint [as runMain] (node:internal/modules:81:12) {
                      code: 'MODULE_NOT_FOUND',
                      requireStack: []
                    }

                    Node.js v18.19.0
                    """,
                    "")
                .cause())
        .contains("Error: Cannot find module '/srv/index.js'");
  }

  @Test
  void java_names_its_deepest_cause() {
    assertThat(
            of(
                    """
                    Exception in thread "main" java.lang.IllegalStateException: cannot start
                    \tat app.Main.main(Main.java:5)
                    Caused by: java.net.BindException: Address already in use
                    \t... 1 more
                    """,
                    "")
                .cause())
        .contains("Caused by: java.net.BindException: Address already in use");
  }

  @Test
  void go_names_it_after_panic() {
    assertThat(
            of("panic: runtime error: index out of range\n\ngoroutine 1 [running]:\n", "").cause())
        .contains("panic: runtime error: index out of range");
  }

  @Test
  void chatter_on_stdout_does_not_push_stderr_out() {
    String chatter = String.join("\n", IntStream.range(0, 40).mapToObj(i -> "line " + i).toList());

    LastWords words = of("it failed\n", chatter);

    assertThat(words.lines()).hasSize(20).startsWith("it failed").endsWith("line 39");
    assertThat(words.sentence()).startsWith("Its last lines: it failed | line 21");
  }

  @Test
  void a_long_line_keeps_its_beginning_and_its_end_and_is_redacted_before() {
    String line =
        "begin " + "x".repeat(190) + " password=hunter2hunter2 " + "x".repeat(5000) + " end";

    LastWords words =
        LastWords.of(
            List.of(line), List.of(), global.pixell.par.internal.text.Redactor.standard()::redact);

    assertThat(words.lines().get(0)).startsWith("begin ").endsWith(" end").doesNotContain("hunter");
  }

  @Test
  void who_printed_nothing_is_said_to() {
    assertThat(of("", "").sentence()).isEqualTo("It printed nothing.");
  }
}
