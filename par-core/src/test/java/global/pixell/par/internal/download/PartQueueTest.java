package global.pixell.par.internal.download;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.internal.download.partial.ByteRange;
import global.pixell.par.internal.download.partial.ByteRangeSet;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PartQueueTest {

  @Test
  void the_tail_comes_first_then_the_parts_in_order() {
    PartQueue queue = PartQueue.cut(List.of(new ByteRange(0, 100)), 100, 40, 10);

    assertThat(all(queue))
        .containsExactly(
            new ByteRange(90, 100),
            new ByteRange(0, 40),
            new ByteRange(40, 80),
            new ByteRange(80, 90));
  }

  @Test
  void what_somebody_waits_for_comes_before_all() {
    PartQueue queue = PartQueue.cut(List.of(new ByteRange(0, 100)), 100, 40, 10);

    assertThat(queue.next(OptionalLong.of(41))).isEqualTo(new ByteRange(40, 80));
    assertThat(queue.next(OptionalLong.of(41))).isEqualTo(new ByteRange(90, 100));
  }

  @Test
  void a_stream_goes_on_only_where_nobody_is() {
    PartQueue queue = PartQueue.cut(List.of(new ByteRange(0, 100)), 100, 40, 10);

    assertThat(queue.at(0)).isEqualTo(new ByteRange(0, 40));
    assertThat(queue.at(0)).isNull();
    assertThat(queue.at(41)).isNull();
  }

  @Test
  void parts_cover_what_is_missing_once_and_are_no_larger_than_a_part() {
    var random = new Random(3);
    for (int round = 0; round < 500; round++) {
      int total = 1 + random.nextInt(1000);
      var here = new ByteRangeSet();
      for (int i = 0; i < 5; i++) {
        int from = random.nextInt(total);
        here.add(from, from + random.nextInt(total - from + 1));
      }
      List<ByteRange> missing = here.missing(0, total);
      PartQueue queue = PartQueue.cut(missing, total, 1 + random.nextInt(300), random.nextInt(100));

      var covered = new ByteRangeSet();
      long bytes = 0;
      for (ByteRange part : all(queue)) {
        covered.add(part.from(), part.to());
        bytes += part.length();
      }
      assertThat(covered.bytes()).isEqualTo(bytes);
      missing.forEach(hole -> assertThat(covered.has(hole.from(), hole.to())).isTrue());
      assertThat(bytes).isEqualTo(missing.stream().mapToLong(ByteRange::length).sum());
    }
  }

  private static List<ByteRange> all(PartQueue queue) {
    var parts = new ArrayList<ByteRange>();
    for (ByteRange part = queue.next(OptionalLong.empty());
        part != null;
        part = queue.next(OptionalLong.empty())) {
      parts.add(part);
    }
    return parts;
  }
}
