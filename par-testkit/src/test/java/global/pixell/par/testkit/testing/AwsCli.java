package global.pixell.par.testkit.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The installed AWS CLI, without its slow start: an {@code aws} that passes each command to one
 * process, which has imported the CLI and forks for each command. It needs a CLI that is a Python
 * script; tests use any other as it is installed.
 */
public final class AwsCli {

  /**
   * The interpreter itself, because a version manager's {@code python3} is a shell script that
   * takes ten times as long to start.
   */
  private static final Optional<Path> PYTHON = findPython();

  private static final Optional<Path> WARM = warm();

  private AwsCli() {}

  /** What starts it. */
  public static String command() {
    return WARM.map(folder -> folder.resolve("aws").toString()).orElse("aws");
  }

  /** The {@code PATH} of this process, with the folders of this {@code aws} and of Python first. */
  public static String path() {
    var folders = new ArrayList<String>();
    WARM.ifPresent(folder -> folders.add(folder.toString()));
    PYTHON.ifPresent(python -> folders.add(String.valueOf(python.getParent())));
    folders.add(System.getenv("PATH"));
    return String.join(":", folders);
  }

  /** The interpreter that {@code python3} starts; empty if there is none. */
  public static Optional<Path> python() {
    return PYTHON;
  }

  private static Optional<Path> findPython() {
    try {
      Process process =
          new ProcessBuilder("python3", "-c", "import sys; print(sys.executable)")
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String program = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
      return Optional.of(program).filter(found -> !found.isEmpty()).map(Path::of);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Optional<Path> warm() {
    Optional<Path> cli =
        Stream.concat(
                PYTHON.map(Path::getParent).stream(),
                Stream.of(System.getenv("PATH").split(":", -1)).map(folder -> Path.of(folder)))
            .map(folder -> folder.resolve("aws"))
            .filter(Files::isExecutable)
            .findFirst();
    try {
      return cli.isEmpty() ? Optional.empty() : warm(cli.get());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Optional<Path> warm(Path cli) throws IOException {
    // A program may begin with any bytes.
    String start = Files.readString(cli, ISO_8859_1).lines().findFirst().orElse("");
    if (!start.matches("#!/\\S*/python[.0-9]*")) {
      return Optional.empty();
    }
    String python = start.substring(2);
    Path folder = Files.createTempDirectory("par-aws-");
    Path socket = folder.resolve("socket");
    Path server = Files.writeString(folder.resolve("warm-aws.py"), resource("warm-aws.py"));
    Path client =
        Files.writeString(
            folder.resolve("aws"),
            start
                + " -SE\n"
                + resource("warm-aws-client.py").replace("@SOCKET@", socket.toString()));
    if (!client.toFile().setExecutable(true)) {
      throw new IOException(client + " cannot be made executable");
    }
    var builder =
        new ProcessBuilder(List.of(python, server.toString(), cli.toString(), socket.toString()))
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().keySet().removeIf(name -> name.startsWith("AWS_"));
    // The end of this JVM closes its stdin, which ends it and removes the folder.
    Process process = builder.start();
    var output = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    return "ready".equals(output.readLine()) ? Optional.of(folder) : Optional.empty();
  }

  private static String resource(String name) throws IOException {
    try (InputStream text =
        Objects.requireNonNull(AwsCli.class.getResourceAsStream("/operations/" + name))) {
      return new String(text.readAllBytes(), UTF_8);
    }
  }
}
