package global.pixell.par.testkit.internal.control.event;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.testkit.internal.control.event.EventLog.Event;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EventLogTest {

  private final EventLog log = new EventLog();

  private void publish(int count) {
    for (int i = 0; i < count; i++) {
      log.publish("request", Map::of);
    }
  }

  @Test
  void a_slow_reader_loses_the_newest_events_and_learns_how_many() throws InterruptedException {
    try (EventLog.Reader reader = log.subscribe(0).reader()) {
      publish(EventLog.PENDING + 3);

      long last = 0;
      for (Event event = reader.next(0); event != null; event = reader.next(0)) {
        last = event.id();
      }
      assertThat(last).isEqualTo(EventLog.PENDING);
      assertThat(reader.takeLost()).isEqualTo(3);

      publish(1);
      assertThat(reader.next(0)).isNotNull();
      assertThat(reader.takeLost()).isZero();
    }
  }

  @Test
  void a_reader_continues_where_it_was_or_learns_that_it_cannot() {
    log.subscribe(0).reader().close();
    publish(EventLog.KEPT + 10);

    assertThat(log.subscribe(EventLog.KEPT + 8).missed()).hasSize(2);
    assertThat(log.subscribe(EventLog.KEPT + 10).complete()).isTrue();
    assertThat(log.subscribe(10).complete()).isTrue();
    assertThat(log.subscribe(9).complete()).as("event 10 is forgotten").isFalse();
    assertThat(log.subscribe(EventLog.KEPT + 11).complete()).as("a future event").isFalse();
  }
}
