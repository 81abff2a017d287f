package global.pixell.par.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import global.pixell.par.AgentPackage;
import global.pixell.par.PackageRef;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeClock;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Fault;
import global.pixell.par.testkit.RecordedRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** {@link ParTest} as JUnit runs it: each test runs one of the sample classes below. */
@Timeout(60)
class ParTestTest {

  private static final String KEY = "acme/greeter/1.0.0/greeter.apkg";
  private static final Set<Integer> PORTS = ConcurrentHashMap.newKeySet();
  private static final CountDownLatch ALL_THERE = new CountDownLatch(4);

  @Test
  void a_test_its_lifecycle_and_its_constructor_share_one_fixture_and_nested_classes_have_it_too() {
    assertThat(JunitRun.passed(Sample.class)).isEqualTo(6);
  }

  @Test
  void a_method_may_have_it_alone() {
    assertThat(JunitRun.passed(OnOneMethod.class)).isEqualTo(1);
  }

  @Test
  void tests_in_parallel_share_nothing_and_leave_no_thread() {
    assertThat(JunitRun.passed(Parallel.class)).isEqualTo(4);
    assertThat(PORTS).hasSize(4);
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> PORTS.stream().anyMatch(port -> name.startsWith("fake-s3-" + port)));
  }

  @Test
  void a_fixture_for_a_whole_class_is_refused_with_the_way_out() {
    TestExecutionSummary summary = JunitRun.of(ForAll.class);

    assertThat(summary.getTestsSucceededCount()).isZero();
    assertThat(summary.getFailures())
        .singleElement()
        .satisfies(
            failure ->
                assertThat(failure.getException())
                    .hasMessageContaining("A FakeS3 belongs to one test method")
                    .hasMessageContaining("@BeforeEach"));
  }

  @ParTest
  static class Sample {
    private final FakeS3 mine;

    Sample(FakeS3 s3) {
      mine = s3;
    }

    @BeforeEach
    void publish(FakeS3 s3) {
      assertThat(s3).isSameAs(mine);
      s3.put(ParConfig.DEFAULT_BUCKET, KEY, Apkg.named("greeter").command("true").build());
    }

    @AfterEach
    void used(FakeS3 s3) {
      assertThat(s3.pendingFaults()).isEmpty();
    }

    @Test
    void fetches(FakeS3 s3, Par par) {
      s3.onGet(KEY).inject(Fault.slowDown());
      assertThat(par.fetch(PackageRef.parse("acme/greeter@1.0.0")).manifest().name())
          .isEqualTo("greeter");
      assertThat(s3.requests())
          .last()
          .extracting(RecordedRequest::principal)
          .isNotEqualTo("anonymous");
    }

    @Test
    void waits_by_the_clock_of_the_fake(FakeS3 s3, Par par, FakeClock clock) {
      s3.onGet(KEY).inject(Fault.unavailable(Duration.ofMinutes(5)));
      Instant before = clock.instant();

      par.fetch(PackageRef.parse("acme/greeter@1.0.0"));

      assertThat(clock.instant()).isAfterOrEqualTo(before.plus(Duration.ofMinutes(5)));
    }

    @Test
    void waits_until_a_frozen_clock_is_advanced(FakeS3 s3, Par par, FakeClock clock)
        throws Exception {
      s3.onGet(KEY).inject(Fault.unavailable(Duration.ofMinutes(5)));
      clock.freeze();
      ExecutorService executor = Executors.newSingleThreadExecutor();
      try {
        Future<AgentPackage> fetched =
            executor.submit(() -> par.fetch(PackageRef.parse("acme/greeter@1.0.0")));
        clock.awaitWaiters(1);
        clock.advance(Duration.ofMinutes(6));

        assertThat(fetched.get().manifest().name()).isEqualTo("greeter");
      } finally {
        executor.shutdownNow();
      }
    }

    @Test
    void gives_up_when_the_time_is_over_by_that_clock(FakeS3 s3, Par par) {
      s3.onGet(KEY).times(3).inject(Fault.unavailable(Duration.ofMinutes(4)));

      assertThatThrownBy(() -> par.fetch(PackageRef.parse("acme/greeter@1.0.0")))
          .isInstanceOfSatisfying(
              ParException.class,
              e -> assertThat(e.kind()).isEqualTo(ParException.Kind.UNAVAILABLE));
      assertThat(s3.count("GetObject")).isEqualTo(3);
    }

    @Test
    void has_a_server_of_its_own(FakeS3 s3) {
      assertThat(s3.requests()).isEmpty();
    }

    @Nested
    class Within {
      @Test
      void has_it_too(FakeS3 s3, Par par) {
        assertThat(par.fetch(PackageRef.parse("acme/greeter@1.0.0"))).isNotNull();
        assertThat(s3.requests()).isNotEmpty();
      }
    }
  }

  static class OnOneMethod {
    @ParTest
    @Test
    void has_it(FakeS3 s3) {
      assertThat(s3.endpoint().getPort()).isPositive();
    }
  }

  @ParTest
  static class Parallel {
    @Test
    void one(FakeS3 s3) throws InterruptedException {
      meet(s3);
    }

    @Test
    void two(FakeS3 s3) throws InterruptedException {
      meet(s3);
    }

    @Test
    void three(FakeS3 s3) throws InterruptedException {
      meet(s3);
    }

    @Test
    void four(FakeS3 s3) throws InterruptedException {
      meet(s3);
    }

    /** Waits until all four tests are here at once, each with its own server. */
    private static void meet(FakeS3 s3) throws InterruptedException {
      PORTS.add(s3.endpoint().getPort());
      ALL_THERE.countDown();
      assertThat(ALL_THERE.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(s3.requests()).isEmpty();
    }
  }

  @ParTest
  static class ForAll {
    @BeforeAll
    static void all(FakeS3 s3) {
      s3.close();
    }

    @Test
    void never_runs() {
      assertThat(List.of()).isEmpty();
    }
  }

  @Test
  void older_versions_of_junit_close_the_fixture_too() {
    // Before 5.13, a store closed only CloseableResource, so an AutoCloseable server would keep
    // running.
    assertThat(S3Fixture.class.getInterfaces())
        .extracting(Class::getSimpleName)
        .contains("AutoCloseable", "CloseableResource");
  }
}
