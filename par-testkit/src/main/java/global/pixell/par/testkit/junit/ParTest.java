package global.pixell.par.testkit.junit;

import global.pixell.par.testkit.AgentRun;
import global.pixell.par.testkit.FakeClock;
import global.pixell.par.testkit.FakeS3;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives tests a {@link FakeS3}, its {@link FakeClock} and a {@link global.pixell.par.Par} as
 * parameters of the test method, of its {@code @BeforeEach} and {@code @AfterEach} methods, or of
 * the constructor. On a class the annotation also applies to its nested classes; on a method it
 * applies to that method. Needs JUnit 5.10 or newer.
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
 * Par} may read it. Tests share nothing, so they may run in parallel. To run an agent as a process,
 * use {@link AgentRun}.
 *
 * <h2>Time</h2>
 *
 * No test sleeps: between two attempts the {@code Par} advances the fake's clock instead of
 * waiting. When the test has {@linkplain FakeClock#freeze frozen} the clock, the {@code Par} waits
 * until the test advances it.
 *
 * <h2>Clean up</h2>
 *
 * After the method, even if it failed, the extension closes the {@code Par} and the server and
 * deletes the cache. No thread remains.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@ExtendWith(ParExtension.class)
public @interface ParTest {}
