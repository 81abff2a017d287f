package global.pixell.par.launcher;

import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.internal.text.Json;
import global.pixell.par.internal.text.Redactor;
import global.pixell.par.launcher.boot.Boot;
import global.pixell.par.launcher.boot.ShellReport;
import global.pixell.par.launcher.config.ParVersion;
import global.pixell.par.launcher.doctor.DoctorCommand;
import global.pixell.par.launcher.failure.ExitCode;
import global.pixell.par.launcher.failure.LaunchException;
import global.pixell.par.launcher.failure.OperatorHints;
import global.pixell.par.launcher.image.ClassArchive;
import global.pixell.par.launcher.image.TrainingRun;
import global.pixell.par.launcher.log.LogStream;
import global.pixell.par.launcher.probe.HttpCheck;
import global.pixell.par.launcher.terminal.HumanLog;
import global.pixell.par.launcher.terminal.HumanLogFormatter;
import global.pixell.par.launcher.terminal.TerminalFeatures;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The command line: runs commands, prints results, turns failures into exit codes. */
final class Cli {

  private static final int SIGTERM_EXIT = 143;
  private static final Duration HEALTH_TIMEOUT = Duration.ofSeconds(3);

  /** A boot needs one of these at least; if none is set, the user did not mean to boot. */
  private static final List<String> CONFIGURATION =
      List.of("AGENT_APP_ID", "PACKAGE_URL", "PACKAGE_NAME", "AGENT_PACKAGE_PATH");

  private final Map<String, String> environment;
  private final PrintStream out;
  private final PrintStream err;

  private Cli(Map<String, String> environment, PrintStream out, PrintStream err) {
    this.environment = environment;
    this.out = out;
    this.err = err;
  }

  static int run(String[] args, Map<String, String> environment) {
    var out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    var err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    return new Cli(environment, out, err).run(List.of(args));
  }

  /**
   * For tests, with other streams. The command {@code run} ignores them, because it owns the
   * process's stdout and signals.
   */
  static int run(
      List<String> args, Map<String, String> environment, PrintStream out, PrintStream err) {
    return new Cli(environment, out, err).run(args);
  }

  private int run(List<String> args) {
    int code = dispatch(args);
    if (code == 0 && out.checkError()) {
      err.println("par: the result could not be written to standard output.");
      err.println("  Check that it is open, and that its target has space.");
      return ExitCode.DISK.number();
    }
    return code;
  }

  private int dispatch(List<String> args) {
    String command = args.isEmpty() ? "run" : args.get(0);
    List<String> rest = args.isEmpty() ? args : args.subList(1, args.size());
    boolean asksForHelp = rest.equals(List.of("--help")) || rest.equals(List.of("-h"));
    if (asksForHelp && Usage.of(command).isPresent()) {
      return help(List.of(command));
    }
    try {
      return switch (command) {
        case "run" -> isLost(args) ? helpInstead() : runAgent(rest);
        case "fetch" -> fetch(rest);
        case "inspect" -> inspect(rest);
        case "cache" ->
            CacheCommand.knows(rest)
                ? new CacheCommand(environment, out).run(rest)
                : usage("cache takes ls, verify or gc");
        case "health" -> health();
        case "doctor" ->
            rest.isEmpty() || rest.equals(List.of("--json"))
                ? new DoctorCommand(environment, out).run(!rest.isEmpty())
                : usage("doctor takes --json alone");
        case "receipt" -> receipt(rest);
        case "completion" -> completion(rest);
        case "train" -> {
          if (rest.size() == 2 && rest.get(0).equals(ClassArchive.RUN_PART)) {
            yield TrainingRun.run(
                rest.get(1), environment, (words, theirs, to) -> run(words, theirs, to, to));
          }
          ClassArchive.write(Main.class.getName()).forEach(out::println);
          yield 0;
        }
        case "--version", "version" -> {
          out.println("par " + ParVersion.current() + " (Java " + Runtime.version() + ")");
          yield 0;
        }
        case "help", "--help", "-h" -> help(rest);
        default -> usage("there is no command '" + command + "'");
      };
    } catch (ParException e) {
      err.println("par: " + e.getMessage());
      err.println("  " + OperatorHints.of(e.hint()));
      return ExitCode.of(e.kind()).number();
    } catch (LaunchException e) {
      err.println("par: " + e.getMessage());
      err.println("  " + e.hint());
      return e.code().number();
    }
  }

  private int completion(List<String> shell) {
    Optional<String> script =
        shell.size() == 1 ? Completion.script(shell.get(0)) : Optional.empty();
    if (script.isEmpty()) {
      return usage("completion takes bash or zsh");
    }
    out.print(script.get());
    return 0;
  }

  private int help(List<String> about) {
    Optional<String> text = about.isEmpty() ? Optional.of(Usage.TEXT) : Usage.of(about.get(0));
    if (text.isEmpty()) {
      return usage("there is no command '" + about.get(0) + "'");
    }
    out.print(text.get());
    return 0;
  }

  private int usage(String fault) {
    // A misplaced argument may be a presigned address, whose query is a credential.
    err.println("par: " + Redactor.standard().redact(fault.replaceAll("\\?\\S*", "?…")));
    err.print(Usage.TEXT);
    return ExitCode.CONFIG.number();
  }

  /** {@code par} alone, typed by a person. */
  private boolean isLost(List<String> args) {
    return args.isEmpty()
        && isTerminal("out")
        && CONFIGURATION.stream().allMatch(name -> environment.getOrDefault(name, "").isBlank());
  }

  /**
   * An error, because an unconfigured task with a pseudo-terminal must not look as if it had run.
   */
  private int helpInstead() {
    out.print(Usage.TEXT);
    shell().sendEnded();
    return ExitCode.CONFIG.number();
  }

  private static ShellReport shell() {
    return ShellReport.to(System.getProperty("par.report"));
  }

  /** bin/par knows which of its streams are a terminal; a JVM can tell only from Java 22 on. */
  private static boolean isTerminal(String stream) {
    return Boolean.getBoolean("par.terminal." + stream);
  }

  private int runAgent(List<String> options) {
    if (options.size() > 1 || !List.of("--json", "--human").containsAll(options)) {
      String fault = "run takes --json or --human: " + options;
      shell().sendRefusal(Redactor.standard().redact(fault), "See par help run.");
      return usage(fault);
    }
    boolean human = options.isEmpty() ? isTerminal("out") : options.contains("--human");
    // The log writes whole blocks, from a thread of its own.
    var stdout = new FileOutputStream(FileDescriptor.out);
    OutputStream lines = human ? humanLog(stdout) : stdout;
    ShellReport shell = shell();
    var boot = new Boot(environment, lines, Clock.systemUTC(), shell);
    // System.exit would wait for this hook, and a return would end the JVM with 143.
    var hook = new Thread(() -> Runtime.getRuntime().halt(boot.stop("signal")), "par-shutdown");
    try {
      Runtime.getRuntime().addShutdownHook(hook);
    } catch (IllegalStateException e) {
      // A signal came first; bin/par writes the line.
      return SIGTERM_EXIT;
    }
    return boot.run();
  }

  private HumanLog humanLog(OutputStream stdout) {
    var features = TerminalFeatures.of(isTerminal("out"), environment);
    String level = environment.getOrDefault("LOG_LEVEL", "").strip();
    var detail =
        LogStream.levelOf(level) == LogStream.Level.DEBUG
            ? HumanLogFormatter.Detail.ALL
            : HumanLogFormatter.Detail.SHORT;
    return new HumanLog(
        new PrintStream(new BufferedOutputStream(stdout), false, StandardCharsets.UTF_8),
        new HumanLogFormatter(features.paint(), detail),
        features.inPlace());
  }

  private int fetch(List<String> args) {
    FetchCommand command;
    try {
      command = FetchCommand.parse(args);
    } catch (IllegalArgumentException e) {
      return usage(String.valueOf(e.getMessage()));
    }
    boolean progress = TerminalFeatures.of(isTerminal("err"), environment).inPlace();
    command.run(environment, out, err, progress);
    return 0;
  }

  private int receipt(List<String> args) {
    Arguments arguments = Arguments.of(args);
    boolean json = arguments.json();
    List<Path> files = arguments.words().stream().map(Path::of).toList();
    if (files.size() > 2 || (files.size() == 2 && json)) {
      return usage("receipt takes one file, or two to compare");
    }
    if (files.size() == 2) {
      ReceiptCommand.compare(ReceiptCommand.read(files.get(0)), ReceiptCommand.read(files.get(1)))
          .forEach(out::println);
      return 0;
    }
    Path file =
        files.isEmpty()
            ? ReceiptCommand.newest(ParConfig.fromEnvironment(environment).cache().directory())
            : files.get(0);
    var fields = ReceiptCommand.read(file);
    if (json) {
      out.println(Json.write(fields));
    } else {
      ReceiptCommand.show(fields).forEach(out::println);
    }
    return 0;
  }

  private int inspect(List<String> args) {
    Optional<InspectCommand> command = InspectCommand.parse(args);
    if (command.isEmpty()) {
      return usage("inspect takes one file");
    }
    command.get().run(environment, out);
    return 0;
  }

  private int health() {
    String port = environment.getOrDefault("HEALTH_PORT", "8081").strip();
    if (!port.matches("\\d{0,5}") || (!port.isEmpty() && Integer.parseInt(port) > 65_535)) {
      out.println("HEALTH_PORT '" + port + "' is not a port");
      return 1;
    }
    int number = port.isEmpty() ? 8081 : Integer.parseInt(port);
    HttpCheck.Answer answer = new HttpCheck(number, HEALTH_TIMEOUT).get("/health");
    if (answer.status() == 0) {
      out.println("not running on port " + number + ": " + answer.description());
      return 1;
    }
    boolean ready = answer.status() == 200;
    out.println(ready ? "ready" : "not ready");
    return ready ? 0 : 1;
  }
}
