package global.pixell.par.testkit.cli;

import global.pixell.par.ParException;
import global.pixell.par.launcher.config.ParVersion;
import global.pixell.par.launcher.failure.LaunchException;
import global.pixell.par.launcher.failure.OperatorHints;
import global.pixell.par.launcher.terminal.TerminalText;
import global.pixell.par.testkit.cli.console.Command;
import global.pixell.par.testkit.cli.console.Options;
import global.pixell.par.testkit.cli.console.Terminal;
import global.pixell.par.testkit.cli.console.UsageException;
import global.pixell.par.testkit.cli.dev.DevCommand;
import global.pixell.par.testkit.cli.instance.InvokeCommand;
import global.pixell.par.testkit.cli.instance.LogsCommand;
import global.pixell.par.testkit.cli.instance.PsCommand;
import global.pixell.par.testkit.cli.serve.ServeCommand;
import global.pixell.par.testkit.internal.pack.NotPackableException;
import global.pixell.par.testkit.internal.text.DidYouMean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.TreeSet;

/** The command line: finds the command, runs it, and prints its errors. */
public final class TestkitCli {

  static final int BAD_ARGUMENTS = 80;
  static final int BAD_PACKAGE = 85;
  static final int DISK = 86;

  /** The commands in the order of the help. */
  private static final List<String> COMMANDS =
      List.of("init", "dev", "invoke", "logs", "ps", "pack", "serve", "demo", "completion");

  private final Terminal terminal;

  TestkitCli(Terminal terminal) {
    this.terminal = terminal;
  }

  /** Creates one command, because a start should load the classes of one only. */
  private static Command command(String name) {
    return switch (name) {
      case "init" -> new InitCommand();
      case "dev" -> new DevCommand();
      case "invoke" -> new InvokeCommand();
      case "logs" -> new LogsCommand();
      case "ps" -> new PsCommand();
      case "pack" -> new PackCommand();
      case "serve" -> new ServeCommand();
      case "demo" -> new DemoCommand();
      case "completion" -> new CompletionCommand(TestkitCli::commands);
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static List<Command> commands() {
    return COMMANDS.stream().map(TestkitCli::command).toList();
  }

  int run(List<String> args) {
    String name = args.isEmpty() ? "help" : args.get(0);
    List<String> rest = args.isEmpty() ? args : args.subList(1, args.size());
    if (List.of("help", "--help", "-h").contains(name)) {
      return help(rest);
    }
    if (List.of("--version", "version", "-V").contains(name)) {
      terminal
          .out()
          .println("par-testkit " + ParVersion.current() + " (Java " + Runtime.version() + ")");
      return 0;
    }
    return COMMANDS.contains(name) ? run(command(name), rest) : unknown(name);
  }

  private int unknown(String name) {
    var known = new TreeSet<>(COMMANDS);
    known.addAll(List.of("help", "--help", "--version"));
    return refused(
        (name.startsWith("-") ? "there is no option " + name : "there is no command '" + name + "'")
            + DidYouMean.suggestion(name, known),
        "par-testkit help");
  }

  /** A message may quote a file name, which may contain control characters. */
  private void report(String message, String hint) {
    terminal.err().println("par-testkit: " + TerminalText.printable(message));
    terminal.err().println("  " + TerminalText.printable(OperatorHints.of(hint)));
  }

  private int run(Command command, List<String> args) {
    try {
      Options options = Options.parse(args, command.syntax());
      if (options.asksForHelp()) {
        terminal.out().print(command.help());
        return 0;
      }
      return command.run(options, terminal);
    } catch (UsageException | NotPackableException e) {
      return refused(e.getMessage(), "par-testkit " + command.name() + " --help");
    } catch (LaunchException e) {
      report(e.getMessage(), e.hint());
      return BAD_PACKAGE;
    } catch (ParException e) {
      report(e.getMessage(), e.hint());
      return switch (e.kind()) {
        case BAD_PACKAGE -> BAD_PACKAGE;
        case DISK -> DISK;
        default -> BAD_ARGUMENTS;
      };
    } catch (UncheckedIOException e) {
      terminal.err().println("par-testkit: " + e.getMessage() + ": " + e.getCause());
      return DISK;
    } catch (IOException e) {
      terminal.err().println("par-testkit: " + sentence(e));
      return DISK;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  /** The JDK's messages about a file are often just its name. */
  private static String sentence(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied: " + e.getMessage();
    }
    return e instanceof NoSuchFileException ? "there is no " + e.getMessage() : String.valueOf(e);
  }

  private int help(List<String> of) {
    if (!of.isEmpty() && !of.get(0).startsWith("-")) {
      if (!COMMANDS.contains(of.get(0))) {
        return unknown(of.get(0));
      }
      terminal.out().print(command(of.get(0)).help());
      return 0;
    }
    terminal.out().println("usage: par-testkit COMMAND [arguments]\n");
    commands().forEach(c -> terminal.out().printf("  %-10s %s%n", c.name(), c.summary()));
    terminal
        .out()
        .println(
            "\npar-testkit COMMAND --help lists its options; par-testkit --version prints the version.");
    return 0;
  }

  private int refused(@org.jspecify.annotations.Nullable String fault, String help) {
    terminal.err().println("par-testkit: " + fault);
    terminal.err().println("  " + help + " shows the usage.");
    return BAD_ARGUMENTS;
  }
}
