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
 * parameters, of the test method, of its {@code @BeforeEach} and {@code @AfterEach}, or of the
 * constructor. On a class it holds for its nested classes too, on a method for that method. Needs
 * JUnit 5.10 or newer.
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
 * Each test method has its own server, cache and {@code Par}; the two know each other, with the
 * fake's credentials and region, and the bucket {@code pixell-agent-packages} is there and allowed.
 * Tests may run in parallel; they share nothing. For the agent as a process see {@link AgentRun}.
 *
 * <h2>Time</h2>
 *
 * No test sleeps: between two attempts the {@code Par} does not wait but advances the fake's clock,
 * and where that is {@linkplain FakeClock#freeze frozen}, it waits until somebody else does.
 *
 * <h2>Clean up</h2>
 *
 * All three are closed and the cache is deleted after the method, also when it failed; no thread is
 * left behind.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@ExtendWith(ParExtension.class)
public @interface ParTest {}
