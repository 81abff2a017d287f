package global.pixell.par.internal.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordFileTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2026-11-26T23:43:00Z",
        "2026-11-26T00:00:00Z",
        "2026-11-26T23:43:37Z",
        "2026-11-26T23:43:00.001Z",
        "2026-11-26T23:43:37.123456789Z",
        "1969-12-31T23:59:59.999Z",
        "+12026-01-01T00:00:00Z"
      })
  void a_time_is_written_as_iso_8601_and_read_again(String time) {
    RecordFile record = new RecordFile().put("since", Instant.parse(time));

    assertThat(record.text("since")).contains(time);
    assertThat(record.time("since")).contains(Instant.parse(time));
  }
}
