package global.pixell.par.testkit;

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
    return new Options.Syntax(Set.of("--fault"), Set.of(), List.of("DIR"));
  }

  @Override
  public String help() {
    return """
        usage: par-testkit dev DIR [--fault SPEC]

        Packs the folder, publishes it to a fake S3, and boots it with the real launcher, as it will be
        booted in its container. Its log is shown for people. A change of a file packs, publishes and
        boots it again; a folder that cannot be packed is said to be so, and the old one stays up.
        Ctrl-C ends all of it.

        REST_PORT, A2A_PORT, UI_PORT, HEALTH_PORT and LOG_LEVEL are taken from the environment; ports
        that are not set are 8080, 50051, 3000 and 8081 where those are free, and others where not.
        AGENT_APP_ID is dev unless set. Any other variable for the agent belongs in agent.yaml.

        """
        + FaultSpec.HELP;
  }

  @Override
  public int run(Options options, Terminal terminal) throws IOException, InterruptedException {
    var loop = new DevLoop(Path.of(options.word(0)), terminal);
    try {
      options.values("--fault").forEach(loop::fault);
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    loop.close();
                    // A told end is no failure; a signal's own exit code would say so.
                    Runtime.getRuntime().halt(0);
                  },
                  "par-testkit-stop"));
      return loop.run();
    } catch (UsageException e) {
      loop.close();
      throw e;
    }
  }
}
