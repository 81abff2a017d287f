package global.pixell.par.testkit.boot;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.internal.io.ReadOnlyTreeDeleter;
import global.pixell.par.testkit.testing.Programs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Java and Node agents, which the real launcher prepares and starts. */
@Timeout(240)
class JavaAndNodeAgentTest {

  private Path directory;
  private Map<String, String> environment;

  @BeforeEach
  void prepare() throws IOException {
    directory = Files.createTempDirectory("par-agents-");
    environment = LocalBoot.environment(directory.resolve("cache"));
  }

  @AfterEach
  void delete() throws IOException {
    ReadOnlyTreeDeleter.delete(directory);
  }

  @Test
  void what_a_lock_file_names_is_installed_once_without_development_dependencies()
      throws Exception {
    assumeTrue(
        Programs.isOn(environment.getOrDefault("PATH", ""), "npm"),
        "left out: there is no npm on PATH");
    Apkg agent =
        Apkg.named("greeter")
            .manifest("runtime: node18\nentrypoint: main.js\nready: {line: up}\n")
            .file(
                "main.js",
                """
                const { existsSync } = require('fs');
                console.log('says ' + require('greeting') + ' ' + existsSync('node_modules/tool'));
                console.log('up');
                setInterval(() => {}, 1000);
                """)
            .file(
                "package.json",
                """
                {"name": "greeter", "version": "1.0.0",
                 "dependencies": {"greeting": "file:vendor/greeting"},
                 "devDependencies": {"tool": "file:vendor/tool"}}
                """)
            .file(
                "package-lock.json",
                """
                {"name": "greeter", "version": "1.0.0", "lockfileVersion": 3, "requires": true, "packages": {
                  "": {"name": "greeter", "version": "1.0.0",
                       "dependencies": {"greeting": "file:vendor/greeting"},
                       "devDependencies": {"tool": "file:vendor/tool"}},
                  "node_modules/greeting": {"resolved": "vendor/greeting", "link": true},
                  "node_modules/tool": {"resolved": "vendor/tool", "link": true},
                  "vendor/greeting": {"version": "1.0.0"},
                  "vendor/tool": {"version": "1.0.0", "dev": true}}}
                """)
            .file(
                "vendor/greeting/package.json", "{\"name\": \"greeting\", \"version\": \"1.0.0\"}")
            .file("vendor/greeting/index.js", "module.exports = 'hello';\n")
            .file("vendor/tool/package.json", "{\"name\": \"tool\", \"version\": \"1.0.0\"}");
    // A home directory that is not writable, as in a container with a read-only root.
    environment.put("HOME", "/nonexistent");
    // Nothing listens on this port, so a request to a registry would fail.
    environment.put("npm_config_registry", "http://127.0.0.1:9/");
    for (boolean reused : List.of(false, true)) {
      try (LocalBoot run = ready(agent)) {
        assertThat(run.log().only("Dependencies installed").fields())
            .containsEntry("reused", reused)
            .containsEntry("source", "package-lock.json")
            .containsEntry("packages", "1");
        assertThat(run.log().toString()).contains("says hello false");
      }
    }
  }

  @Test
  void a_lock_file_that_cannot_be_met_is_87_with_the_words_of_npm() throws Exception {
    assumeTrue(
        Programs.isOn(environment.getOrDefault("PATH", ""), "npm"),
        "left out: there is no npm on PATH");
    Apkg agent =
        Apkg.named("greeter")
            .manifest("runtime: node18\nentrypoint: main.js\n")
            .file("main.js", "")
            .file(
                "package.json",
                "{\"name\": \"a\", \"dependencies\": {\"greeting\": \"file:vendor/greeting\"}}")
            .file(
                "vendor/greeting/package.json", "{\"name\": \"greeting\", \"version\": \"1.0.0\"}")
            .file(
                "package-lock.json", "{\"name\": \"a\", \"lockfileVersion\": 3, \"packages\": {}}");
    try (LocalBoot run = boot(agent)) {
      assertThat(run.exitCode()).isEqualTo(87);
      assertThat(run.log().only("Runtime failed").text("error"))
          .contains("npm ci failed for package-lock.json", "in sync");
    }
  }

  @Test
  void a_main_class_runs_from_the_class_path_of_the_packages_folder_and_jars() throws Exception {
    Path classes = compile("acme/Greeting.java", "acme/Main.java");
    Apkg agent =
        Apkg.named("greeter")
            .manifest("runtime: java17\nentrypoint: acme.Main\nready: {line: up}\n")
            .file("acme/Main.class", Files.readAllBytes(classes.resolve("acme/Main.class")))
            .file("lib/greeting.jar", jar(classes, "acme/Greeting.class"));
    try (LocalBoot run = ready(agent)) {
      assertThat(run.log().toString()).contains("says hello");
      assertThat(run.stop()).isZero();
    }
  }

  @Test
  void a_module_runs_from_the_module_path_of_the_packages_jars() throws Exception {
    Path classes = compile("module-info.java", "acme/Greeting.java", "acme/Main.java");
    Apkg agent =
        Apkg.named("greeter")
            .manifest("runtime: java17\nentrypoint: greeter/acme.Main\nready: {line: up}\n")
            .file(
                "lib/greeter.jar",
                jar(classes, "module-info.class", "acme/Greeting.class", "acme/Main.class"));
    try (LocalBoot run = ready(agent)) {
      assertThat(run.log().toString()).contains("says hello from module greeter");
    }
  }

  @Test
  void a_java_that_is_too_old_is_named_before_the_agent_starts() {
    Apkg agent =
        Apkg.named("greeter").manifest("runtime: java99\nentrypoint: acme.Main\n").file("a", "");
    try (LocalBoot run = boot(agent)) {
      assertThat(run.exitCode()).isEqualTo(87);
      assertThat(run.log().only("Runtime failed").text("error")).contains("needs Java 99");
    }
  }

  // Helpers.

  private LocalBoot ready(Apkg agent) {
    return LocalBoot.ready(LocalBoot.with(agent, directory, environment));
  }

  private LocalBoot boot(Apkg agent) {
    return LocalBoot.start(LocalBoot.with(agent, directory, environment));
  }

  private Path compile(String... files) throws IOException {
    Map<String, String> sources =
        Map.of(
            "module-info.java",
            "module greeter {}",
            "acme/Greeting.java",
            "package acme; public class Greeting { public static final String[] TEXT = {\"hello\"}; }",
            "acme/Main.java",
            """
            package acme;
            public class Main {
              public static void main(String[] args) throws Exception {
                System.out.println("says " + Greeting.TEXT[0] + " from " + Main.class.getModule());
                System.out.println("up");
                Thread.sleep(600_000);
              }
            }
            """);
    Path source = Files.createDirectory(directory.resolve("source"));
    Path classes = Files.createDirectory(directory.resolve("classes"));
    var arguments = new ArrayList<>(List.of("--release", "17", "-d", classes.toString()));
    for (String file : files) {
      Path target = source.resolve(file);
      Files.createDirectories(target.getParent());
      Files.writeString(target, sources.get(file));
      arguments.add(target.toString());
    }
    var messages = new ByteArrayOutputStream();
    int code =
        ToolProvider.getSystemJavaCompiler()
            .run(null, messages, messages, arguments.toArray(String[]::new));
    assertThat(code).as(messages.toString(UTF_8)).isZero();
    return classes;
  }

  private static byte[] jar(Path classes, String... entries) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var jar = new JarOutputStream(bytes)) {
      for (String entry : entries) {
        jar.putNextEntry(new JarEntry(entry));
        jar.write(Files.readAllBytes(classes.resolve(entry)));
        jar.closeEntry();
      }
    }
    return bytes.toByteArray();
  }
}
