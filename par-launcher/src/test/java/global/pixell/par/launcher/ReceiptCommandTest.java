package global.pixell.par.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import global.pixell.par.ParException;
import global.pixell.par.internal.text.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReceiptCommandTest {

  private static final String COLD =
      """
      {"started":"2026-01-02T03:04:05Z","java":"17.0.15","outcome":"ready","sha256":"aa","cache_hit":false,"retries":2,
       "phases_ms":{"config":100,"fetch":900,"start":10,"ready":190,"total":1200}}
      """;
  private static final String WARM =
      """
      {"started":"2026-01-02T03:05:05Z","java":"25.0.3","outcome":"ready","sha256":"aa","cache_hit":true,
       "phases_ms":{"config":90,"fetch":60,"start":10,"ready":200,"total":360}}
      """;

  @Test
  void two_boots_differ_by_phase_and_for_reasons() throws IOException {
    assertThat(ReceiptCommand.compare(Json.read(WARM), Json.read(COLD)))
        .startsWith(
            "The second boot took 1200 ms and the first 360: +840 ms, of which +840 in 'fetch'.",
            "The first had the package in its cache, the second downloaded it.",
            "The second needed more attempts, because S3 or the network failed.",
            "They ran on different versions of PAR or Java.")
        .contains("  phases_ms.fetch  60 -> 900", "  retries          (none) -> 2");
  }

  @Test
  void the_same_boot_does_not_differ_from_itself() throws IOException {
    String same = COLD.replace("1200", "\"unknown\"");

    assertThat(ReceiptCommand.compare(Json.read(same), Json.read(same)))
        .isEqualTo(List.of("The two boots do not differ."));
  }

  @Test
  void a_faster_boot_is_told_as_such() throws IOException {
    assertThat(ReceiptCommand.compare(Json.read(COLD), Json.read(WARM)).get(0))
        .isEqualTo(
            "The second boot took 360 ms and the first 1200: -840 ms, of which -840 in 'fetch'.");
  }

  @Test
  void a_receipt_is_shown_a_line_a_field() throws IOException {
    assertThat(ReceiptCommand.show(Json.read(WARM)))
        .contains("cache_hit        true", "phases_ms.total  360");
  }

  @Test
  void the_newest_of_a_cache_is_found_and_none_is_an_error(@TempDir Path cache) throws IOException {
    assertThatThrownBy(() -> ReceiptCommand.newest(cache))
        .isInstanceOf(ParException.class)
        .hasMessage("There is no receipt in " + cache.resolve("receipts") + ".");
    Path folder = Files.createDirectory(cache.resolve("receipts"));
    Files.writeString(folder.resolve("2026-01-02T03-04-05Z-7.json"), COLD);
    Path newest = Files.writeString(folder.resolve("2026-01-02T03-05-05Z-3.json"), WARM);

    assertThat(ReceiptCommand.newest(cache)).isEqualTo(newest);
    assertThat(ReceiptCommand.read(newest)).containsEntry("java", "25.0.3");
  }

  @Test
  void a_file_that_is_no_receipt_is_said_to_be_none(@TempDir Path directory) throws IOException {
    Path json = Files.writeString(directory.resolve("package.json"), "{\"name\":\"x\"}");
    Path text = Files.writeString(directory.resolve("notes"), "not JSON");

    for (Path file : List.of(json, text)) {
      assertThatThrownBy(() -> ReceiptCommand.read(file))
          .isInstanceOf(ParException.class)
          .hasMessage(file + " is not a boot receipt.");
    }
  }
}
