package global.pixell.par.testkit.internal.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Fault;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Faults as arguments of a command line. */
class FaultSpecTest {

  private final FakeS3 s3 = FakeS3.start();

  @AfterEach
  void close() {
    s3.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET:acme/greeter/1.2.0/greeter.apkg:2x:slow-down | GET acme/greeter/1.2.0/greeter.apkg: 2 x slowDown",
        "GET:a:b:reset-at=64KiB | GET a:b: 1 x resetAt(65536)",
        "HEAD:k:access-denied | HEAD k: 1 x accessDenied",
        "PUT:k:error=507/Full/No room | PUT k: 1 x error(507, Full)",
        "LIST:acme/:internal-error | LIST acme/: 1 x internalError",
        "LIST::internal-error | LIST : 1 x internalError",
        "ANY:after=3:covering=20MB:2x:stall-at=9/2s | ANY: 2 x stallAt(9, 2000 ms)",
        "ANY:unavailable=3s | ANY: 1 x unavailable(3 s)",
        "ANY:drip=100/50ms | ANY: 1 x drip(100 per 50 ms)",
        "ANY:flip-byte-at=3+truncate-at=10 | ANY: 1 x flipByteAt(3) and truncateAt(10)",
        "GET:k:2x:error=503/SlowDown/Please: wait + see | GET k: 2 x error(503, SlowDown)",
        "GET:k:error=503/SlowDown/a+b+reset | GET k: 1 x error(503, SlowDown) and reset",
        "ANY:unavailable-until=2030-01-01T00:00:00Z | ANY: 1 x unavailableUntil(2030-01-01T00:00:00Z)",
        "ANY:bandwidth=90MB | ANY: 1 x bandwidth(90000000 B/s)",
        "GET:acme/*:bucket=packages:always:1x:reset | GET acme/* in packages: 1 x reset",
      })
  void a_spec_is_a_script(String spec, String script) {
    s3.inject(spec);

    assertThat(s3.pendingFaults()).containsExactly(script);
  }

  @Test
  void an_object_can_be_changed_between_two_ranges(@TempDir Path folder) throws IOException {
    Path other = Files.writeString(folder.resolve("a:b+c"), "other");

    s3.inject("GET:k:after=1:change-to=" + other);

    assertThat(s3.pendingFaults()).containsExactly("GET k: 1 x changeTo(5 bytes)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "slow-down | the fault 'slow-down' has no target; write GET:key:slow-down",
        "GETS:k:reset | the target of a fault is GET:key, HEAD:key, PUT:key, LIST:prefix or ANY, and 'GETS:k' is not one of them",
        "ANY:slow-dwn | there is no fault 'slow-dwn'; did you mean \"slow-down\"?",
        "ANY:reset-at=x | reset-at must be a number of bytes such as 1000, 64KiB or 90MB, and 'x' is not",
        "ANY:slow-first-byte=2 | slow-first-byte must be a time such as 50ms, 2s, 1m or 1h, and '2' is not",
        "ANY:0x:reset | a fault happens to at least 1 request, not 0",
        "ANY:drip=3000000000/1s | drip is at most 2147483647 bytes at a time, and '3000000000/1s' is more",
        "ANY:bandwidth=0 | a bandwidth is at least 1 B/s, not 0",
        "ANY:drip=0/1s | a drip has at least 1 byte, not 0",
        "ANY:bandwidth=999999999999GB | bandwidth is at most 1000000GB, and '999999999999GB' is more",
        "ANY:slow-first-byte=999999999999h | slow-first-byte is at most 87600h, and '999999999999h' is more",
        "ANY:unavailable-until=noon | unavailable-until must be a time such as 2030-01-01T00:00:00Z, and 'noon' is not",
        "GET:k:change-to=/no/such/file | change-to cannot read the file '/no/such/file'",
        "ANY:error=200/OK | error must be STATUS/CODE[/MESSAGE] such as 503/SlowDown, and '200/OK' is not",
      })
  void a_spec_that_is_none_says_which_part(String spec, String sentence) {
    assertThatThrownBy(() -> s3.inject(spec)).hasMessage(sentence);
  }

  @ParameterizedTest
  @CsvSource({
    "GET:k:change-to=/etc/hostname, true",
    "GET:k:reset+change-to=f, true",
    "GET:k:error=503/a/change-to=f, false",
    "GET:change-to=f:reset, false",
  })
  void a_spec_says_whether_it_reads_a_file(String spec, boolean readsFile) {
    assertThat(FaultSpec.readsFile(spec)).isEqualTo(readsFile);
  }

  @Test
  void every_fault_that_can_be_said_in_words_has_its_word_and_its_help() {
    Set<String> methods =
        Arrays.stream(Fault.class.getMethods())
            .filter(m -> m.getReturnType() == Fault.class)
            .filter(m -> Modifier.isStatic(m.getModifiers()))
            .map(Method::getName)
            .map(n -> n.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT))
            .collect(Collectors.toSet());

    Set<String> words =
        FaultSpec.words().stream().map(w -> w.replace("=", "")).collect(Collectors.toSet());

    assertThat(words).isEqualTo(methods);
    assertThat(words).allSatisfy(word -> assertThat(FaultSpec.HELP).contains(word));
  }
}
