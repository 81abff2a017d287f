package global.pixell.par.launcher;

import java.util.Optional;

/** {@code par completion bash|zsh}: a script that completes the command line in a shell. */
final class Completion {

  private static final String BASH =
      """
      # Completion of par for bash: eval "$(par completion bash)"
      _par() {
        local word=${COMP_WORDS[COMP_CWORD]} words=
        if [ "$COMP_CWORD" = 1 ]; then
          words="run fetch inspect cache health doctor receipt train completion help --help --version"
        else
          case ${COMP_WORDS[1]} in
            run) words="--json --human --help" ;;
            fetch) words="--to --json --help" ;;
            inspect | receipt) words="--json --help" ;;
            cache) words="ls verify gc --json --help" ;;
            doctor) words="--json --help" ;;
            completion) words="bash zsh" ;;
            help) words="run fetch inspect cache health doctor receipt train completion" ;;
            *) words="--help" ;;
          esac
        fi
        COMPREPLY=($(compgen -W "$words" -- "$word"))
      }
      complete -o default -F _par par
      """;

  private static final String ZSH =
      """
      #compdef par
      # Completion of par for zsh: eval "$(par completion zsh)", or this file as _par in $fpath
      _par() {
        local -a commands
        commands=(
          'run:boot the agent that the environment names'
          'fetch:fetch and unpack a package'
          'inspect:what PAR sees in a package'
          'cache:look after the cache'
          'health:whether the running agent is ready'
          'doctor:why a boot fails, and what to do'
          'receipt:what a boot did, or why two differ'
          'train:write the class archive'
          'completion:print a completion script'
          'help:how to use a command'
        )
        if (( CURRENT == 2 )); then
          _describe command commands
          return
        fi
        case $words[2] in
          run) compadd -- --json --human ;;
          fetch) _arguments '--to[an own, writable copy]:directory:_files -/' '--json[evidence and cost too]' ;;
          inspect | receipt) _arguments '--json[one object]' '*:file:_files' ;;
          cache) compadd ls verify gc -- --json ;;
          doctor) compadd -- --json ;;
          completion) compadd bash zsh ;;
          help) _describe command commands ;;
        esac
      }
      if [ "$funcstack[1]" = _par ]; then _par "$@"; else compdef _par par; fi
      """;

  private Completion() {}

  /** The script for a shell; empty for an unknown shell. */
  static Optional<String> script(String shell) {
    return switch (shell) {
      case "bash" -> Optional.of(BASH);
      case "zsh" -> Optional.of(ZSH);
      default -> Optional.empty();
    };
  }
}
