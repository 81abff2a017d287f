package global.pixell.par.launcher;

import global.pixell.par.AgentManifest;
import global.pixell.par.PackageInspection;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.internal.text.Json;
import global.pixell.par.launcher.agent.Executable;
import global.pixell.par.launcher.agent.preparation.PackageReview;
import global.pixell.par.launcher.log.LogProvider;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The command {@code inspect}: shows what PAR sees in a package. */
record InspectCommand(Path file, boolean strict, String platform, boolean json) {

  /** Empty when the words do not name one file. */
  static Optional<InspectCommand> parse(List<String> args) {
    Arguments arguments = Arguments.of(args);
    var words = new ArrayList<>(arguments.words());
    boolean strict = words.remove("--strict");
    String platform = Executable.hostPlatform();
    int at = words.indexOf("--platform");
    if (at >= 0 && at + 1 < words.size()) {
      platform = words.remove(at + 1);
      words.remove(at);
    }
    if (words.size() != 1 || words.get(0).startsWith("-")) {
      return Optional.empty();
    }
    return Optional.of(
        new InspectCommand(Path.of(words.get(0)), strict, platform, arguments.json()));
  }

  void run(Map<String, String> environment, PrintStream out) {
    LogProvider.select();
    ParConfig config = ParConfig.fromEnvironment(environment);
    try (Par par = Par.builder(config).build()) {
      PackageInspection seen = par.inspect(file);
      var warnings = new ArrayList<>(seen.warnings());
      PackageReview.Review review = PackageReview.of(file, environment, platform, strict);
      warnings.addAll(review.findings());
      var fields = new LinkedHashMap<String, Object>();
      fields.put("id", seen.manifest().name() + "@" + seen.manifest().version());
      fields.put("sha256", seen.digest().hex());
      seen.manifest().runtime().ifPresent(r -> fields.put("runtime", r.toString()));
      fields.put(
          "surfaces", seen.manifest().surfaces().stream().map(AgentManifest.Surface::key).toList());
      fields.put("runnable", seen.manifest().runnable() && review.startable());
      fields.put("entries", seen.entries());
      fields.put("package_bytes", seen.packageBytes());
      fields.put("unpacked_bytes", seen.unpackedBytes());
      fields.put("bytes_by_folder", seen.bytesByFolder());
      fields.put("warnings", warnings);
      if (json) {
        out.println(Json.write(fields));
      } else {
        fields.forEach((name, value) -> out.printf("%-16s %s%n", name, value));
      }
    }
  }
}
