package global.pixell.par.testkit.cli.instance;

import global.pixell.par.internal.text.Json;
import global.pixell.par.launcher.probe.HttpCheck;
import global.pixell.par.launcher.terminal.TerminalText;
import global.pixell.par.testkit.cli.console.Command;
import global.pixell.par.testkit.cli.console.Options;
import global.pixell.par.testkit.cli.console.Terminal;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Lists the running agents and fakes of this user. */
public final class PsCommand implements Command {

  private static final Duration PATIENCE = Duration.ofSeconds(1);

  @Override
  public String name() {
    return "ps";
  }

  @Override
  public String summary() {
    return "lists the running dev and serve processes of this user";
  }

  @Override
  public Options.Syntax syntax() {
    return new Options.Syntax(Set.of(), Set.of("--json"), List.of());
  }

  @Override
  public String help() {
    return """
        usage: par-testkit ps [--json]

        Lists the agents that dev runs and the fakes that serve runs, for this user on this machine:
        process id, command, age, state, address, and the agent with its directory.

          --json   print one JSON object for each process
        """;
  }

  @Override
  public int run(Options options, Terminal terminal) {
    List<Instances.Instance> running = Instances.of(terminal.environment()).list();
    if (options.has("--json")) {
      for (Instances.Instance instance : running) {
        var fields = new LinkedHashMap<String, Object>(instance.fields());
        fields.put("pid", instance.pid());
        fields.put("state", state(instance));
        terminal.out().println(Json.write(fields));
      }
      return 0;
    }
    String row = "%-8s %-6s %6s  %-9s  %-28s %s%n";
    terminal.out().printf(row, "PID", "WHAT", "AGE", "STATE", "ADDRESS", "AGENT");
    for (Instances.Instance instance : running) {
      terminal
          .out()
          .printf(
              row,
              instance.pid(),
              instance.get("command"),
              age(instance.started()),
              state(instance),
              address(instance),
              TerminalText.printable(
                  (instance.get("agent") + "  " + instance.get("directory")).strip()));
    }
    return 0;
  }

  private static String address(Instances.Instance instance) {
    String port = instance.get("REST_PORT");
    return port.isEmpty() ? instance.get("endpoint") : "http://127.0.0.1:" + port + "/";
  }

  private static String state(Instances.Instance instance) {
    String port = instance.get("HEALTH_PORT");
    if (!port.matches("\\d{1,5}")) {
      return "running";
    }
    int status = new HttpCheck(Integer.parseInt(port), PATIENCE).get("/health").status();
    return status == 200 ? "ready" : status == 0 ? "ended" : "not ready";
  }

  private static String age(Instant started) {
    Duration age = Duration.between(started, Instant.now());
    if (age.toMinutes() < 1) {
      return Math.max(0, age.toSeconds()) + " s";
    }
    return age.toHours() < 1
        ? age.toMinutes() + " m"
        : String.format(Locale.ROOT, "%.1f h", age.toMinutes() / 60.0);
  }
}
