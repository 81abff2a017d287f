package global.pixell.par;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import global.pixell.par.AgentManifest.Surface;
import global.pixell.par.AgentManifest.Ui;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AgentManifestTest {

  @Test
  void surfaces_are_the_declared_ones_in_one_order() {
    AgentManifest manifest =
        AgentManifest.builder("greeter", "1.0")
            .ui(Optional.of(new Ui("ui", "/")))
            .restEntry(Optional.of("app:mount"))
            .build();

    assertThat(manifest.surfaces()).containsExactly(Surface.REST, Surface.UI);
    assertThat(manifest.surfaces().stream().map(Surface::key)).containsExactly("rest", "ui");
    assertThat(manifest.runnable()).isTrue();
    assertThat(AgentManifest.builder("greeter", "1.0").build().runnable()).isFalse();
  }

  @Test
  void it_does_not_change_after_it_is_built() {
    var command = new ArrayList<>(List.of("python3"));
    var exports = new LinkedHashMap<>(Map.of("hello", "agent.hello"));
    AgentManifest manifest =
        AgentManifest.builder("greeter", "1.0").command(command).exports(exports).build();

    command.add("main.py");
    exports.clear();

    assertThat(manifest.command()).containsExactly("python3");
    assertThat(manifest.exports()).containsOnlyKeys("hello");
    assertThatThrownBy(() -> manifest.surfaces().add(Surface.UI))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void equal_content_is_an_equal_manifest() {
    AgentManifest.Builder builder = AgentManifest.builder("greeter", "1.0").command(List.of("a"));

    assertThat(builder.build()).isEqualTo(builder.build()).hasSameHashCodeAs(builder.build());
    assertThat(builder.build()).isNotEqualTo(builder.command(List.of("b")).build());
    assertThat(builder.build()).hasToString("greeter@1.0");
  }
}
