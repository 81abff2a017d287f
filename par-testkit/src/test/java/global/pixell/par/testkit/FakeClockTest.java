package global.pixell.par.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.testkit.testing.Wire;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class FakeClockTest {

  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  private final AtomicReference<Instant> host = new AtomicReference<>(NOON);
  private final FakeClock clock = new FakeClock(host::get);

  @Test
  void a_machine_that_slept_wakes_up_to_the_time_of_day() {
    clock.advance(Duration.ofHours(1));

    host.set(NOON.plus(Duration.ofHours(8)));

    assertThat(clock.instant()).isEqualTo(NOON.plus(Duration.ofHours(9)));
  }

  @Test
  void frozen_it_stands_whatever_the_machine_does_and_goes_on_from_there() {
    clock.freeze();
    host.set(NOON.plus(Duration.ofHours(8)));
    assertThat(clock.instant()).isEqualTo(NOON);

    clock.advance(Duration.ofMinutes(1));
    clock.resume();
    host.set(NOON.plus(Duration.ofHours(9)));

    assertThat(clock.instant()).isEqualTo(NOON.plus(Duration.ofMinutes(61)));
  }

  @Test
  void advances_of_several_threads_add_up() {
    clock.freeze();

    IntStream.range(0, 4)
        .parallel()
        .forEach(
            thread -> {
              for (int i = 0; i < 10_000; i++) {
                clock.advance(Duration.ofSeconds(1));
              }
            });

    assertThat(clock.instant()).isEqualTo(NOON.plusSeconds(40_000));
  }

  @Test
  @Timeout(60)
  void a_jump_back_makes_no_wait_longer() {
    clock.freeze();
    var wait = CompletableFuture.runAsync(() -> clock.sleeper().accept(Duration.ofSeconds(30)));
    clock.awaitWaiters(1);

    clock.setTo(NOON.minus(Duration.ofDays(365)));
    assertThat(wait).isNotDone();
    clock.advance(Duration.ofSeconds(30));

    wait.join();
    assertThat(clock.instant()).isEqualTo(NOON.minus(Duration.ofDays(365)).plusSeconds(30));
  }

  @Test
  @Timeout(60)
  void a_slow_body_goes_on_after_a_jump_back() throws Exception {
    try (FakeS3 s3 = FakeS3.start()) {
      s3.put("bucket", "key", new byte[3_000]);
      s3.clock().freeze();
      s3.bandwidth(1_000);
      var read = CompletableFuture.supplyAsync(() -> bodyOf(s3));
      s3.clock().awaitWaiters(1);
      s3.clock().setTo(NOON.minus(Duration.ofDays(365)));

      while (!read.isDone()) {
        s3.clock().advance(Duration.ofMillis(100));
        Thread.onSpinWait();
      }
      assertThat(read.join()).hasSize(3_000);
    }
  }

  @Test
  @Timeout(60)
  void a_client_that_left_is_not_a_waiter() throws Exception {
    try (FakeS3 s3 = FakeS3.start()) {
      s3.put("bucket", "key", new byte[10]);
      s3.clock().freeze();
      s3.latency(Duration.ofSeconds(30));
      try (var socket = new Socket(s3.endpoint().getHost(), s3.endpoint().getPort())) {
        String head = Wire.to(s3).head("GET", "/bucket/key", 0, Map.of());
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        s3.clock().awaitWaiters(1);
      }

      assertThat(s3.clock().waiters()).isZero();
      var read = CompletableFuture.supplyAsync(() -> bodyOf(s3));
      s3.clock().awaitWaiters(1);
      s3.clock().advance(Duration.ofSeconds(30));
      assertThat(read.join()).hasSize(10);
    }
  }

  @Test
  @Timeout(60)
  void a_server_that_disconnects_ends_the_waits_of_its_connections() throws Exception {
    try (FakeS3 s3 = FakeS3.start();
        var socket = new Socket(s3.endpoint().getHost(), s3.endpoint().getPort())) {
      s3.clock().freeze();
      s3.latency(Duration.ofSeconds(30));
      String head = Wire.to(s3).head("GET", "/bucket/key", 0, Map.of());
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      s3.clock().awaitWaiters(1);

      s3.disconnect();
      assertThat(s3.clock().waiters()).isZero();
      s3.reconnect();
      while (Thread.getAllStackTraces().keySet().stream()
          .anyMatch(
              thread -> thread.getName().equals("fake-s3-" + s3.endpoint().getPort() + "-1"))) {
        Thread.onSpinWait();
      }
    }
  }

  private static byte[] bodyOf(FakeS3 s3) {
    try {
      return Wire.to(s3).get("/bucket/key").bytes();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
