package global.pixell.par.internal.version;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VersionRangeTest {

  private static final List<String> PUBLISHED =
      List.of(
          "0.9.0",
          "1.2.0",
          "1.10.0",
          "1.2.9",
          "2.0.0-rc.1",
          "v1.2.10",
          "junk",
          "1.2.3-beta.2",
          "1.2.3-beta.11");

  @ParameterizedTest
  @CsvSource({
    "latest,1.10.0",
    "^1.2,1.10.0",
    "~1.2.3,v1.2.10",
    "1.x,1.10.0",
    "1.2.x,v1.2.10",
    "^0.9,0.9.0",
    "~1.2.3-beta.1,v1.2.10",
    "^2.0.0-rc.0,2.0.0-rc.1"
  })
  void the_newest_version_in_the_range_is_chosen(String range, String expected) {
    assertThat(VersionRange.parse(range).orElseThrow().newest(PUBLISHED)).contains(expected);
  }

  @ParameterizedTest
  @CsvSource({"^0,0.10.0", "^0.0,0.0.9", "^0.0.3,0.0.3", "^0.1,0.1.7", "~0,0.10.0", "~0.0,0.0.9"})
  void what_a_range_leaves_out_may_grow_below_one_too(String range, String expected) {
    assertThat(
            VersionRange.parse(range)
                .orElseThrow()
                .newest(List.of("0.0.3", "0.0.9", "0.1.0", "0.1.7", "0.10.0", "1.0.0")))
        .contains(expected);
  }

  @Test
  void a_pre_release_is_not_the_latest() {
    assertThat(VersionRange.parse("latest").orElseThrow().newest(List.of("2.0.0-rc.1"))).isEmpty();
  }

  @Test
  void numeric_identifiers_of_a_pre_release_are_compared_as_numbers() {
    assertThat(
            VersionRange.parse("^1.2.3-beta.1")
                .orElseThrow()
                .newest(List.of("1.2.3-beta.2", "1.2.3-beta.11")))
        .contains("1.2.3-beta.11");
  }

  @Test
  void an_exact_version_needs_no_listing_of_versions() {
    assertThat(VersionRange.parse("1.2.0").orElseThrow().exact()).contains("1.2.0");
    assertThat(VersionRange.parse("^1.2.0").orElseThrow().exact()).isEmpty();
  }

  @Test
  void what_is_no_version_is_refused() {
    assertThat(VersionRange.parse("../1")).isEmpty();
    assertThat(VersionRange.parse("^one")).isEmpty();
    assertThat(VersionRange.parse("")).isEmpty();
  }
}
