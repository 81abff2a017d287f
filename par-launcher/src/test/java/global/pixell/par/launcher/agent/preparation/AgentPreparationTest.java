package global.pixell.par.launcher.agent.preparation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.Par;
import global.pixell.par.ParException;
import global.pixell.par.launcher.agent.AgentCommand;
import global.pixell.par.launcher.agent.Executable;
import global.pixell.par.launcher.agent.PrepareLog;
import global.pixell.par.launcher.config.LauncherConfig;
import global.pixell.par.launcher.failure.ExitCode;
import global.pixell.par.launcher.failure.LaunchException;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentPreparationTest {

  @TempDir Path tree;
  @TempDir Path cache;

  private final Map<String, String> environment = new HashMap<>();

  private final List<String> warnings = new ArrayList<>();
  private final PrepareLog log =
      new PrepareLog() {
        @Override
        public void info(String event, Map<String, Object> fields) {}

        @Override
        public void warning(String event, Map<String, Object> fields) {
          warnings.add(String.valueOf(fields.get("message")));
        }
      };

  @Test
  void a_program_of_the_package_goes_before_one_on_the_path() throws IOException {
    Path own = Files.writeString(tree.resolve("sh"), "#!/bin/sh\n");
    assertThat(own.toFile().setExecutable(true)).isTrue();

    assertThat(command("command: [sh, -c, x]").argv()).containsExactly(own.toString(), "-c", "x");
    Files.delete(own);
    assertThat(command("command: [sh, -c, x]").argv().get(0)).isIn("/bin/sh", "/usr/bin/sh");
  }

  @Test
  void java_and_node_are_started_by_their_entrypoint() throws IOException {
    Files.createFile(tree.resolve("app.jar"));
    Files.createFile(tree.resolve("lib.jar"));

    assertThat(command("runtime: java17\nentrypoint: app.jar").argv())
        .endsWith("-jar", tree.resolve("app.jar").toString());
    assertThat(command("runtime: java17\nentrypoint: com.acme.Main").argv())
        .endsWith(
            "-cp",
            tree + ":" + tree.resolve("app.jar") + ":" + tree.resolve("lib.jar"),
            "com.acme.Main");
  }

  @Test
  void what_cannot_be_started_says_why() throws IOException {
    Files.createFile(tree.resolve("run.sh"));
    script("windows.sh", "#!/bin/sh\r\necho hi\r\n");
    script("nowhere.sh", "#!/opt/none/python\n");
    script("env.sh", "#!/usr/bin/env -S no-such-interpreter -u\n");
    script("text", "echo hi\n");
    byte[] other = new byte[64];
    System.arraycopy(new byte[] {0x7f, 'E', 'L', 'F', 2, 1}, 0, other, 0, 6);
    other[18] = (byte) (Executable.hostPlatform().endsWith("arm64") ? 62 : 183);
    Files.write(tree.resolve("foreign"), other);
    assertThat(tree.resolve("foreign").toFile().setExecutable(true)).isTrue();

    assertThat(refused("command: [windows.sh]"))
        .hasMessageContaining("ends with a carriage return")
        .hasMessageContaining("/bin/sh\\r");
    assertThat(refused("command: [nowhere.sh]")).hasMessageContaining("/opt/none/python");
    assertThat(refused("command: [env.sh]"))
        .hasMessageContaining(
            "'env.sh' needs the interpreter no-such-interpreter, which is not on PATH");
    assertThat(refused("command: [./none]"))
        .hasMessage("The program './none' is not a file of the package.");
    assertThat(refused("command: [text]")).hasMessageContaining("neither a program of Linux nor");
    assertThat(refused("command: [foreign]"))
        .hasMessageContaining("is a program for")
        .hasMessageContaining("and this is linux/");
    assertThat(refused("command: [run.sh]")).hasMessageContaining("is not executable");
    assertThat(refused("command: [no-such-program]")).hasMessageContaining("nor on PATH");
    assertThat(refused("runtime: go1.21\nentrypoint: ../../bin/sh"))
        .hasMessageContaining("not a file of the package");
    assertThat(refused("entrypoint: missing.py")).hasMessageContaining("not a file of the package");
  }

  @Test
  void a_node_that_is_too_old_is_named_with_its_version() throws IOException {
    Path node = script("bin/node", "#!/bin/sh\necho v18.1.0\n");
    script("main.js", "");
    environment.put("PATH", tree.resolve("bin").toString());

    LaunchException e = refused("runtime: {node: '>=99'}\nentrypoint: main.js");

    assertThat(e.code()).isEqualTo(ExitCode.AGENT_FAILED);
    assertThat(e).hasMessage("The agent needs Node >=99, and " + node + " is Node 18.1.0.");
    assertThat(e.hint()).isEqualTo("Take an image with Node >=99.");
  }

  @Test
  void a_pip_that_hangs_is_ended_at_its_timeout() throws IOException {
    script(
        "bin/python3",
        """
        #!/bin/sh
        case "$*" in
          *json.dumps*)
            echo '{"executable": "'$0'", "version": "3.11.2", "platform": "linux"}' ;;
          *'import pip'*) echo 23.0 ;;
          *'-m venv'*) ;;
          *) exec /bin/sleep 600 ;;
        esac
        """);
    script("main.py", "");
    Files.writeString(tree.resolve("requirements.txt"), "greeting==1.0\n");
    environment.put("PATH", tree.resolve("bin").toString());
    environment.put("PAR_PIP_TIMEOUT_MS", "500");

    LaunchException e = refused("runtime: python\nentrypoint: main.py");

    assertThat(e.code()).isEqualTo(ExitCode.AGENT_FAILED);
    assertThat(e).hasMessageContaining(" did not end within 500 ms (PAR_PIP_TIMEOUT_MS).");
    assertThat(e.hint()).contains("index", "WHEELHOUSE_DIR");
  }

  @Test
  void the_agent_gets_the_task_the_package_and_the_manifest_in_this_order() throws IOException {
    Files.writeString(
        tree.resolve(".env"), "# no\nA=env\nB = 'quoted' \nC=x=y\nC=last\nHOME=/evil\nbroken\n");

    Map<String, String> environment =
        command(
                "command: [sh]\nenvironment: {A: manifest, D: '${TASK:-x}/${NONE:-y}/${NONE}', PATH: /evil}")
            .environment();

    assertThat(environment)
        .containsEntry("A", "manifest")
        .containsEntry("B", "quoted")
        .containsEntry("C", "last")
        .containsEntry("D", "from-task/y/")
        .containsEntry("HOME", "/home/agent")
        .containsEntry("AGENT_APP_ID", "app")
        .containsEntry("REST_PORT", "8080");
    assertThat(environment.get("PATH")).doesNotContain("evil");
  }

  @Test
  void secrets_and_pars_own_variables_stay_behind() {
    assertThat(command("command: [sh]").environment())
        .containsKeys("AWS_REGION", "TASK")
        .doesNotContainKeys(
            "AWS_SECRET_ACCESS_KEY",
            "AWS_ACCESS_KEY_ID",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "PACKAGE_URL",
            "PAR_OFFLINE");
  }

  @Test
  void a_port_in_use_is_named_before_the_agent_starts() throws IOException {
    try (var taken = new ServerSocket(0)) {
      environment.put("REST_PORT", String.valueOf(taken.getLocalPort()));

      assertThat(refused("command: [sh]\nready: {http: /}"))
          .hasMessageContaining("REST_PORT " + taken.getLocalPort() + " cannot be used");
      command("command: [sh]");
      assertThat(warnings).anyMatch(warning -> warning.startsWith("REST_PORT"));
    }
  }

  @Test
  void the_words_of_a_command_see_the_agents_environment_and_nothing_else() {
    AgentCommand command =
        command("command: [sh, '${REST_PORT}', '${AWS_SECRET_ACCESS_KEY}', '${NO:-x}', $TASK]");

    assertThat(command.argv()).endsWith("8080", "", "x", "$TASK");
    assertThat(warnings).anyMatch(warning -> warning.contains("${AWS_SECRET_ACCESS_KEY}"));
  }

  @Test
  void a_nul_in_a_word_is_a_fault_of_the_package() {
    for (String yaml : List.of("command: [sh, \"a\\0b\"]", "entrypoint: \"a\\0b\"")) {
      assertThat(catchThrowableOfType(ParException.class, () -> command(yaml)).kind())
          .isEqualTo(ParException.Kind.BAD_PACKAGE);
    }
  }

  private Path script(String name, String text) throws IOException {
    Path file = tree.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file;
  }

  private LaunchException refused(String yaml) {
    return catchThrowableOfType(LaunchException.class, () -> command(yaml));
  }

  private AgentCommand command(String yaml) {
    try {
      Files.writeString(tree.resolve("agent.yaml"), "name: a\nversion: 1\n" + yaml + "\n");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    environment.put("AGENT_APP_ID", "app");
    environment.put("PACKAGE_URL", "s3://pixell-agent-packages/a.apkg");
    environment.putIfAbsent("PATH", "/usr/bin:/bin");
    environment.put("HOME", "/home/agent");
    environment.put("TASK", "from-task");
    environment.put("PAR_OFFLINE", "false");
    environment.put("AWS_REGION", "us-east-2");
    environment.put("AWS_ACCESS_KEY_ID", "AKIA0000000000000000");
    environment.put("AWS_SECRET_ACCESS_KEY", "secret-secret");
    environment.put("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x");
    environment.put("PAR_CACHE_DIR", cache.toString());
    try (var par = Par.builder().cacheDirectory(tree).allowBucket("packages").build()) {
      return AgentPreparation.prepare(
          par.open(tree).manifest(),
          tree,
          Optional.empty(),
          LauncherConfig.fromEnvironment(environment),
          Map.of(),
          log);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
