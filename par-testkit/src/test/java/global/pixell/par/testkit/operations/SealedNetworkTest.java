package global.pixell.par.testkit.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.testing.IamFolder;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The page's network isolation, as the kernel sees it: PAR connects only to S3 and to the endpoint
 * of the container's credentials. It contacts no name server and no metadata service.
 */
@Timeout(600)
class SealedNetworkTest {

  /** A destination as strace prints it, IPv4 or IPv6. */
  private static final Pattern DESTINATION =
      Pattern.compile(
          "sin6?_port=htons\\((\\d+)\\).*?(?:inet_addr\\(\"|inet_pton\\(AF_INET6, \")([^\"]+)\"");

  @TempDir Path folder;

  @Test
  void par_talks_to_s3_and_to_the_endpoint_of_its_credentials_and_to_nobody_else()
      throws Exception {
    // In the current directory, because the class path may be relative to it.
    Commands commands = new Commands(folder).in(Path.of("").toAbsolutePath());
    for (String tool : List.of("unshare", "ip", "strace", "python3")) {
      assumeTrue(commands.onPath(tool), tool + " is not installed");
    }
    assumeTrue(
        commands.run("unshare", "-n", "true").exit() == 0,
        "this machine allows no network namespaces");
    assumeTrue(
        commands.run("strace", "-q", "-o", "/dev/null", "true").exit() == 0,
        "this machine allows no tracing");
    Path bucket = folder.resolve("buckets/pixell-agent-packages/acme/greeter/1.2.0");
    Files.createDirectories(bucket);
    Files.write(
        bucket.resolve("greeter.apkg"),
        Apkg.named("greeter")
            .command("sh", "run.sh")
            .manifest("ready: {line: up}")
            .file("run.sh", "echo up; exec sleep 600\n")
            .build());
    Path script = folder.resolve("sealed-network.py");
    try (InputStream text =
        Objects.requireNonNull(getClass().getResourceAsStream("/operations/sealed-network.py"))) {
      Files.copy(text, script);
    }

    Commands.Ran ran =
        commands.run(
            "unshare",
            "-n",
            "python3",
            script.toString(),
            folder.toString(),
            IamFolder.file("task-role-policy.json").toString(),
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            System.getProperty("java.class.path"));

    List<String> ended = List.of(ran.hasEnded(0).out().strip().split(" ", -1));
    String log = Files.readString(folder.resolve("lines.log"));
    assertThat(ended.get(1)).as("PAR's exit code; its log is %s", log).isEqualTo("0");
    assertThat(log).contains("\"event\":\"Runtime ready\"");
    assertThat(destinations(Files.readAllLines(folder.resolve("connections.log"))))
        .containsExactlyInAnyOrder("127.0.0.1:" + ended.get(0), "169.254.170.2:80");
  }

  private static Set<String> destinations(List<String> calls) {
    Set<String> destinations = new TreeSet<>();
    for (String call : calls) {
      Matcher found = DESTINATION.matcher(call);
      while (found.find()) {
        destinations.add(found.group(2).replace("::ffff:", "") + ":" + found.group(1));
      }
    }
    return destinations;
  }
}
