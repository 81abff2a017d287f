package global.pixell.par.internal.remote;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AbortableRequestsTest {

  @Test
  void an_abort_that_comes_before_the_connection_is_made_ends_it_afterwards() {
    var waiting = new AbortableRequests();
    var connected = new AtomicBoolean();
    var tooEarly = new CountDownLatch(1);
    var cut = new CountDownLatch(1);
    Runnable disconnect = () -> (connected.get() ? cut : tooEarly).countDown();

    assertThatThrownBy(
            () ->
                waiting.run(
                    disconnect,
                    () -> {
                      waiting.abort();
                      await(tooEarly);
                      connected.set(true);
                      await(cut);
                      throw new IOException("cut");
                    }))
        .hasMessage("cut");
  }

  @Test
  void after_an_abort_nothing_is_asked_any_more() {
    var waiting = new AbortableRequests();
    waiting.abort();

    assertThatThrownBy(
            () ->
                waiting.run(
                    () -> {},
                    () -> {
                      throw new AssertionError("asked");
                    }))
        .isInstanceOf(IOException.class);
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
