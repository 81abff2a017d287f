package global.pixell.par.launcher.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class MachineChecksTest {

  private final MachineChecks machine = new MachineChecks(Duration.ofMillis(200));

  @Test
  void a_mount_that_hangs_is_named_within_its_time(@TempDir Path directory) throws Exception {
    var never = new CountDownLatch(1);

    Check check =
        machine.wheelhouse(
            directory,
            path -> {
              try {
                never.await();
              } catch (InterruptedException e) {
                throw new IOException(e);
              }
              return Optional.of(1L);
            });

    assertThat(check.status()).isEqualTo(Check.Status.FAILED);
    assertThat(check.seen()).contains(directory.toString(), "its mount hangs");
    assertThat(check.remedy()).contains("EFS");
    never.countDown();
  }

  @Test
  void an_empty_wheelhouse_is_a_warning(@TempDir Path directory) throws Exception {
    Check empty = machine.wheelhouse(directory, MachineChecks::countWheels);
    Files.createFile(directory.resolve("x-1.0-py3-none-any.whl"));
    Check full = machine.wheelhouse(directory, MachineChecks::countWheels);

    assertThat(empty.status()).isEqualTo(Check.Status.WARNING);
    assertThat(full.status()).isEqualTo(Check.Status.OK);
    assertThat(full.seen()).contains("1 wheels");
  }

  @Test
  void a_cache_that_is_smaller_than_a_package_is_a_warning(@TempDir Path directory) {
    assertThat(machine.disk(directory, Long.MAX_VALUE).status()).isEqualTo(Check.Status.WARNING);
    assertThat(machine.disk(directory.resolve("new"), 1).status()).isEqualTo(Check.Status.OK);
  }

  @Test
  void the_exit_code_is_that_of_the_first_failure() {
    List<Check> checks =
        List.of(
            Check.ok("a", "fine", ""),
            Check.failed("b", global.pixell.par.launcher.failure.ExitCode.DISK, "s", "r", ""),
            Check.failed("c", global.pixell.par.launcher.failure.ExitCode.CONFIG, "s", "r", ""));

    assertThat(DoctorCommand.exitCode(checks)).isEqualTo(86);
    assertThat(DoctorCommand.object(checks)).containsEntry("ok", false);
    assertThat(DoctorCommand.text(checks)).last().isEqualTo("The cause is 'b': exit code 86.");
    assertThat(DoctorCommand.exitCode(checks.subList(0, 1))).isZero();
  }
}
