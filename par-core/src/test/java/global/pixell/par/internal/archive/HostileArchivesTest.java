package global.pixell.par.internal.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.ParException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The corpus: handmade archives, each wrong or unusual in one way, with the expected verdict. The
 * test checks and unpacks each archive. Both must give the same verdict, and no file may appear
 * outside the staging folder.
 */
class HostileArchivesTest {

  static final UnpackLimits LIMITS = new UnpackLimits(64L << 20, 100);

  private final Path folder;

  HostileArchivesTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @ParameterizedTest(name = "{0}: {2}")
  @MethodSource("refused")
  void is_refused_with_its_reason(String what, byte[] archive, String sentence) throws IOException {
    Path staging = Files.createDirectories(folder.resolve("outer/staging"));

    ParException checked =
        catchThrowableOfType(
            ParException.class, () -> TestUnpack.check(TestZip.archive(archive), LIMITS));
    ParException unpacked =
        catchThrowableOfType(
            ParException.class, () -> TestUnpack.unpack(TestZip.archive(archive), staging, LIMITS));

    assertThat(checked).as(what).isNotNull();
    assertThat(checked.kind()).isEqualTo(ParException.Kind.BAD_PACKAGE);
    assertThat(checked).hasMessageContaining(sentence);
    assertThat(checked.getMessage()).doesNotContainPattern("[\\x00-\\x1f\\x7f]");
    assertThat(checked.hint()).isNotBlank();
    assertThat(unpacked).isNotNull().hasMessage(checked.getMessage());
    try (Stream<Path> outside = Files.walk(folder)) {
      assertThat(outside.filter(p -> !p.startsWith(staging)))
          .containsExactlyInAnyOrder(folder, folder.resolve("outer"));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("accepted")
  void is_unpacked(String what, byte[] archive, String files) throws IOException {
    TestUnpack.check(TestZip.archive(archive), LIMITS);
    TestUnpack.unpack(TestZip.archive(archive), folder, LIMITS);

    assertThat(String.join(" ", UnpackerTest.tree(folder).keySet())).as(what).isEqualTo(files);
  }

  static Stream<Arguments> refused() {
    var cases = new ArchiveCases();
    HostileNames.addTo(cases);
    HostileKinds.addTo(cases);
    HostileHeaders.addTo(cases);
    HostileLayouts.addTo(cases);
    HostileSizes.addTo(cases);
    return cases.stream();
  }

  static Stream<Arguments> accepted() {
    return UnusualArchives.cases().stream();
  }
}
