package global.pixell.par.testkit.cli.dev;

import global.pixell.par.launcher.terminal.HumanLogFormatter;
import global.pixell.par.launcher.terminal.Paint;
import global.pixell.par.launcher.terminal.TerminalText;
import global.pixell.par.testkit.cli.console.Terminal;
import global.pixell.par.testkit.cli.instance.AuthorPaths;
import global.pixell.par.testkit.cli.instance.LauncherLog;
import global.pixell.par.testkit.internal.launch.FreePorts;
import global.pixell.par.testkit.internal.pack.PackageFolder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Prints the steps of {@code dev} and the launcher's lines. */
final class DevOutput implements DevListener {

  private final Terminal terminal;
  private final Terminal steps;
  private final AuthorPaths authorPaths;
  private final Consumer<String> log;
  private final boolean human;
  private volatile Map<String, String> environment = Map.of();

  /**
   * Prints to a terminal.
   *
   * @param detail the detail of the launcher's lines; empty for JSON, which stays as a container
   *     writes it
   */
  DevOutput(Terminal terminal, Optional<HumanLogFormatter.Detail> detail, AuthorPaths authorPaths) {
    this.authorPaths = authorPaths;
    this.terminal = terminal;
    // Programs read JSON output from stdout, so the lines of dev go to stderr.
    steps = detail.isEmpty() ? terminal.onErr() : terminal;
    human = detail.isPresent();
    log = LauncherLog.printer(terminal, detail, authorPaths);
  }

  /** Prints a line of progress. */
  void step(String text) {
    steps.step(text);
  }

  /** Prints what an author may not expect. */
  void note(String sentence) {
    step(terminal.paint(Paint.Colour.YELLOW, "note: ") + TerminalText.printable(sentence));
  }

  /** Announces the end after Ctrl-C, which the terminal shows as ^C at the start of a line. */
  void stopping(Duration grace) {
    if (terminal.features().inPlace()) {
      steps.out().println();
    }
    step("stopping, up to " + grace.toSeconds() + " s; Ctrl-C again kills");
  }

  @Override
  public void packed(PackageFolder.Packed packed) {
    var inspection = packed.inspection();
    step(
        "packed %s: %,d bytes, sha256 %s"
            .formatted(
                packed.id(),
                inspection.packageBytes(),
                inspection.digest().hex().substring(0, 12)));
    packed.warnings().forEach(this::warn);
  }

  private void warn(String warning) {
    step(terminal.paint(Paint.Colour.YELLOW, "warning: ") + TerminalText.printable(warning));
  }

  @Override
  public void notPacked(String reason) {
    step(
        terminal.paint(Paint.Colour.RED, "not packed: ")
            + reason
            + " The old agent keeps running.");
  }

  @Override
  public void started(long pid, Map<String, String> variables) {
    environment = Map.copyOf(variables);
  }

  @Override
  public void line(String text, Map<String, ?> fields) {
    log.accept(text);
    if (DevLauncher.isEvent(fields, "Runtime ready")) {
      ready();
    }
  }

  /**
   * Prints the addresses to try. An agent need not listen at all, and an agent without a probe may
   * not listen yet.
   */
  private void ready() {
    var listening = new ArrayList<String>();
    for (String name : List.of("REST_PORT", "A2A_PORT", "UI_PORT")) {
      String port = environment.getOrDefault(name, "");
      if (FreePorts.isListening(port)) {
        String host = "127.0.0.1:" + port;
        listening.add(name.equals("A2A_PORT") ? "A2A on " + host : "http://" + host + "/");
      }
    }
    step(
        terminal.paint(Paint.Colour.GREEN, "ready")
            + (listening.isEmpty()
                ? ", nothing listens on REST_PORT " + environment.get("REST_PORT") + " yet"
                : ": " + String.join("  ", listening))
            + "  health: http://127.0.0.1:"
            + environment.get("HEALTH_PORT")
            + "/health");
  }

  @Override
  public void ended(int exitCode, String reason) {
    step(
        terminal.paint(Paint.Colour.RED, "ended")
            + " with exit code "
            + exitCode
            + ": "
            + TerminalText.printable(human ? authorPaths.replaceIn(reason) : reason)
            + "; change a file to start it again");
  }
}
