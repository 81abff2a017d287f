package global.pixell.par.testkit;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;

/** The testkit for people who do not write Java. */
final class TestkitCli {

  private static final int BAD_ARGUMENTS = 80;
  private static final String USAGE =
      """
      usage: par-testkit serve --dir FOLDER [--port P]   a fake S3: folders are buckets, files are keys
             par-testkit demo                            the whole way: pack, publish, boot, ask, stop
             par-testkit help
      """;

  private final Map<String, String> environment;
  private final PrintStream out;
  private final PrintStream err;

  TestkitCli(Map<String, String> environment, PrintStream out, PrintStream err) {
    this.environment = environment;
    this.out = out;
    this.err = err;
  }

  int run(List<String> args) {
    String command = args.isEmpty() ? "help" : args.get(0);
    try {
      return switch (command) {
        case "serve" -> serve(args.subList(1, args.size()));
        case "demo" ->
            args.size() == 1 ? new Demo(environment, out).run() : usage("demo takes no arguments");
        case "help", "--help", "-h" -> {
          out.print(USAGE);
          yield 0;
        }
        default -> usage("there is no command '" + command + "'");
      };
    } catch (UncheckedIOException e) {
      err.println("par-testkit: " + e.getMessage() + ": " + e.getCause());
      return BAD_ARGUMENTS;
    } catch (IOException e) {
      err.println("par-testkit: " + e);
      return 1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  private int usage(String fault) {
    err.println("par-testkit: " + fault);
    err.print(USAGE);
    return BAD_ARGUMENTS;
  }

  private int serve(List<String> args) throws InterruptedException {
    var options = new TreeMap<String, String>();
    for (int i = 0; i < args.size(); i += 2) {
      if (!List.of("--port", "--dir").contains(args.get(i)) || i + 1 == args.size()) {
        return usage("serve does not take '" + args.get(i) + "' so");
      }
      options.put(args.get(i), args.get(i + 1));
    }
    Path directory = Path.of(options.getOrDefault("--dir", ""));
    if (!options.containsKey("--dir") || !Files.isDirectory(directory)) {
      return usage("--dir must name a directory, and '" + directory + "' is none");
    }
    String port = options.getOrDefault("--port", "0");
    if (!port.matches("\\d{1,5}") || Integer.parseInt(port) > 65_535) {
      return usage("--port must be 0 to 65535, and '" + port + "' is not");
    }
    try (FakeS3 s3 = FakeS3.serve(Integer.parseInt(port), directory)) {
      out.println(
          "# A fake S3 over " + directory + " listens on " + s3.endpoint() + "; Ctrl-C ends it.");
      new TreeMap<>(s3.environment())
          .forEach((name, value) -> out.println("export " + name + "=" + value));
      out.flush();
      // Until a signal ends the process.
      new CountDownLatch(1).await();
    }
    return 0;
  }
}
