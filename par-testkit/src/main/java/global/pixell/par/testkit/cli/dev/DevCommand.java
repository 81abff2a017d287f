package global.pixell.par.testkit.cli.dev;

import global.pixell.par.launcher.terminal.HumanLogFormatter;
import global.pixell.par.launcher.terminal.Paint;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.cli.console.Command;
import global.pixell.par.testkit.cli.console.InterruptSignal;
import global.pixell.par.testkit.cli.console.Options;
import global.pixell.par.testkit.cli.console.ShutdownHook;
import global.pixell.par.testkit.cli.console.Terminal;
import global.pixell.par.testkit.cli.console.UsageException;
import global.pixell.par.testkit.cli.serve.FakeS3Port;
import global.pixell.par.testkit.cli.serve.ServeCommand;
import global.pixell.par.testkit.cli.serve.Stubs;
import global.pixell.par.testkit.cli.serve.StubsControl;
import global.pixell.par.testkit.internal.fault.FaultSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Runs an agent under development, and runs it again after every change. */
public final class DevCommand implements Command {

  /** The exit code of a shell for a program that Ctrl-C killed. */
  static final int KILLED = 130;

  /** Beside that of {@code serve}, so that both can run. */
  static final int PORT = 4567;

  @Override
  public String name() {
    return "dev";
  }

  @Override
  public String summary() {
    return "runs the agent of a folder, and runs it again after every change";
  }

  @Override
  public Options.Syntax syntax() {
    return new Options.Syntax(
        Set.of(FakeS3Port.OPTION, "--fault", "-e", "--env", "--env-file", "--stubs", "--record"),
        Set.of("-v", "--verbose", "--json"),
        List.of("DIR"));
  }

  @Override
  public String help() {
    return """
        usage: par-testkit dev DIR [options]

        Packs the folder, publishes the package to a fake S3, and boots it with the real launcher, as
        its container will. When a file of the package changes, packs, publishes and boots it again.
        When the folder cannot be packed, prints why and keeps the old agent running. Ctrl-C stops it,
        and a second Ctrl-C kills it.

          --port P            the port of the fake S3 and of its page; by default 4567, or any free one
                              when that is taken. 0 is any
          -e, --env NAME=VALUE, -e NAME
                              give the agent a variable, or the one of this shell; may be repeated
          --env-file FILE     give the agent the variables of a file such as .env; may be repeated.
                              {stubs} in a VALUE of both is the address of the stubs below
        """
        + Stubs.HELP.indent(2)
        + """
          -v, --verbose       print all log lines with all fields
          --json              print the log lines as the container will write them
          --fault SPEC        inject a fault, see below; may be repeated

        The agent gets no other variables of this shell, as in its container; dev names those that it
        seems to expect. REST_PORT, A2A_PORT, UI_PORT, HEALTH_PORT, LOG_LEVEL, PAR_READY_TIMEOUT_MS and
        PAR_READY_GRACE_MS are read from the shell. Ports that are not set are 8080, 50051, 3000 and
        8081, or others if those are taken. AGENT_APP_ID is dev by default.

        """
        + FaultSpec.HELP;
  }

  @Override
  @SuppressWarnings("try") // The block does not use the hook, which waits for a signal.
  public int run(Options options, Terminal terminal) throws IOException, InterruptedException {
    boolean verbose = options.has("-v", "--verbose");
    Optional<HumanLogFormatter.Detail> detail =
        options.has("--json")
            ? Optional.empty()
            : Optional.of(verbose ? HumanLogFormatter.Detail.ALL : HumanLogFormatter.Detail.SHORT);
    Terminal steps = detail.isEmpty() ? terminal.onErr() : terminal;
    // Closed after the agent has ended, so that its last calls are recorded, too.
    try (var stubs = Stubs.start(options, steps::step)) {
      var passed =
          PassedVariables.of(
              options.values("--env-file"),
              options.values("-e", "--env"),
              terminal.environment(),
              stubs::expand);
      Path folder = Path.of(options.word(0));
      FakeS3 s3 =
          FakeS3Port.start(
              FakeS3.options().keepRequests(ServeCommand.KEPT),
              options,
              PORT,
              text -> steps.step(steps.paint(Paint.Colour.YELLOW, "note: ") + text));
      var loop = new DevLoop(s3, folder, terminal, detail, passed);
      int code;
      // Signals are handled until the loop is closed.
      try (var interrupt = InterruptSignal.handle(loop::interrupt);
          var hook = ShutdownHook.thenClose(() -> close(loop, stubs));
          loop) {
        UsageException.ifRefused(() -> options.values("--fault").forEach(s3::inject));
        StubsControl.attach(s3, stubs);
        stubs.describe(folder).forEach(steps::step);
        code = loop.run();
      }
      return loop.wasKilled() ? KILLED : code;
    }
  }

  private static void close(DevLoop loop, Stubs stubs) {
    loop.close();
    stubs.close();
  }
}
