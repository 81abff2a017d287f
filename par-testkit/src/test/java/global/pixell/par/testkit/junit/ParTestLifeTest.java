package global.pixell.par.testkit.junit;

import static global.pixell.par.testkit.junit.ParTest.Check.IGNORE;
import static global.pixell.par.testkit.junit.ParTest.Scope.CLASS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.fail;

import global.pixell.par.Par;
import global.pixell.par.testkit.FakeClock;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Fault;
import global.pixell.par.testkit.testing.Wire;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who shares a server, how tests get it, and what it checks: each test runs a sample class. */
@Timeout(60)
@SuppressWarnings("NullAway.Init") // The extension sets the fields.
class ParTestLifeTest {

  private static final AtomicInteger RUNNING = new AtomicInteger();
  private static final Set<Integer> PORTS = ConcurrentHashMap.newKeySet();

  @Test
  void a_fault_that_no_request_met_fails_a_test_that_passed() {
    assertThat(JunitRun.failures(WithUnusedFaults.class))
        .containsExactly(
            "its own",
            """
            no request met the fault 'GET acme/greter.apkg: slowDown', nor 'ANY: reset'; did you mean \
            "acme/greeter.apkg"?
            All requests:
            GetObject bucket/acme/greeter.apkg: 200, 3 B, allowed""");
  }

  @ParTest
  static class WithUnusedFaults {
    @Test
    void misspelt(FakeS3 s3) throws Exception {
      s3.put("bucket", "acme/greeter.apkg", new byte[3]);
      s3.onGet("acme/greter.apkg").inject(Fault.slowDown());
      Wire.to(s3).get("/bucket/acme/greeter.apkg");
      s3.onAny().inject(Fault.reset());
    }

    @Test
    void failed_anyway(FakeS3 s3) {
      s3.onGet("key").inject(Fault.slowDown());
      fail("its own");
    }

    @Test
    void met_once_of_twice(FakeS3 s3) throws Exception {
      s3.onAny().times(2).inject(Fault.slowDown());
      Wire.to(s3).get("/bucket");
    }

    @Test
    void endless(FakeS3 s3) {
      s3.onAny().always().inject(Fault.slowDown());
    }

    @ParTest(unusedFaults = IGNORE)
    @Test
    void ignored(FakeS3 s3) {
      s3.onAny().inject(Fault.slowDown());
    }
  }

  @Test
  void a_class_can_share_a_server_and_its_tests_then_run_one_after_the_other() {
    PORTS.clear();
    assertThat(JunitRun.passed(Shared.class)).isEqualTo(4);
    assertThat(PORTS).hasSize(1);
  }

  @ParTest(scope = CLASS, unusedFaults = IGNORE)
  static class Shared {
    @ParTest.Inject private static FakeS3 shared;
    @ParTest.Inject private FakeClock clock;

    Shared(FakeS3 s3) {
      assertThat(s3).isSameAs(shared);
    }

    @BeforeAll
    static void fill(FakeS3 s3, Par par) throws Exception {
      assertThat(s3).isSameAs(shared);
      assertThat(par).isNotNull();
      s3.put("bucket", "key", new byte[3]);
      Wire.to(s3).get("/bucket/key");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void finds_what_the_class_put_and_nothing_of_other_tests(int number, FakeS3 s3)
        throws Exception {
      assertThat(RUNNING.incrementAndGet()).isEqualTo(1);
      PORTS.add(s3.endpoint().getPort());
      assertThat(clock).isSameAs(s3.clock());
      assertThat(s3.requests()).isEmpty();
      assertThat(Wire.to(s3).get("/bucket/key").status()).isEqualTo(200);
      s3.onAny().times(number).inject(Fault.slowDown());
      RUNNING.decrementAndGet();
    }

    @Nested
    class Within {
      @Test
      void shares_it_too(FakeS3 s3) {
        PORTS.add(s3.endpoint().getPort());
        assertThat(s3).isSameAs(shared);
        assertThat(s3.pendingFaults()).isEmpty();
      }
    }
  }

  @Test
  void fields_are_injected_before_each_test_and_into_the_classes_around() {
    assertThat(JunitRun.passed(WithFields.class)).isEqualTo(2);
    assertThat(JunitRun.passed(WithInheritedFields.class)).isEqualTo(1);
  }

  @ParTest
  abstract static class Base {
    @ParTest.Inject FakeS3 s3;
  }

  static class WithInheritedFields extends Base {
    @Test
    void has_it(FakeS3 parameter) {
      assertThat(s3).isSameAs(parameter);
    }
  }

  @ParTest
  static class WithFields {
    @ParTest.Inject private FakeS3 s3;
    @ParTest.Inject private Par par;

    @BeforeEach
    void before(FakeS3 parameter) {
      assertThat(s3).isSameAs(parameter);
    }

    @Test
    void has_them(Par parameter) {
      assertThat(par).isSameAs(parameter);
    }

    @Nested
    class Within {
      @ParTest.Inject private FakeS3 inner;

      @Test
      void has_them_too(FakeS3 parameter) {
        assertThat(s3).isSameAs(parameter).isSameAs(inner);
      }
    }
  }

  @Test
  void a_field_that_cannot_be_injected_says_why() {
    assertThat(JunitRun.failures(WithStaticField.class))
        .singleElement()
        .asString()
        .contains("WithStaticField.s3 is static")
        .contains("set scope = CLASS, or make it an instance field");
    assertThat(JunitRun.failures(WithFinalField.class))
        .singleElement()
        .asString()
        .contains("WithFinalField.s3 cannot be injected: it must not be final");
    assertThat(JunitRun.failures(WithOtherField.class))
        .singleElement()
        .asString()
        .contains("its type must be FakeS3, FakeClock or Par");
    assertThat(JunitRun.failures(WithScopeOnMethod.class))
        .containsExactly("scope = CLASS belongs to a @ParTest of the class, not of a method");
  }

  @ParTest
  static class WithStaticField {
    @ParTest.Inject static FakeS3 s3;

    @Test
    void never_runs() {}
  }

  @ParTest
  static class WithFinalField {
    @ParTest.Inject final @Nullable FakeS3 s3 = null;

    @Test
    void never_runs() {}
  }

  @ParTest
  static class WithOtherField {
    @ParTest.Inject String s3;

    @Test
    void never_runs() {}
  }

  static class WithScopeOnMethod {
    @ParTest(scope = CLASS)
    @Test
    void never_runs() {}
  }

  @Test
  void an_instance_for_the_class_has_a_server_for_each_test_or_one_for_all() {
    assertThat(JunitRun.passed(PerClass.class)).isEqualTo(2);
    assertThat(JunitRun.passed(PerClassShared.class)).isEqualTo(2);
  }

  @ParTest
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  @Execution(ExecutionMode.SAME_THREAD)
  static class PerClass {
    @ParTest.Inject private FakeS3 s3;
    private @Nullable FakeS3 before;

    @Test
    void one(FakeS3 parameter) {
      check(parameter);
    }

    @Test
    void two(FakeS3 parameter) {
      check(parameter);
    }

    private void check(FakeS3 parameter) {
      assertThat(s3).isSameAs(parameter).isNotSameAs(before);
      before = s3;
    }
  }

  @ParTest(scope = CLASS)
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  static class PerClassShared {
    @ParTest.Inject private FakeS3 s3;
    private final FakeS3 constructed;

    PerClassShared(FakeS3 s3) {
      constructed = s3;
    }

    @BeforeAll
    void all(FakeS3 parameter) {
      assertThat(parameter).isSameAs(s3).isSameAs(constructed);
    }

    @Test
    void one(FakeS3 parameter) {
      assertThat(parameter).isSameAs(s3);
    }

    @Test
    void two() {
      assertThat(s3).isSameAs(constructed);
    }
  }

  @Test
  void an_extension_in_a_static_field_is_shared_and_in_another_field_is_not() {
    PORTS.clear();
    assertThat(JunitRun.passed(Registered.class)).isEqualTo(3);
    assertThat(PORTS).hasSize(3);
  }

  static class Registered {
    @RegisterExtension static final ParExtension SHARED = ParExtension.create();
    @RegisterExtension final ParExtension own = ParExtension.create();
    @ParTest.Inject static FakeS3 injected;

    @BeforeAll
    static void all() {
      SHARED.s3().put("bucket", "key", new byte[3]);
    }

    @Test
    void one() {
      check();
    }

    @Test
    void two() {
      check();
    }

    @Nested
    class Within {
      @Test
      void three() throws Exception {
        assertThat(Wire.to(SHARED.s3()).get("/bucket/key").status()).isEqualTo(200);
        assertThat(own.s3()).isNotSameAs(SHARED.s3());
        assertThat(own.par()).isNotSameAs(SHARED.par());
      }
    }

    private void check() {
      PORTS.add(SHARED.s3().endpoint().getPort());
      PORTS.add(own.s3().endpoint().getPort());
      assertThat(injected).isSameAs(SHARED.s3());
    }
  }

  @Test
  void an_extension_that_has_not_started_says_so() {
    assertThat(catchThrowable(() -> ParExtension.create().s3()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("before @BeforeAll for a static field");
  }
}
