package global.pixell.par.testkit.cli;

import global.pixell.par.testkit.cli.console.Command;
import global.pixell.par.testkit.cli.console.Options;
import global.pixell.par.testkit.cli.console.Terminal;
import global.pixell.par.testkit.cli.console.UsageException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Prints a script that completes the command line in a shell. */
final class CompletionCommand implements Command {

  private static final String BASH =
      """
      # Completion of par-testkit for bash: eval "$(par-testkit completion bash)"
      _par_testkit() {
        local word=${COMP_WORDS[COMP_CWORD]} words=
        if [ "$COMP_CWORD" = 1 ]; then
          words="%1$s help --help --version"
        else
          case ${COMP_WORDS[1]} in
      %2$s      help) words="%1$s" ;;
          esac
        fi
        COMPREPLY=($(compgen -W "$words" -- "$word"))
      }
      complete -o default -F _par_testkit par-testkit
      """;

  private static final String ZSH =
      """
      #compdef par-testkit
      # Completion of par-testkit for zsh: eval "$(par-testkit completion zsh)", or this file as _par-testkit in $fpath
      _par_testkit() {
        local -a commands
        commands=(
      %3$s      'help:prints how to use a command'
        )
        if (( CURRENT == 2 )); then
          _describe command commands
          return
        fi
        case $words[2] in
      %2$s      help) _describe command commands ;;
        esac
      }
      if [ "$funcstack[1]" = _par-testkit ]; then _par_testkit "$@"; else compdef _par_testkit par-testkit; fi
      """;

  private final Supplier<List<Command>> commands;

  /** Completes these commands. */
  CompletionCommand(Supplier<List<Command>> commands) {
    this.commands = commands;
  }

  @Override
  public String name() {
    return "completion";
  }

  @Override
  public String summary() {
    return "prints a script that completes this command line in bash or zsh";
  }

  @Override
  public Options.Syntax syntax() {
    return new Options.Syntax(Set.of(), Set.of(), List.of("bash|zsh"));
  }

  @Override
  public String help() {
    return """
        usage: par-testkit completion bash|zsh

        Prints a script that completes this command line: eval "$(par-testkit completion bash)" in
        ~/.bashrc, or the same with zsh in ~/.zshrc after compinit.
        """;
  }

  @Override
  public int run(Options options, Terminal terminal) {
    terminal
        .out()
        .print(
            switch (options.word(0)) {
              case "bash" ->
                  BASH.formatted(
                      commands.get().stream().map(Command::name).collect(Collectors.joining(" ")),
                      cases(command -> "words=\"" + String.join(" ", choices(command)) + "\""));
              case "zsh" ->
                  ZSH.formatted(
                      "",
                      cases(
                          command -> {
                            String values = String.join(" ", values(command));
                            return "compadd -- "
                                + String.join(" ", choices(command))
                                + (values.isEmpty() ? "; _files" : "");
                          }),
                      commands.get().stream()
                          .map(
                              command ->
                                  "    '%s:%s'%n"
                                      .formatted(
                                          command.name(), command.summary().replace(":", "\\:")))
                          .collect(Collectors.joining()));
              default ->
                  throw new UsageException(
                      "completion takes bash or zsh, not '" + options.word(0) + "'");
            });
    return 0;
  }

  private String cases(Function<Command, String> words) {
    return commands.get().stream()
        .map(command -> "      %s) %s ;;%n".formatted(command.name(), words.apply(command)))
        .collect(Collectors.joining());
  }

  /** The words that can follow a command, apart from file names. */
  private static List<String> choices(Command command) {
    return Stream.concat(values(command).stream(), options(command).stream()).toList();
  }

  private static Set<String> options(Command command) {
    var options = new TreeSet<>(command.syntax().valued());
    options.addAll(command.syntax().flags());
    options.add("--help");
    return options;
  }

  /** Arguments whose name lists their values: {@code bash|zsh}. */
  private static List<String> values(Command command) {
    return Stream.concat(command.syntax().words().stream(), command.syntax().optional().stream())
        .filter(name -> name.contains("|"))
        .flatMap(name -> Stream.of(name.split("\\|", -1)))
        .toList();
  }
}
