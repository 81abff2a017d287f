package global.pixell.par.testkit.operations;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.testkit.testing.AwsCli;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Runs commands as an operator's shell does, without the AWS settings of the user who runs the
 * tests. Commands that a test installs come first on the {@code PATH}.
 */
final class Commands {

  /** How a command ended. */
  record Ran(int exit, String out, String err) {

    Ran hasEnded(int code) {
      assertThat(exit).as("exit code; it printed%n%s%s", out, err).isEqualTo(code);
      return this;
    }
  }

  /** The interpreter itself, because scripts start it often. */
  private static final Path PYTHON =
      AwsCli.python()
          .orElseThrow(
              () -> new IllegalStateException("the tests of the operator's scripts need python3"));

  private final Path folder;
  private final Map<String, String> environment = new TreeMap<>();
  private Path directory;

  /** Keeps its files in a new subfolder. */
  Commands(Path folder) throws IOException {
    this.folder = folder;
    this.directory = folder;
    Files.createDirectories(folder.resolve("bin"));
    environment.put("AWS_CONFIG_FILE", folder.resolve("no-config").toString());
    environment.put("AWS_SHARED_CREDENTIALS_FILE", folder.resolve("no-credentials").toString());
    environment.put("NO_PROXY", "127.0.0.1");
  }

  Commands with(String name, String value) {
    environment.put(name, value);
    return this;
  }

  Commands with(Map<String, String> variables) {
    environment.putAll(variables);
    return this;
  }

  /** Sets the working directory. */
  Commands in(Path where) {
    directory = where;
    return this;
  }

  /** Installs a script. */
  Commands install(String name, String text) throws IOException {
    Path file = Files.writeString(folder.resolve("bin").resolve(name), text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return this;
  }

  /**
   * Installs an {@code aws} that keeps an account's roles in {@code state.json} and its calls in
   * {@code calls}, one per line.
   */
  Commands installAccount() throws IOException {
    try (InputStream script =
        Objects.requireNonNull(Commands.class.getResourceAsStream("/operations/fake-account.py"))) {
      String text = new String(script.readAllBytes(), UTF_8);
      install("aws", text.replaceFirst("#!/usr/bin/env python3", "#!" + PYTHON + " -SE"));
    }
    return with("FAKE_ACCOUNT", folder.toString());
  }

  boolean onPath(String tool) throws Exception {
    return run("sh", "-c", "command -v " + tool).exit() == 0;
  }

  Ran run(String... command) throws Exception {
    return run(List.of(command));
  }

  Ran run(List<String> command) throws Exception {
    Path out = Files.createTempFile(folder, "out", "");
    Path err = Files.createTempFile(folder, "err", "");
    List<String> words = new ArrayList<>(command);
    Path installed = folder.resolve("bin").resolve(words.get(0));
    if (Files.exists(installed)) {
      words.set(0, installed.toString());
    } else if (words.get(0).equals("aws")) {
      words.set(0, AwsCli.command());
    }
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .directory(directory.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    Map<String, String> variables = builder.environment();
    variables.keySet().removeIf(name -> name.toUpperCase(Locale.ROOT).startsWith("AWS_"));
    variables.put("PATH", folder.resolve("bin") + ":" + AwsCli.path());
    variables.putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    if (!process.waitFor(600, TimeUnit.SECONDS)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      throw new AssertionError(command.get(0) + " did not end within 600 s");
    }
    return new Ran(process.exitValue(), Files.readString(out, UTF_8), Files.readString(err, UTF_8));
  }
}
