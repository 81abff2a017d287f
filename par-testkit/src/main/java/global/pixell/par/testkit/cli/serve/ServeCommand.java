package global.pixell.par.testkit.cli.serve;

import global.pixell.par.ParConfig;
import global.pixell.par.internal.s3name.BucketName;
import global.pixell.par.internal.text.Json;
import global.pixell.par.launcher.terminal.TerminalText;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.FakeS3Options;
import global.pixell.par.testkit.RecordedRequest;
import global.pixell.par.testkit.cli.console.Command;
import global.pixell.par.testkit.cli.console.Options;
import global.pixell.par.testkit.cli.console.ShutdownHook;
import global.pixell.par.testkit.cli.console.Terminal;
import global.pixell.par.testkit.cli.console.UsageException;
import global.pixell.par.testkit.cli.instance.Instances;
import global.pixell.par.testkit.internal.fault.FaultSpec;
import global.pixell.par.testkit.internal.stub.StubServer;
import global.pixell.par.testkit.internal.text.Quantity;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs a fake S3 for the AWS CLI, boto3, {@code par} and other programs that read the AWS
 * variables.
 */
public final class ServeCommand implements Command {

  /** How many requests the journal keeps. An entry takes 1 to 3 KB, and the heap has 256 MB. */
  public static final int KEPT = 10_000;

  /** The usual port of local AWS fakes, so that compose files and settings of others fit. */
  static final int PORT = 4566;

  private static final String REHEARSED = "acme/greeter/1.2.0/greeter.apkg";
  private static final String OTHER_BUCKET = "other-bucket";

  @Override
  public String name() {
    return "serve";
  }

  @Override
  public String summary() {
    return "runs a fake S3: folders are buckets, files are objects";
  }

  @Override
  public Options.Syntax syntax() {
    return new Options.Syntax(
        Set.of(
            FakeS3Port.OPTION,
            "--host",
            "--control",
            "--bucket",
            "--dir",
            "--policy",
            "--identities",
            "--fault",
            "--latency",
            "--bandwidth",
            "--clock-skew",
            "--stubs",
            "--record"),
        Set.of("-q", "--quiet", "--json"),
        List.of());
  }

  @Override
  public String help() {
    return """
        usage: par-testkit serve [options]

        Runs a fake S3 on loopback until Ctrl-C. Paste the export lines it prints into a shell: the
        AWS CLI, boto3, the SDKs and par then use it. Prints a line on stderr for each request.

          --port P            the port; by default 4566, or any free one when that is taken. 0 is any
          --host ADDRESS      listen there instead of on loopback; 0.0.0.0 for containers
          --control WHO       who may use the control API at /_par/: local (this host, the default),
                              any, or off. With any, a web page can reach it by DNS rebinding: do
                              not publish the port where a browser runs
          --bucket NAME       make a bucket; may be repeated
          --dir FOLDER        serve this folder: its folders are buckets, their files are objects.
                              By default, the data is in memory and pixell-agent-packages is an
                              empty bucket
          --policy FILE       enforce an IAM policy on the printed identity, as AWS does; by default
                              it may do everything. Without --dir, the fake then has a small package
                              and a second bucket, so that iam/verify.sh can try both
          --identities FILE   add identities: a JSON array of
                              {access_key, secret_key, canonical_id, display_name, policy}
          --fault SPEC        inject a fault, see below; may be repeated
          --latency TIME      wait before each answer, for instance 50ms
          --bandwidth RATE    limit each connection, in bytes per second; S3's own rate is 90MB
          --clock-skew TIME   set the server's clock ahead
        """
        + Stubs.HELP.indent(2)
        + """
          -q, --quiet         print no line per request
          --json              print one line of JSON instead of export lines: endpoint, control,
                              region, environment, stubs, pid

        """
        + FaultSpec.HELP;
  }

  @Override
  @SuppressWarnings("try") // The block does not use the hook, which waits for a signal.
  public int run(Options options, Terminal terminal) throws InterruptedException {
    Instances instances = Instances.of(terminal.environment());
    var notes = new ArrayList<String>();
    try (var stubs = Stubs.start(options, terminal.err()::println);
        FakeS3 s3 = FakeS3Port.start(settings(options), options, PORT, notes::add);
        var hook =
            ShutdownHook.thenClose(
                () -> {
                  instances.remove();
                  s3.close();
                  stubs.close();
                })) {
      StubsControl.attach(s3, stubs);
      UsageException.ifRefused(() -> configure(s3, options));
      notes.addAll(warnings(options));
      notes.addAll(fill(s3, options));
      s3.markBaseline();
      if (!options.has("-q") && !options.has("--quiet")) {
        s3.addRequestListener(request -> terminal.err().println(line(request)));
      }
      greet(s3, stubs, options, notes, terminal);
      instances.put(Map.of("command", "serve", "endpoint", s3.endpoint().toString()));
      new CountDownLatch(1).await();
      return 0;
    }
  }

  private static FakeS3Options onHost(FakeS3Options settings, String host) {
    try {
      return settings.host(host);
    } catch (IllegalArgumentException e) {
      throw new UsageException("--host " + e.getMessage());
    }
  }

  private static FakeS3Options settings(Options options) {
    FakeS3Options settings = FakeS3.options().keepRequests(KEPT);
    Optional<String> host = options.value("--host");
    if (host.isPresent()) {
      settings = onHost(settings, host.get());
    }
    String control = options.value("--control").orElse("local");
    settings =
        switch (control) {
          case "local" -> settings;
          case "any" -> settings.controlFromAnyHost();
          case "off" -> settings.withoutControl();
          default ->
              throw new UsageException(
                  "--control must be local, any or off, and '" + control + "' is not one of them");
        };
    Optional<Path> directory = options.value("--dir").map(Path::of);
    if (directory.isPresent() && !Files.isDirectory(directory.get())) {
      throw new UsageException(
          "--dir must name a directory, and '" + directory.get() + "' is not one");
    }
    for (String bucket : options.values("--bucket")) {
      if (!BucketName.isValid(bucket)) {
        throw new UsageException(
            "--bucket '" + bucket + "' is not a bucket name: " + BucketName.RULE);
      }
    }
    return directory.map(settings::directory).orElse(settings);
  }

  private static List<String> warnings(Options options) {
    var warnings = new ArrayList<String>();
    options
        .value("--host")
        .filter(host -> !host.equals("127.0.0.1") && !host.equals("localhost"))
        .ifPresent(
            host ->
                warnings.add(
                    "Warning: everybody who reaches "
                        + host
                        + " may read and write the buckets, because the keys are known."));
    if (options.value("--control").equals(Optional.of("any"))) {
      warnings.add(
          "Warning: everybody who reaches the port may use the control API, and so may a web page in"
              + " a browser that reaches it (DNS rebinding).");
    }
    return warnings;
  }

  private static void configure(FakeS3 s3, Options options) {
    options.value("--policy").map(Path::of).ifPresent(s3.defaultIdentity()::policy);
    options.value("--identities").map(Path::of).ifPresent(file -> identities(s3, file));
    options.values("--fault").forEach(s3::inject);
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

  /** Fills an in-memory server. Returns the notes to print. */
  private static List<String> fill(FakeS3 s3, Options options) {
    options.values("--bucket").forEach(s3::createBucket);
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
        "To try the policy: s3://%s/%s may be read, the same key in %s may not."
            .formatted(ParConfig.DEFAULT_BUCKET, REHEARSED, OTHER_BUCKET));
  }

  /** Entries of the folder that look like buckets but cannot be buckets. */
  private static List<String> notServed(Path directory) {
    var notes = new ArrayList<String>();
    try (Stream<Path> all = Files.list(directory)) {
      for (Path path : all.sorted().toList()) {
        String name = path.getFileName().toString();
        String shown = "Not served: " + TerminalText.printable(name);
        if (Files.isSymbolicLink(path)) {
          notes.add(shown + " is a symbolic link; a bucket must be a directory.");
        } else if (Files.isDirectory(path)
            && !name.startsWith(".")
            && !name.matches("[A-Za-z0-9._-]{1,255}")) {
          notes.add(shown + " is not a bucket name; use letters, digits and . _ -");
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the folder " + directory + " cannot be read", e);
    }
    return notes;
  }

  private static void greet(
      FakeS3 s3, Stubs stubs, Options options, List<String> notes, Terminal terminal) {
    PrintStream out = terminal.out();
    if (options.has("--json")) {
      notes.forEach(note -> terminal.err().println("# " + note));
      out.println(Json.write(json(s3, stubs, options)));
      out.flush();
      return;
    }
    String what = options.value("--dir").map(dir -> " over " + dir).orElse(" in memory");
    out.println("# A fake S3" + what + " listens on " + s3.endpoint() + "; Ctrl-C stops it.");
    if (hasControl(options)) {
      out.println("# Requests, denials and faults, to see and to change: " + s3.control());
    }
    stubs
        .server()
        .ifPresent(
            server ->
                out.println(
                    "# Stubs for what an agent calls ("
                        + server.mappings()
                        + "): "
                        + server.baseUrl()));
    notes.forEach(note -> out.println("# " + note));
    // A real AWS session or profile in the shell would override the keys below.
    out.println("unset AWS_PROFILE AWS_SESSION_TOKEN");
    s3.environment().forEach((name, value) -> out.println("export " + name + "=" + value));
    out.flush();
  }

  private static boolean hasControl(Options options) {
    return !options.value("--control").equals(Optional.of("off"));
  }

  private static Map<String, ?> json(FakeS3 s3, Stubs stubs, Options options) {
    var fields = new LinkedHashMap<String, @Nullable Object>();
    fields.put("endpoint", s3.endpoint());
    fields.put("control", hasControl(options) ? s3.control() : null);
    fields.put("region", s3.environment().get("AWS_REGION"));
    fields.put("environment", s3.environment());
    fields.put("stubs", stubs.server().map(StubServer::baseUrl).orElse(null));
    fields.put("pid", ProcessHandle.current().pid());
    return fields;
  }

  private static String line(RecordedRequest request) {
    String what = request.bucket() + (request.key().isEmpty() ? "" : "/" + request.key());
    return String.format(
            Locale.ROOT,
            "%-16s %s %s %d B",
            request.operation(),
            request.status() == 0 ? "---" : request.status(),
            TerminalText.printable(what),
            request.bytes())
        + (request.range().isEmpty() ? "" : " " + TerminalText.printable(request.range()))
        + (request.fault().isEmpty() ? "" : " fault: " + request.fault())
        + denied(request);
  }

  private static String denied(RecordedRequest request) {
    return request.accesses().stream()
        .filter(access -> !access.allowed())
        .findFirst()
        .map(access -> " denied: " + TerminalText.printable(access.reason()))
        .orElse("");
  }
}
