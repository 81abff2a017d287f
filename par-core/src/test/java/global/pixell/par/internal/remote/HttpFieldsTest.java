package global.pixell.par.internal.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpFieldsTest {

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:10Z");

  @Test
  void a_range_of_bytes_is_read_and_nothing_else() {
    assertThat(HttpFields.contentRange(Optional.of("bytes 5-9/10")))
        .contains(new HttpFields.ContentRange(5, 9, OptionalLong.of(10)));
    assertThat(HttpFields.contentRange(Optional.of("bytes 5-9/*")))
        .contains(new HttpFields.ContentRange(5, 9, OptionalLong.empty()));
    for (String other :
        new String[] {"bytes */10", "5-9/10", "bytes 5-9", "bytes 99999999999999999999-9/10"}) {
      assertThat(HttpFields.contentRange(Optional.of(other))).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'\"abc-2\"',abc-2",
    "' \"abc\" ',abc",
    "abc,abc",
  })
  void a_strong_tag_loses_its_quotes(String field, String tag) {
    assertThat(HttpFields.entityTag(Optional.of(field))).contains(tag);
  }

  @ParameterizedTest
  @ValueSource(strings = {"W/\"abc\"", "W/abc", "\"a\"b\"", "a b", "", "\"\""})
  void what_is_no_strong_tag_is_none(String field) {
    assertThat(HttpFields.entityTag(Optional.of(field))).isEmpty();
  }

  @Test
  void a_version_of_suspended_versioning_is_none() {
    assertThat(HttpFields.versionId(Optional.of(" 3sL4kqtJlcpXroDTDmJ ")))
        .hasValue("3sL4kqtJlcpXroDTDmJ");
    assertThat(HttpFields.versionId(Optional.of("null"))).isEmpty();
    assertThat(HttpFields.versionId(Optional.of(""))).isEmpty();
  }

  @Test
  void a_wait_is_read_in_each_of_its_forms() {
    assertThat(wait(Map.of("x-amz-retry-after", "250", "Retry-After", "9")))
        .contains(Duration.ofMillis(250));
    assertThat(wait(Map.of("Retry-After", " 9 "))).contains(Duration.ofSeconds(9));
    assertThat(wait(Map.of("Retry-After", "Thu, 01 Jan 2026 00:00:15 GMT")))
        .contains(Duration.ofSeconds(5));
    assertThat(
            wait(
                Map.of(
                    "Retry-After", "Thu, 01 Jan 2026 01:00:15 GMT",
                    "Date", "Thu, 01 Jan 2026 01:00:12 GMT")))
        .contains(Duration.ofSeconds(3));
    assertThat(wait(Map.of("Retry-After", "Thu, 01 Jan 2015 00:00:00 GMT")))
        .contains(Duration.ZERO);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "1.5", "soon", "99999999999999999999", "2026-01-01T00:00:15Z", ""})
  void a_wait_in_no_form_is_none(String field) {
    assertThat(wait(Map.of("Retry-After", field))).isEmpty();
  }

  private static Optional<Duration> wait(Map<String, String> head) {
    return HttpFields.retryAfter(name -> Optional.ofNullable(head.get(name)), NOW);
  }
}
