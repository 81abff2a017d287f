package global.pixell.par.testkit.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** An agent under development: run, and run again after every change. */
final class DevCommand implements Command {

  @Override
  public String name() {
    return "dev";
  }

  @Override
  public String summary() {
    return "run the agent of a folder, and run it again after every change";
  }

  @Override
  public Options.Syntax syntax() {
    return new Options.Syntax(
        Set.of("--fault"), Set.of("-v", "--verbose", "--json"), List.of("DIR"));
  }

  @Override
  public String help() {
    return """
        usage: par-testkit dev DIR [options]

        Packs the folder, publishes it to a fake S3, and boots it with the real launcher, as it will be
        booted in its container. A change of a file that pack would take packs, publishes and boots it
        again; a folder that cannot be packed is said to be so, and the old one stays up. Ctrl-C ends
        all of it.

          -v, --verbose       every line of the log, with every field
          --json              the log as the container will write it
          --fault SPEC        what goes wrong, below; may be repeated

        REST_PORT, A2A_PORT, UI_PORT, HEALTH_PORT and LOG_LEVEL are taken from the environment; ports
        that are not set are 8080, 50051, 3000 and 8081 where those are free, and others where not.
        AGENT_APP_ID is dev unless set. Any other variable for the agent belongs in agent.yaml.

        """
        + FaultSpec.HELP;
  }

  @Override
  @SuppressWarnings("try") // Being told is waited for, not asked.
  public int run(Options options, Terminal terminal) throws IOException, InterruptedException {
    HumanLogFormatter.Detail detail = HumanLogFormatter.Detail.SHORT;
    if (options.has("--json")) {
      detail = HumanLogFormatter.Detail.JSON;
    } else if (options.has("-v") || options.has("--verbose")) {
      detail = HumanLogFormatter.Detail.ALL;
    }
    try (var loop = new DevLoop(Path.of(options.word(0)), terminal, detail);
        var told = ShutdownHook.thenClose(loop::close)) {
      options.values("--fault").forEach(loop::fault);
      return loop.run();
    }
  }
}
