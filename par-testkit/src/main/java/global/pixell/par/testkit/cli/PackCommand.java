package global.pixell.par.testkit.cli;

import global.pixell.par.internal.text.Json;
import global.pixell.par.launcher.agent.Executable;
import global.pixell.par.launcher.terminal.TerminalText;
import global.pixell.par.testkit.cli.console.Command;
import global.pixell.par.testkit.cli.console.Options;
import global.pixell.par.testkit.cli.console.PackProgress;
import global.pixell.par.testkit.cli.console.Terminal;
import global.pixell.par.testkit.internal.pack.IgnoreRules;
import global.pixell.par.testkit.internal.pack.PackageFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Packs a folder. */
final class PackCommand implements Command {

  @Override
  public String name() {
    return "pack";
  }

  @Override
  public String summary() {
    return "packs a folder into a package, and checks it as PAR will";
  }

  @Override
  public Options.Syntax syntax() {
    return new Options.Syntax(
        Set.of("-o", "--output", "--platform", "--python"),
        Set.of("--deps", "--strict", "--json"),
        List.of("DIR"));
  }

  @Override
  public String help() {
    return """
        usage: par-testkit pack DIR [-o FILE] [--deps] [--platform linux/arm64] [--python 3.12]
                                [--strict] [--json]

        Packs the folder of an agent, with agent.yaml at its top, and inspects the package as PAR will:
        a package that PAR would refuse is not written. The same files give the same bytes.

          -o, --output FILE   the package; by default NAME-VERSION.apkg in the current folder
          --deps              add the dependencies of requirements.txt, pyproject.toml, setup.py or
                              agent.yaml to the package, in site-packages/: wheels only
          --platform P        where the agent will run, linux/amd64 or linux/arm64; by default this
                              machine's platform
          --python N          the Python version of the dependencies; by default the manifest's
          --strict            treat warnings as errors
          --json              print one line of JSON: file, id, digest, entries, bytes, left_out,
                              warnings, notes

        Warns about an agent that could not start: a file that is missing or not executable, a program
        for another machine, a module or a function that the package lacks, wrong syntax; and about
        files that look like secrets. Adds bytecode when agent.yaml names an installed Python version.

        The variables MAX_PACKAGE_SIZE_MB, PAR_MAX_UNPACKED_MB and PAR_MAX_ENTRIES set PAR's limits.

        A .parignore at the top of the folder excludes files, in the format of a .gitignore; a line
        with ! includes a file again. Excluded by default:
        """
        + "  "
        + String.join(" ", IgnoreRules.DEFAULTS)
        + "\n"
        + """

        Links are followed inside the folder; links out of it are refused. The owner's execute bit is
        kept.
        """;
  }

  @Override
  public int run(Options options, Terminal terminal) throws IOException {
    Path target =
        options.value("-o", "--output").map(Path::of).orElse(Path.of("").toAbsolutePath());
    var settings =
        new PackageFolder.Settings(
            options.value("--platform").orElse(Executable.hostPlatform()),
            options.has("--strict"),
            options.has("--deps"),
            options.value("--python").orElse(""));
    boolean json = options.has("--json");
    PackageFolder.Packed packed;
    try (var progress = PackProgress.on(json ? terminal.onErr() : terminal)) {
      packed =
          PackageFolder.pack(
              Path.of(options.word(0)), target, terminal.environment(), settings, progress);
    }
    if (json) {
      terminal.out().println(Json.write(fields(packed)));
    } else {
      report(packed, terminal);
    }
    return 0;
  }

  private static Map<String, ?> fields(PackageFolder.Packed packed) {
    var inspection = packed.inspection();
    var fields = new LinkedHashMap<String, Object>();
    fields.put("file", packed.file().toAbsolutePath());
    fields.put("id", packed.id());
    fields.put("digest", inspection.digest().hex());
    fields.put("entries", inspection.entries());
    fields.put("bytes", inspection.packageBytes());
    fields.put("left_out", packed.leftOut());
    fields.put("warnings", packed.warnings());
    fields.put("notes", packed.notes());
    return fields;
  }

  private static void report(PackageFolder.Packed packed, Terminal terminal) {
    var inspection = packed.inspection();
    terminal.step(
        "packed %s: %,d entries, %,d bytes -> %s"
            .formatted(
                packed.id(), inspection.entries(), inspection.packageBytes(), packed.file()));
    terminal.out().println("sha256    " + inspection.digest().hex());
    terminal.out().println("reference s3://BUCKET/KEY#sha256=" + inspection.digest().hex());
    packed
        .leftOut()
        .forEach(
            name ->
                terminal
                    .err()
                    .println(
                        name.startsWith(".env")
                            ? "left out  "
                                + name
                                + "  (secrets do not belong in a package; a line !"
                                + name
                                + " in .parignore packs it anyway)"
                            : "left out  " + TerminalText.printable(name)));
    packed
        .warnings()
        .forEach(warning -> terminal.err().println("warning   " + TerminalText.printable(warning)));
    packed
        .notes()
        .forEach(note -> terminal.err().println("note      " + TerminalText.printable(note)));
  }
}
