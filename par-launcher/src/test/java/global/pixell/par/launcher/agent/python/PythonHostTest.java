package global.pixell.par.launcher.agent.python;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the Python host's tests, which are written in Python, with real libraries. */
class PythonHostTest {

  private static final String LIBRARIES = "import fastapi, uvicorn, grpc, google.protobuf";

  @Test
  void the_hosts_own_tests_pass(@TempDir Path directory) throws Exception {
    Optional<String> python = pythonWithLibraries();
    assumeTrue(
        python.isPresent(),
        "left out: no python3 here has fastapi, uvicorn and grpcio"
            + " (Debian: python3-fastapi python3-uvicorn python3-grpcio)");
    Path host = extract("host.py", directory);
    Path tests = extract("host_test.py", directory);
    Path output = directory.resolve("output.txt");
    Process process =
        new ProcessBuilder(python.orElseThrow(), "-B", tests.toString(), host.toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertEquals(0, process.waitFor(), Files.readString(output));
  }

  private static Optional<String> pythonWithLibraries() throws Exception {
    for (String candidate : List.of("/usr/bin/python3", "python3")) {
      try {
        Process process =
            new ProcessBuilder(candidate, "-c", LIBRARIES)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (process.waitFor() == 0) {
          return Optional.of(candidate);
        }
      } catch (IOException e) {
        // Not installed.
      }
    }
    return Optional.empty();
  }

  private static Path extract(String name, Path directory) throws IOException {
    try (InputStream in = PythonHostTest.class.getResourceAsStream(name)) {
      Path file = directory.resolve(name);
      Files.writeString(file, new String(in.readAllBytes(), StandardCharsets.UTF_8));
      return file;
    }
  }
}
