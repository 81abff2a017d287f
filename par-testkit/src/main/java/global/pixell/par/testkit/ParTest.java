package global.pixell.par.testkit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives the test methods of a class a {@link FakeS3} and a {@link global.pixell.par.Par} as
 * parameters.
 *
 * <h2>Scope</h2>
 *
 * Each test method has its own server, cache and {@code Par}; the two know each other, and the
 * bucket {@code pixell-agent-packages} is there and allowed. Parallel tests share nothing.
 *
 * <h2>Clean up</h2>
 *
 * All three are closed and the cache is deleted after the method, also when it failed.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@ExtendWith(ParExtension.class)
public @interface ParTest {}
