package global.pixell.par.testkit.cli.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files by which processes of the testkit find each other. */
class InstancesTest {

  @TempDir Path runtime;

  private Instances instances() {
    return Instances.of(Map.of("XDG_RUNTIME_DIR", runtime.toString()));
  }

  @Test
  void a_process_is_listed_until_it_removes_itself() {
    instances().put(Map.of("command", "serve", "endpoint", "http://127.0.0.1:1"));

    assertThat(instances().list())
        .singleElement()
        .satisfies(
            instance -> {
              assertThat(instance.pid()).isEqualTo(ProcessHandle.current().pid());
              assertThat(instance.get("endpoint")).isEqualTo("http://127.0.0.1:1");
              assertThat(instance.get("REST_PORT")).isEmpty();
            });
    instances().remove();
    assertThat(instances().list()).isEmpty();
  }

  @Test
  void a_file_of_a_killed_process_is_deleted_even_if_its_number_is_in_use_again() throws Exception {
    Path directory = Files.createDirectory(runtime.resolve("par-testkit"));
    long self = ProcessHandle.current().pid();
    Files.writeString(directory.resolve(self + ".process"), "started=1577836800000\ncommand=dev\n");
    Files.writeString(directory.resolve("1234567.process"), "comma");
    Files.writeString(directory.resolve("other.txt"), "stays");

    assertThat(instances().list()).isEmpty();

    assertThat(directory.toFile().list()).containsExactly("other.txt");
  }

  @Test
  void any_path_can_be_a_field() {
    instances().put(Map.of("directory", "/a\\nb = \\\\n\\\\"));

    assertThat(instances().list())
        .extracting(instance -> instance.get("directory"))
        .containsExactly("/a\\nb = \\\\n\\\\");
  }

  @Test
  void an_agent_is_found_by_number_name_and_directory() throws IOException {
    Path folder = Files.createDirectory(runtime.resolve("greeter"));
    instances()
        .put(
            Map.of(
                "command", "dev", "agent", "greeter@1.0.0", "directory", Instances.real(folder)));

    for (String wanted :
        List.of(
            "greeter", "greeter@1.0.0", folder.toString(), "" + ProcessHandle.current().pid())) {
      assertThat(instances().agent(Optional.of(wanted)).get("agent")).isEqualTo("greeter@1.0.0");
    }
    assertThat(instances().agent(Optional.empty()).get("agent")).isEqualTo("greeter@1.0.0");
    assertThatThrownBy(() -> instances().agent(Optional.of("greet")))
        .hasMessage(
            "no agent 'greet' runs; these run: greeter@1.0.0 ("
                + ProcessHandle.current().pid()
                + ")");
  }
}
