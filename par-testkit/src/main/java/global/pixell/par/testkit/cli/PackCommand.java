package global.pixell.par.testkit.cli;

import global.pixell.par.launcher.agent.Executable;
import global.pixell.par.testkit.internal.pack.IgnoreRules;
import global.pixell.par.testkit.internal.pack.PackageFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** A folder becomes a package. */
final class PackCommand implements Command {

  @Override
  public String name() {
    return "pack";
  }

  @Override
  public String summary() {
    return "a folder becomes a package that PAR takes";
  }

  @Override
  public Options.Syntax syntax() {
    return new Options.Syntax(
        Set.of("-o", "--output", "--platform", "--python"),
        Set.of("--deps", "--strict"),
        List.of("DIR"));
  }

  @Override
  public String help() {
    return """
        usage: par-testkit pack DIR [-o FILE] [--deps] [--platform linux/arm64] [--python 3.12] [--strict]

        Zips the folder of an agent, with agent.yaml at its top, and has PAR inspect the result: what
        PAR would refuse is refused here, and nothing is written. The same files give the same bytes.

          -o, --output FILE   NAME-VERSION.apkg in the current folder unless said
          --deps              puts the dependencies of requirements.txt, pyproject.toml, setup.py or
                              agent.yaml into the package, in site-packages/: wheels only
          --platform P        linux/amd64 or linux/arm64, where the agent is to run; this machine's
          --python N          the version that the dependencies are for; the manifest's
          --strict            refuses what it else warns about

        What could not start is named: a file that is not there or has no x bit, a program of another
        machine, a module or a function that the package lacks, wrong syntax, files that look like
        secrets. Bytecode is added where agent.yaml names a version of Python that is here.

        PAR's limits are the usual ones unless MAX_PACKAGE_SIZE_MB, PAR_MAX_UNPACKED_MB or
        PAR_MAX_ENTRIES say otherwise.

        A .parignore at the top of the folder leaves files out, in the words of a .gitignore; a line
        with ! takes one in again. Left out without asking:
        """
        + "  "
        + String.join(" ", IgnoreRules.DEFAULTS)
        + "\n"
        + """

        Links are followed within the folder and refused when they lead out of it; the owner's
        execute bit is kept.
        """;
  }

  @Override
  public int run(Options options, Terminal terminal) throws IOException {
    Path target =
        options
            .value("-o")
            .or(() -> options.value("--output"))
            .map(Path::of)
            .orElse(Path.of("").toAbsolutePath());
    var settings =
        new PackageFolder.Settings(
            options.value("--platform").orElse(Executable.hostPlatform()),
            options.has("--strict"),
            options.has("--deps"),
            options.value("--python").orElse(""));
    report(
        PackageFolder.pack(Path.of(options.word(0)), target, terminal.environment(), settings),
        terminal);
    return 0;
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
                                + " in .parignore takes it in)"
                            : "left out  " + TerminalEscapes.printable(name)));
    inspection
        .warnings()
        .forEach(
            warning -> terminal.err().println("warning   " + TerminalEscapes.printable(warning)));
    packed
        .findings()
        .forEach(
            finding -> terminal.err().println("warning   " + TerminalEscapes.printable(finding)));
    packed
        .notes()
        .forEach(note -> terminal.err().println("note      " + TerminalEscapes.printable(note)));
  }
}
