package global.pixell.par.launcher.failure;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.Par;
import global.pixell.par.launcher.config.LauncherConfig;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OperatorHintsTest {

  /** No environment variable sets these options, so no hint that a task can get names them. */
  private static final Set<String> WITHOUT_VARIABLE =
      Set.of("allowHost", "keyLayout", "cacheLockTimeout", "onEvent", "sleeper", "build");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Mount a volume, and point cacheDirectory(…) at it.|Mount a volume, and point PAR_CACHE_DIR at it.",
        "Add #sha256=HEX or withDigest(…), or set requireDigest(false).|Add #sha256=HEX or PACKAGE_SHA256, or set PAR_REQUIRE_SHA256=false.",
        "Raise the limit of entries with maxUnpacked(…).|Raise the limit of entries with PAR_MAX_ENTRIES.",
        "Allow it with allowBucket(…).|Add it to S3_BUCKET.",
        "Fetch it again (soon).|Fetch it again (soon).",
      })
  void an_operator_reads_variables_in_place_of_settings(String hint, String expected) {
    assertThat(OperatorHints.of(hint)).isEqualTo(expected);
  }

  @Test
  void every_setting_of_the_library_has_its_variable() {
    Set<String> phrases = OperatorHints.phrases().keySet();
    assertThat(
            Stream.of(Par.Builder.class.getMethods())
                .filter(m -> Modifier.isPublic(m.getModifiers()))
                .filter(m -> m.getDeclaringClass() != Object.class)
                .map(Method::getName)
                .distinct()
                .filter(name -> !WITHOUT_VARIABLE.contains(name))
                .filter(name -> phrases.stream().noneMatch(p -> p.contains(name + "("))))
        .isEmpty();
  }

  @Test
  void every_variable_of_a_hint_is_one_of_the_launcher() {
    var variable = Pattern.compile("\\b(?:PAR|PACKAGE|S3|MAX)_[A-Z0-9_]+");
    assertThat(
            OperatorHints.phrases().values().stream()
                .flatMap(text -> variable.matcher(text).results())
                .map(MatchResult::group))
        .isNotEmpty()
        .allMatch(name -> LauncherConfig.KNOWN.contains(name) || name.equals("PAR_JAVA_OPTS"));
  }
}
