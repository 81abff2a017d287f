package global.pixell.par.internal.download.partial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ByteRangeSetTest {

  @Test
  void what_is_not_here_is_missing() {
    var plan = new ByteRangeSet();
    plan.add(2, 4);
    plan.add(6, 8);

    assertThat(plan.missing(0, 10))
        .containsExactly(new ByteRange(0, 2), new ByteRange(4, 6), new ByteRange(8, 10));
    assertThat(plan.missing(3, 7)).containsExactly(new ByteRange(4, 6));
    assertThat(plan.missing(2, 4)).isEmpty();
  }

  @Test
  void neighbours_become_one_run() {
    var plan = new ByteRangeSet();
    plan.add(5, 10);
    plan.add(0, 5);
    plan.add(10, 11);

    assertThat(plan.ranges()).containsExactly(new ByteRange(0, 11));
    assertThat(plan.endOfRun(0)).isEqualTo(11);
  }

  @Test
  void nothing_is_no_range() {
    var plan = new ByteRangeSet();
    plan.add(3, 3);

    assertThat(plan.bytes()).isZero();
    assertThat(plan.has(3, 3)).isTrue();
    assertThatThrownBy(() -> new ByteRange(3, 3)).hasMessage("not a range of bytes: 3 to 3");
  }

  @Test
  void it_agrees_with_a_plain_set_of_bytes_whatever_is_added() {
    var random = new Random(20261125);
    for (int round = 0; round < 300; round++) {
      int size = 1 + random.nextInt(200);
      var plan = new ByteRangeSet();
      var bits = new BitSet(size);
      for (int i = 0; i < 40; i++) {
        int from = random.nextInt(size);
        int to = from + random.nextInt(Math.min(30, size - from) + 1);
        plan.add(from, to);
        bits.set(from, to);
        int a = random.nextInt(size);
        int b = a + random.nextInt(size - a + 1);
        assertThat(plan.bytes()).isEqualTo(bits.cardinality());
        assertThat(plan.has(a, b)).isEqualTo(bits.nextClearBit(a) >= b);
        assertThat(plan.endOfRun(a)).isEqualTo(bits.nextClearBit(a));
        assertThat(plan.missing(a, b)).isEqualTo(runs(bits, a, b, false));
        assertThat(plan.ranges()).isEqualTo(runs(bits, 0, size, true));
      }
    }
  }

  private static List<ByteRange> runs(BitSet bits, int from, int to, boolean set) {
    var runs = new ArrayList<ByteRange>();
    for (int at = from; at < to; ) {
      int start = set ? bits.nextSetBit(at) : bits.nextClearBit(at);
      if (start < 0 || start >= to) {
        break;
      }
      int end = set ? bits.nextClearBit(start) : bits.nextSetBit(start);
      at = end < 0 ? to : Math.min(end, to);
      runs.add(new ByteRange(start, at));
    }
    return runs;
  }
}
