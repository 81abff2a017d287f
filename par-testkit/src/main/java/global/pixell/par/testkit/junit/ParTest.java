package global.pixell.par.testkit.junit;

import global.pixell.par.testkit.AgentRun;
import global.pixell.par.testkit.FakeClock;
import global.pixell.par.testkit.FakeS3;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives tests a {@link FakeS3}, its {@link FakeClock} and a {@link global.pixell.par.Par} as
 * parameters of the test method, of its {@code @BeforeEach} and {@code @AfterEach} methods, or of
 * the constructor, and as fields with {@link Inject}. On a class the annotation also applies to its
 * nested classes and its subclasses; on a method it applies to that method. Needs JUnit 5.10 or
 * newer. {@link ParExtension} does the same without an annotation.
 *
 * <pre>{@code
 * @ParTest
 * class GreeterTest {
 *   @Test
 *   void survives_a_throttled_bucket(FakeS3 s3, Par par) { … }
 * }
 * }</pre>
 *
 * <h2>Scope</h2>
 *
 * Each test method has its own server, cache and {@code Par}. The {@code Par} uses the fake's
 * endpoint, credentials and region. The bucket {@code pixell-agent-packages} exists, and the {@code
 * Par} may read it. Tests share nothing, so they may run in parallel. With {@link Scope#CLASS} all
 * tests of the class share them. To run an agent as a process, use {@link AgentRun}.
 *
 * <h2>Checks</h2>
 *
 * A test that passed fails after all when a fault was injected and no request met it, see {@link
 * #unusedFaults}, or when an agent called a stub that does not exist, see {@link #unmatched}.
 *
 * <h2>Time</h2>
 *
 * No test sleeps: between two attempts the {@code Par} advances the fake's clock instead of
 * waiting. When the clock is frozen, the {@code Par} waits until the test advances it.
 *
 * <h2>Clean up</h2>
 *
 * After the method, even if it failed, the extension closes the {@code Par} and the server and
 * deletes the cache. No thread remains. With {@link Scope#CLASS}, after the class.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Documented
@ExtendWith(ParExtension.class)
public @interface ParTest {

  /** The value of {@link #stubs} for stubs that only the test's code defines. */
  String IN_CODE = "<in code>";

  /**
   * Who shares a server.
   *
   * @return {@link Scope#METHOD} by default
   */
  Scope scope() default Scope.METHOD;

  /**
   * Starts a WireMock for the HTTP APIs that the agent calls, one for the class, reset before each
   * test. Tests take it as a {@code WireMock}, a {@code WireMockServer}, which knows its {@code
   * baseUrl()}, or a {@code WireMockRuntimeInfo}. Needs {@code org.wiremock:wiremock-standalone}
   * 3.13.
   *
   * @return the directory with {@code mappings} and {@code __files}, relative to the module or on
   *     the class path; {@link #IN_CODE} for none; empty, the default, for no WireMock
   */
  String stubs() default "";

  /**
   * What a call that no stub matched does to the test.
   *
   * @return {@link Check#FAIL}, the default, with WireMock's near misses; or {@link Check#IGNORE}
   */
  Check unmatched() default Check.FAIL;

  /**
   * What a fault that no request met does to the test. Endless faults are never unused.
   *
   * @return {@link Check#FAIL}, the default, with all requests; or {@link Check#IGNORE}
   */
  Check unusedFaults() default Check.FAIL;

  /** Who shares a server. */
  enum Scope {
    /** Nobody: each test method has its own. */
    METHOD,
    /**
     * All tests of the class and of its nested classes, also {@code @BeforeAll}. Requests are
     * forgotten before each test, and faults removed after it; objects, policies, network and clock
     * stay. The tests run one after the other, even where others run in parallel.
     */
    CLASS
  }

  /** What a broken expectation does to a test that passed. */
  enum Check {
    /** The test fails. */
    FAIL,
    /** Nothing. */
    IGNORE
  }

  /**
   * A field that gets what a parameter of its type would get: before each test, and before
   * {@code @BeforeAll} with {@link Scope#CLASS}, which a static field needs. Not final; may be
   * private.
   */
  @Target(ElementType.FIELD)
  @Retention(RetentionPolicy.RUNTIME)
  @Documented
  @interface Inject {}
}
