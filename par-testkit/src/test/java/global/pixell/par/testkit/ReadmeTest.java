package global.pixell.par.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.AgentPackage;
import global.pixell.par.PackageRef;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.testkit.junit.ParTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's examples are this code: it runs here, and the README is compared with it. */
@ParTest
class ReadmeTest {

  private static final Path README = Path.of("../README.md");
  private static final Path THIS =
      Path.of("src/test/java/global/pixell/par/testkit/ReadmeTest.java");

  @Test
  void the_embedding_example_runs(FakeS3 s3, @TempDir Path cache) {
    byte[] apkg =
        Apkg.named("greeter")
            .version("1.2.0")
            .command("sh", "main.sh")
            .file("main.sh", "echo hi")
            .build();
    s3.put("pixell-agent-packages", "acme/greeter/1.2.0/greeter.apkg", apkg);
    var config = ParConfig.fromEnvironment(s3.environment());
    String expectedHex = Apkg.sha256(apkg);
    // README embedding
    try (var par =
        Par.builder(config).cacheDirectory(cache).allowBucket("pixell-agent-packages").build()) {
      var ref =
          PackageRef.parse(
              "s3://pixell-agent-packages/acme/greeter/1.2.0/greeter.apkg#sha256=" + expectedHex);
      AgentPackage agent = par.fetch(ref); // resolved, retried, verified, cached, unpacked
      System.out.println(
          agent.manifest().name()
              + " "
              + agent.digest()
              + " from "
              + agent.origin()
              + " at "
              + agent.directory());
    }
    // README end
    assertThat(s3.count("GetObject")).isEqualTo(1);
  }

  // README test
  @Test
  void my_agent_survives_a_throttled_bucket(FakeS3 s3, Par par) {
    byte[] apkg =
        Apkg.named("greeter")
            .version("1.2.0")
            .command("sh", "main.sh")
            .file("main.sh", "echo hi")
            .build();
    s3.put("pixell-agent-packages", "acme/greeter/1.2.0/greeter.apkg", apkg);
    s3.onGet("acme/greeter/1.2.0/greeter.apkg").times(2).inject(Fault.slowDown());
    AgentPackage agent = par.fetch(PackageRef.parse("acme/greeter@^1.0"));
    assertThat(agent.manifest().version()).isEqualTo("1.2.0");
    assertThat(s3.count("GetObject")).isEqualTo(3);
  }

  // README end

  @Test
  void the_readme_shows_this_code() throws IOException {
    String readme = squeezed(Files.readString(README));
    String source = Files.readString(THIS);

    for (String title : new String[] {"embedding", "test"}) {
      assertThat(readme).contains(region(source, title).orElseThrow());
    }
  }

  private static Optional<String> region(String source, String title) {
    String begin = "// README " + title + "\n";
    int from = source.indexOf(begin);
    int to = source.indexOf("// README end", from);
    return from < 0 || to < 0
        ? Optional.empty()
        : Optional.of(squeezed(source.substring(from + begin.length(), to)).strip());
  }

  /** Without the line breaks and indents, which the two may set differently. */
  private static String squeezed(String text) {
    return text.replaceAll("\\s+", "");
  }
}
