package global.pixell.par.launcher;

import java.util.Map;
import java.util.Optional;

/** The help texts of the command line. */
final class Usage {

  static final String TEXT =
      """
      usage: par [run] [--json | --human]           boot the agent that the environment names
             par fetch REF [--to DIR] [--json]      fetch and unpack; prints the directory
             par inspect FILE.apkg [--strict] [--json]  show what PAR sees in a package; exit 85 when refused
             par cache ls|verify|gc [--json]        list, verify or clean the cache; verify: exit 84 for damage
             par health                             exit 0 when the running agent is ready
             par doctor [--json]                    find out why a boot fails, and what to do
             par receipt [FILE] [--json]            show what the newest boot did, or that of FILE
             par receipt FILE FILE                  show why two boots differ
             par train                              write the class archive, once for each image
             par completion bash|zsh                print a script that completes this command line
             par --version
             par help [COMMAND]                     this text, or the help of one command
      exit codes: 80 configuration, 81 not found, 82 access denied, 83 unavailable, 84 corrupt,
                  85 bad package, 86 disk, 87 agent failed, 88 boot timeout, 89 bug in PAR
      """;

  private static final Map<String, String> COMMANDS =
      Map.of(
          "run",
          """
          usage: par [run] [--json | --human]
          Boots the agent that AGENT_APP_ID and PACKAGE_URL (or PACKAGE_NAME, AGENT_PACKAGE_PATH) name, logs on stdout
          and answers on HEALTH_PORT. SIGTERM stops it. The exit code is the agent's, or 80 to 89.
            --json    JSON lines, on a terminal too; in a pipe they are the default
            --human   lines for people, in a pipe too; on a terminal they are the default. With LOG_LEVEL=debug they
                      have all fields. NO_COLOR is honoured.
          """,
          "fetch",
          """
          usage: par fetch REF [--to DIR] [--json]
          Fetches a package into the cache, verifies and unpacks it, and prints its directory, which is read-only.
            REF       s3://bucket/key[?versionId=V][#sha256=HEX], a presigned https address, or [org/]agent@version
            --to DIR  make a writable copy in DIR, which must be absent or empty
            --json    print how the package was verified, and what the fetch cost
          """,
          "inspect",
          """
          usage: par inspect FILE.apkg [--strict] [--platform linux/arm64] [--json]
          Shows what PAR sees in a package file, and what in it could not start. Exit 85 when a boot would refuse it.
            --strict    refuse on warnings, too; compile bytecode anew and compare it with its source
            --platform  the platform of the task; by default this machine's
          """,
          "cache",
          """
          usage: par cache ls|verify|gc [--json]
            ls      lists the packages, the least recently used first
            verify  reads every byte; moves damaged entries to quarantine, exit 84
            gc      evicts packages until the cache is within its limits
          """,
          "health",
          """
          usage: par health
          Asks /health on HEALTH_PORT of this machine: exit 0 when the agent is ready, else 1.
          """,
          "doctor",
          """
          usage: par doctor [--json]
          Finds the reason why a boot with this environment fails: variables, mounts, disk, ports, credentials, the
          way to S3, the object, the package and what it needs. Exit 0, or the code with which the boot would fail.
          """,
          "receipt",
          """
          usage: par receipt [FILE] [--json]   shows what the newest boot did, or that of FILE
                 par receipt FILE FILE         shows why two boots differ
          """,
          "completion",
          """
          usage: par completion bash|zsh
          Prints a script that completes this command line: eval "$(par completion bash)" in ~/.bashrc.
          """,
          "train",
          """
          usage: par train
          Writes the class archive beside the jars. Run it once when you build an image: a cold start takes half as long.
          """);

  private Usage() {}

  /** The help of one command; empty for an unknown command. */
  static Optional<String> of(String command) {
    return Optional.ofNullable(COMMANDS.get(command));
  }
}
