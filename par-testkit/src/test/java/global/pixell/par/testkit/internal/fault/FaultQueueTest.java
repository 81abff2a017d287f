package global.pixell.par.testkit.internal.fault;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.testkit.internal.fault.FaultQueue.FaultStatus;
import global.pixell.par.testkit.internal.fault.FaultQueue.ScheduledFault;
import global.pixell.par.testkit.internal.http.HttpRequest;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import java.io.InputStream;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class FaultQueueTest {

  private final FaultQueue queue = new FaultQueue();
  private final AtomicInteger asked = new AtomicInteger();

  @Test
  void schedules_that_are_used_up_or_cleared_are_not_asked_any_more() throws Exception {
    for (int i = 0; i < 20_000; i++) {
      inject(1);
    }
    queue.clear();
    inject(1);
    assertThat(queue.next(request()).name()).isEqualTo("slowDown");
    asked.set(0);

    assertThat(queue.next(request())).isSameAs(FaultEffect.NONE);
    assertThat(asked).hasValue(0);
  }

  @Test
  void a_schedule_that_was_cleared_can_go_on() throws Exception {
    var schedule = queue.begin(FaultTarget.any());
    queue.add(schedule, new ScheduledFault(ErrorFault.slowDown(), OptionalLong.empty(), 0, 2));
    queue.clear();

    queue.add(schedule, new ScheduledFault(ErrorFault.kmsDenied(), OptionalLong.empty(), 0, 1));

    assertThat(queue.pending()).containsExactly("ANY: 1 x kmsDenied");
    assertThat(queue.next(request()).name()).isEqualTo("kmsDenied");
    assertThat(queue.pending()).isEmpty();
  }

  @Test
  void a_fault_tells_how_many_requests_have_met_it_and_how_many_will() throws Exception {
    var spec = queue.add(FaultSpec.parse("GET:*:after=1:2x:slow-down"));
    var endless = queue.add(FaultSpec.parse("ANY:always:reset"));

    queue.next(request());
    queue.next(request());

    assertThat(queue.statuses())
        .containsExactly(
            new FaultStatus(
                spec.id(), "GET:*:after=1:2x:slow-down", "GET *", "slowDown", 1, OptionalInt.of(1)),
            new FaultStatus(
                endless.id(), "ANY:always:reset", "ANY", "reset", 1, OptionalInt.empty()));
  }

  @Test
  void a_removed_fault_happens_no_more_and_the_next_of_its_schedule_does() throws Exception {
    var schedule = queue.begin(FaultTarget.any());
    queue.add(schedule, new ScheduledFault(ErrorFault.slowDown(), OptionalLong.empty(), 0, 2));
    queue.add(schedule, new ScheduledFault(ErrorFault.kmsDenied(), OptionalLong.empty(), 0, 1));
    queue.next(request());

    assertThat(queue.remove(queue.statuses().get(0).id())).isTrue();
    assertThat(queue.remove(404)).isFalse();

    assertThat(queue.next(request()).name()).isEqualTo("kmsDenied");
    assertThat(queue.next(request())).isSameAs(FaultEffect.NONE);
    assertThat(queue.remove(queue.statuses().get(0).id())).isTrue();
    assertThat(queue.statuses()).isEmpty();
  }

  @Test
  void faults_that_have_happened_do_not_fill_the_memory() throws Exception {
    for (int i = 0; i < 1_000; i++) {
      inject(1);
      queue.next(request());
    }

    assertThat(queue.statuses()).hasSize(100).last().extracting(FaultStatus::id).isEqualTo(1_000L);
  }

  private void inject(int times) {
    var schedule =
        queue.begin(
            new FaultTarget(
                "ANY",
                request -> {
                  asked.incrementAndGet();
                  return true;
                }));
    queue.add(schedule, new ScheduledFault(ErrorFault.slowDown(), OptionalLong.empty(), 0, times));
  }

  private static S3Request request() throws Exception {
    return S3Request.of(
        new HttpRequest("GET", "/bucket/key", Map.of(), InputStream.nullInputStream()));
  }
}
