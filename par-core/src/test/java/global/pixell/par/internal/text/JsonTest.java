package global.pixell.par.internal.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {

  @Test
  void what_is_written_is_read_again_in_its_order() throws IOException {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("text", "a\"b\\c\u0000\n ü 😀");
    fields.put("number", 12);
    fields.put("list", List.of("x", 1L, true));
    fields.put("map", Map.of("k", "v"));
    fields.put("path", Path.of("a/b"));
    fields.put("there", Optional.of("yes"));
    fields.put("absent", Optional.empty());

    String json = Json.write(fields);

    assertThat(Json.read(json).keySet())
        .containsExactly("text", "number", "list", "map", "path", "there");
    assertThat(Json.text(Json.read(json), "text")).contains("a\"b\\c\u0000\n ü 😀");
    assertThat(Json.text(Json.read(json), "path")).contains("a/b");
    assertThat(Json.write(Json.read(json))).isEqualTo(json);
    assertThat(Json.read(Json.writePretty(fields))).isEqualTo(Json.read(json));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{\"n\":1.50}", "{\"n\":123456789012345678901234567890}", "{\"n\":-1E+40}"})
  void a_number_keeps_its_digits(String json) throws IOException {
    assertThat(Json.write(Json.read(json))).isEqualTo(json);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "1", "[]", "{", "{}}", "{\"a\":1,\"a\":2}", "{\"a\":NaN}", "{a:1}", "{} x"})
  void anything_but_one_object_is_refused(String text) {
    assertThatThrownBy(() -> Json.read(text)).isInstanceOf(IOException.class);
  }

  @Test
  void depth_is_bounded() {
    assertThatThrownBy(() -> Json.read("{\"a\":".repeat(100_000))).isInstanceOf(IOException.class);
  }

  @Test
  void noise_is_read_or_refused_and_nothing_else() {
    var random = new Random(20260102);
    String alphabet = "{}[]\",:\\u0019ntrue.-e ";
    for (int i = 0; i < 20_000; i++) {
      var text = new StringBuilder("{");
      for (int n = random.nextInt(24); n > 0; n--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      try {
        Json.write(Json.read(text.toString()));
      } catch (IOException refused) {
        assertThat(refused).hasMessageNotContaining("NullPointer");
      }
    }
  }
}
