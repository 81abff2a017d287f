package global.pixell.par.testkit.cli;

import global.pixell.par.ParConfig;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

/** A fake S3 for the AWS CLI, boto3, {@code par}, and whatever else reads AWS's variables. */
final class ServeCommand implements Command {

  /** Nobody asks this server what it was asked. */
  static final int KEPT = 100;

  private static final String REHEARSED = "acme/greeter/1.2.0/greeter.apkg";
  private static final String OTHER_BUCKET = "other-bucket";

  @Override
  public String name() {
    return "serve";
  }

  @Override
  public String summary() {
    return "a fake S3: folders are buckets, files are keys";
  }

  @Override
  public Options.Syntax syntax() {
    return new Options.Syntax(
        Set.of(
            "--port",
            "--dir",
            "--policy",
            "--identities",
            "--fault",
            "--latency",
            "--bandwidth",
            "--clock-skew"),
        Set.of("-q", "--quiet"),
        List.of());
  }

  @Override
  public String help() {
    return """
        usage: par-testkit serve [options]

        Serves S3 on loopback until Ctrl-C. Paste the export lines it prints, and the AWS CLI, boto3,
        the SDKs and par talk to it. Each request is a line on stderr.

          --port P            the port; a free one unless said
          --dir FOLDER        its folders are buckets, their files are keys; without it all is in memory,
                              with the empty bucket pixell-agent-packages
          --policy FILE       an IAM policy for the printed identity, enforced as AWS does; it may do
                              everything unless said. Without --dir, a small package and a second
                              bucket are there, for iam/verify.sh to read one and be denied the other
          --identities FILE   more identities: a JSON array of
                              {access_key, secret_key, canonical_id, display_name, policy}
          --fault SPEC        what goes wrong, below; may be repeated
          --latency TIME      a wait before each answer, such as 50ms
          --bandwidth RATE    bytes a second and connection, such as 90MB, which is S3's own
          --clock-skew TIME   the server's clock is ahead by that
          -q, --quiet         no line a request

        """
        + FaultSpec.HELP;
  }

  @Override
  @SuppressWarnings("try") // Being told is waited for, not asked.
  public int run(Options options, Terminal terminal) throws InterruptedException {
    try (FakeS3 s3 = start(options);
        var told = ShutdownHook.thenClose(s3::close)) {
      configure(s3, options);
      List<String> notes = fill(s3, options);
      if (!options.has("-q") && !options.has("--quiet")) {
        s3.addRequestListener(request -> terminal.err().println(line(request)));
      }
      greet(s3, options, notes, terminal);
      new CountDownLatch(1).await();
      return 0;
    }
  }

  private static FakeS3 start(Options options) {
    String text = options.value("--port").orElse("0");
    if (!text.matches("\\d{1,5}") || Integer.parseInt(text) > 65_535) {
      throw new UsageException("--port must be 0 to 65535, and '" + text + "' is not");
    }
    int port = Integer.parseInt(text);
    Optional<Path> directory = options.value("--dir").map(Path::of);
    if (directory.isPresent() && !Files.isDirectory(directory.get())) {
      throw new UsageException(
          "--dir must name a directory, and '" + directory.get() + "' is none");
    }
    try {
      FakeS3.Options memory = FakeS3.options().port(port).keepRequests(KEPT);
      return FakeS3.start(directory.map(memory::directory).orElse(memory));
    } catch (UncheckedIOException e) {
      if (e.getCause() instanceof BindException) {
        throw new UsageException(
            "the port "
                + port
                + " cannot be had ("
                + e.getCause().getMessage()
                + "); choose another --port");
      }
      throw e;
    }
  }

  private static void configure(FakeS3 s3, Options options) {
    options.value("--policy").map(Path::of).ifPresent(s3.defaultIdentity()::policy);
    options.value("--identities").map(Path::of).ifPresent(file -> identities(s3, file));
    options.values("--fault").forEach(spec -> FaultSpec.apply(s3, spec));
    options.value("--latency").ifPresent(text -> s3.latency(Quantity.duration("--latency", text)));
    options
        .value("--bandwidth")
        .ifPresent(text -> s3.bandwidth(Quantity.bytes("--bandwidth", text)));
    options
        .value("--clock-skew")
        .ifPresent(text -> s3.clock().advance(Quantity.duration("--clock-skew", text)));
  }

  private static void identities(FakeS3 s3, Path file) {
    try {
      s3.identities(file);
    } catch (IllegalArgumentException e) {
      throw new UsageException("--identities " + file + ": " + e.getMessage());
    }
  }

  /** Puts there what is served without a folder; says what is there, or is not. */
  private static List<String> fill(FakeS3 s3, Options options) {
    if (options.value("--dir").isPresent()) {
      return notServed(Path.of(options.value("--dir").get()));
    }
    s3.createBucket(ParConfig.DEFAULT_BUCKET);
    if (options.value("--policy").isEmpty()) {
      return List.of();
    }
    byte[] apkg =
        Apkg.named("greeter")
            .version("1.2.0")
            .command("sh", "main.sh")
            .file("main.sh", "echo hello; sleep 600\n")
            .build();
    s3.put(ParConfig.DEFAULT_BUCKET, REHEARSED, apkg);
    s3.put(OTHER_BUCKET, REHEARSED, apkg);
    return List.of(
        "To rehearse with: s3://%s/%s, and the same in %s."
            .formatted(ParConfig.DEFAULT_BUCKET, REHEARSED, OTHER_BUCKET));
  }

  /** What lies in the folder and is no bucket, though its owner may think so. */
  private static List<String> notServed(Path directory) {
    var notes = new ArrayList<String>();
    try (Stream<Path> all = Files.list(directory)) {
      for (Path path : all.sorted().toList()) {
        String name = path.getFileName().toString();
        String shown = "Not served: " + TerminalEscapes.printable(name);
        if (Files.isSymbolicLink(path)) {
          notes.add(shown + " is a link; a bucket is a folder of its own.");
        } else if (Files.isDirectory(path)
            && !name.startsWith(".")
            && !name.matches("[A-Za-z0-9._-]{1,255}")) {
          notes.add(shown + " can be no bucket's name; letters, digits and . _ - can.");
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the folder " + directory + " cannot be read", e);
    }
    return notes;
  }

  private static void greet(FakeS3 s3, Options options, List<String> notes, Terminal terminal) {
    String what = options.value("--dir").map(dir -> " over " + dir).orElse(" in memory");
    PrintStream out = terminal.out();
    out.println("# A fake S3" + what + " listens on " + s3.endpoint() + "; Ctrl-C ends it.");
    notes.forEach(note -> out.println("# " + note));
    // A shell may have a session or a profile of real AWS, which would win or get in the way.
    out.println("unset AWS_PROFILE AWS_SESSION_TOKEN");
    s3.environment().forEach((name, value) -> out.println("export " + name + "=" + value));
    out.flush();
  }

  private static String line(FakeS3.Request request) {
    String what = request.bucket() + (request.key().isEmpty() ? "" : "/" + request.key());
    return String.format(
            Locale.ROOT,
            "%-16s %s %s %d B",
            request.operation(),
            request.status() == 0 ? "---" : request.status(),
            TerminalEscapes.printable(what),
            request.bytes())
        + (request.range().isEmpty() ? "" : " " + TerminalEscapes.printable(request.range()))
        + (request.fault().isEmpty() ? "" : " fault: " + request.fault())
        + denied(request);
  }

  private static String denied(FakeS3.Request request) {
    return request.accesses().stream()
        .filter(access -> !access.allowed())
        .findFirst()
        .map(access -> " denied: " + TerminalEscapes.printable(access.reason()))
        .orElse("");
  }
}
