package global.pixell.par.launcher.agent.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.launcher.failure.ExitCode;
import global.pixell.par.launcher.failure.LaunchException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PythonEnvironmentTest {

  private static final Path WHEELHOUSE = Path.of("/mnt/wheels");

  @Test
  void a_wheelhouse_whose_mount_hangs_is_named_after_the_timeout() {
    var end = new CountDownLatch(1);
    Callable<Boolean> hangs =
        () -> {
          end.await();
          return true;
        };

    LaunchException e =
        catchThrowableOfType(
            LaunchException.class,
            () -> PythonEnvironment.requireWheels(WHEELHOUSE, Duration.ofMillis(50), hangs));

    assertThat(e.code()).isEqualTo(ExitCode.AGENT_FAILED);
    assertThat(e).hasMessageContaining("WHEELHOUSE_DIR /mnt/wheels").hasMessageContaining("hangs");
    assertThat(e.hint()).contains("mount target");
    end.countDown();
  }

  @Test
  void a_wheelhouse_without_wheels_is_refused_with_the_command_that_fills_it() {
    LaunchException e =
        catchThrowableOfType(
            LaunchException.class,
            () -> PythonEnvironment.requireWheels(WHEELHOUSE, Duration.ofMinutes(1), () -> false));

    assertThat(e).hasMessage("WHEELHOUSE_DIR /mnt/wheels holds no wheels (*.whl).");
    assertThat(e.hint()).contains("-w /mnt/wheels");
  }
}
