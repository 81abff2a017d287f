package global.pixell.par.testkit.internal.control.page;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PageFileTest {

  private static final Pattern IMPORT = Pattern.compile("from \"\\./([^\"]+)\"");
  private static final Pattern LINK = Pattern.compile("(?:src|href)=\"([^\"]+)\"");

  static Stream<String> names() {
    return PageFile.NAMES.stream();
  }

  private static String text(String name) {
    return new String(PageFile.find(name).orElseThrow().content(), UTF_8);
  }

  @ParameterizedTest
  @MethodSource("names")
  void each_file_has_its_type_and_uses_only_files_of_the_page(String name) {
    PageFile file = PageFile.find(name).orElseThrow();
    assertThat(file.contentType()).startsWith(name.endsWith(".svg") ? "image/" : "text/");
    assertThat(IMPORT.matcher(text(name)).results().map(m -> m.group(1)))
        .allMatch(PageFile.NAMES::contains);
  }

  @ParameterizedTest
  @MethodSource("names")
  void no_file_makes_markup_of_a_text_or_asks_another_host(String name) {
    assertThat(text(name))
        .doesNotContainPattern("innerHTML|outerHTML|insertAdjacentHTML|document\\.write|eval\\(")
        .doesNotContainPattern("(?:src|href|import|fetch|url)\\W{1,3}https?:");
  }

  @Test
  void the_page_loads_its_style_script_and_icon() {
    assertThat(LINK.matcher(text("")).results().map(m -> m.group(1)))
        .contains("page.css", "page.js", "icon.svg")
        .allMatch(name -> name.startsWith("#") || PageFile.NAMES.contains(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"PageFile.class", "../page/page.js", "/page.js", "page.js/", "Page.js"})
  void other_names_find_nothing(String name) {
    assertThat(PageFile.find(name)).isEmpty();
  }
}
