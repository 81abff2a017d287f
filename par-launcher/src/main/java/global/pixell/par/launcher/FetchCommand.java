package global.pixell.par.launcher;

import global.pixell.par.AgentPackage;
import global.pixell.par.Digest;
import global.pixell.par.EnvironmentReader;
import global.pixell.par.PackageRef;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.ParEvent;
import global.pixell.par.internal.text.Json;
import global.pixell.par.launcher.config.AwsRegion;
import global.pixell.par.launcher.config.ProxyVariables;
import global.pixell.par.launcher.log.LogProvider;
import global.pixell.par.launcher.receipt.FetchSummary;
import global.pixell.par.launcher.terminal.ProgressBar;
import global.pixell.par.launcher.terminal.TerminalText;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * {@code par fetch}: fetches a package and prints its directory.
 *
 * @param reference as it was written
 * @param to where an own copy is wanted
 * @param json whether to print all facts instead of the directory alone
 */
record FetchCommand(String reference, Optional<Path> to, boolean json) {

  /**
   * Reads the words after {@code fetch}.
   *
   * @throws IllegalArgumentException whose message says what is wrong with the words
   */
  static FetchCommand parse(List<String> args) {
    Optional<Path> to = Optional.empty();
    Optional<String> ref = Optional.empty();
    boolean json = false;
    for (int i = 0; i < args.size(); i++) {
      String arg = args.get(i);
      if (arg.equals("--json")) {
        json = true;
      } else if (arg.equals("--to") && i + 1 < args.size()) {
        to = Optional.of(Path.of(args.get(++i)));
      } else if (!arg.startsWith("-") && ref.isEmpty()) {
        ref = Optional.of(arg);
      } else if (!arg.startsWith("-")) {
        // The argument is not repeated, because a presigned address is a credential.
        throw new IllegalArgumentException("fetch takes one reference");
      } else {
        throw new IllegalArgumentException("fetch does not take '" + arg + "'");
      }
    }
    return new FetchCommand(
        ref.orElseThrow(() -> new IllegalArgumentException("fetch needs a reference")), to, json);
  }

  /**
   * Fetches the package. Prints the result to {@code out} and, on a terminal, progress to {@code
   * err}.
   */
  void run(Map<String, String> environment, PrintStream out, PrintStream err, boolean terminal) {
    PackageRef wanted = PackageRef.parse(reference);
    String sha256 = environment.getOrDefault("PACKAGE_SHA256", "");
    if (!sha256.isBlank()) {
      wanted = wanted.withDigest(Digest.parse(sha256));
    }
    LogProvider.select();
    var facts = new FetchSummary();
    var bar = new ProgressBar(err);
    Par.Builder builder = Par.builder(config(environment)).onEvent(facts::note);
    if (terminal) {
      builder.onEvent(event -> show(event.detail(), bar, err));
    }
    try (Par par = builder.build()) {
      AgentPackage fetched = par.fetch(wanted);
      to.ifPresent(fetched::copyTo);
      Path directory = to.map(Path::toAbsolutePath).orElse(fetched.directory());
      bar.clear();
      out.println(
          json ? Json.write(describe(fetched, directory, facts.toMap())) : directory.toString());
    } finally {
      bar.clear();
    }
  }

  private static void show(ParEvent.Detail event, ProgressBar bar, PrintStream err) {
    if (event instanceof ParEvent.Downloading e) {
      bar.draw(ProgressBar.line(e.bytes(), e.total(), e.bytesPerSecond(), e.eta()));
    } else if (event instanceof ParEvent.Retried e) {
      bar.clear();
      err.printf(
          "par: attempt %d failed: %s Next in %d ms.%n",
          e.attempt(), TerminalText.printable(e.reason()), e.delay().toMillis());
    } else if (event instanceof ParEvent.Downloaded) {
      bar.clear();
    }
  }

  private static ParConfig config(Map<String, String> environment) {
    var reader = new EnvironmentReader(environment);
    ParConfig config = ParConfig.read(reader);
    AwsRegion.check(reader);
    ProxyVariables proxies = ProxyVariables.read(reader);
    reader.throwIfFaulty();
    proxies.install();
    return config;
  }

  private static Map<String, Object> describe(
      AgentPackage fetched, Path directory, Map<String, Object> facts) {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("name", fetched.manifest().name());
    fields.put("version", fetched.manifest().version());
    fetched.digest().ifPresent(digest -> fields.put("sha256", digest.hex()));
    fields.put("address", fetched.origin().address());
    fetched.origin().versionId().ifPresent(id -> fields.put("version_id", id));
    fetched.origin().eTag().ifPresent(tag -> fields.put("etag", tag));
    fields.put("source", fetched.origin().source().name().toLowerCase(Locale.ROOT));
    fields.put("directory", directory.toString());
    facts.forEach(fields::putIfAbsent);
    fields.put("warnings", fetched.warnings());
    return fields;
  }
}
