package global.pixell.par.testkit.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.launcher.terminal.TerminalFeatures;
import global.pixell.par.testkit.internal.pack.PackageFolder;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a person sees of a long packing. */
class PackProgressTest {

  private static final String ERASE = "\r\u001b[K";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private long now = Duration.ofDays(7).toNanos();

  @Test
  void a_long_packing_is_drawn_in_place_and_erased_at_its_end() {
    try (var progress = PackProgress.on(terminal(true), () -> now)) {
      progress.packed(1_000_000, 100_000_000);
      assertThat(out.size()).isZero();
      now += Duration.ofSeconds(1).toNanos();
      progress.packed(25_000_000, 100_000_000);
      progress.packed(26_000_000, 100_000_000);
    }

    assertThat(out.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            ERASE
                + "[######------------------]  25 %  25.0 of 100.0 MB  25.0 MB/s  0:03 left"
                + ERASE);
  }

  @Test
  void a_pipe_gets_none_of_it() {
    try (var progress = PackProgress.on(terminal(false), () -> now)) {
      now += Duration.ofSeconds(1).toNanos();
      progress.packed(1, 2);
    }

    assertThat(out.size()).isZero();
  }

  @Test
  void the_packer_reports_every_byte_of_every_file(@TempDir Path folder, @TempDir Path target)
      throws Exception {
    Files.writeString(folder.resolve("agent.yaml"), "name: greeter\nversion: 1.0.0\n");
    Files.write(folder.resolve("model"), new byte[300_000]);
    List<Long> reported = new ArrayList<>();
    long all = 300_000 + Files.size(folder.resolve("agent.yaml"));

    PackageFolder.pack(
        folder,
        target,
        Map.of(),
        PackageFolder.Settings.DEFAULT,
        (bytes, total) -> {
          assertThat(total).isEqualTo(all);
          reported.add(bytes);
        });

    assertThat(reported).isSorted().endsWith(all);
  }

  private Terminal terminal(boolean inPlace) {
    var stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    return new Terminal(Map.of(), stream, stream, new TerminalFeatures(false, inPlace));
  }
}
