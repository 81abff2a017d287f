package global.pixell.par.launcher.agent.preparation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.ParException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackageReviewTest {

  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void pack() throws IOException {
    pack("command: [sh, none.sh]");
  }

  private void pack(String start) throws IOException {
    file = directory.resolve("agent.apkg");
    try (var zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.putNextEntry(new ZipEntry("agent.yaml"));
      zip.write(("name: a\nversion: 1\n" + start + "\n").getBytes(StandardCharsets.UTF_8));
      zip.closeEntry();
    }
  }

  @Test
  void a_package_is_looked_through_and_nothing_stays_behind() throws IOException {
    Path temporary = Files.createDirectory(directory.resolve("tmp"));

    assertThat(review(temporary, false).findings())
        .containsExactly("command names none.sh, which is not in the package.");
    try (var left = Files.list(temporary)) {
      assertThat(left).isEmpty();
    }
    assertThat(refused(temporary).kind()).isEqualTo(ParException.Kind.BAD_PACKAGE);
  }

  @Test
  void a_package_is_startable_unless_something_stops_every_boot() throws IOException {
    Map<String, Boolean> startable = new LinkedHashMap<>();
    startable.put("command: [sh, none.sh]", true);
    startable.put("command: [./none]", false);
    startable.put("entrypoint: none.py", false);
    startable.put("runtime: node20\nentrypoint: none.js", false);
    startable.put("ui: {path: none}", false);
    for (var each : startable.entrySet()) {
      pack(each.getKey());
      assertThat(review(directory, false).startable()).as(each.getKey()).isEqualTo(each.getValue());
    }
  }

  @Test
  void without_a_place_to_unpack_only_strict_fails() {
    Path absent = directory.resolve("absent");

    assertThat(review(absent, false).findings())
        .singleElement()
        .asString()
        .contains("PAR did not check");
    assertThat(refused(absent).kind()).isEqualTo(ParException.Kind.DISK);
  }

  private PackageReview.Review review(Path temporary, boolean strict) {
    Map<String, String> environment =
        Map.of("TMPDIR", temporary.toString(), "PATH", "/usr/bin:/bin");
    return PackageReview.of(file, environment, "linux/amd64", strict);
  }

  private ParException refused(Path temporary) {
    return catchThrowableOfType(ParException.class, () -> review(temporary, true));
  }
}
