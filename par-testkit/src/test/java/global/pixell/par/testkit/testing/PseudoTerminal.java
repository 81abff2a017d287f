package global.pixell.par.testkit.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A terminal for a command. Python makes it, because Java cannot. */
public final class PseudoTerminal {

  /**
   * Runs a command on a terminal. Ctrl-C makes the terminal forget output that nobody has read yet.
   */
  private static final String RUN =
      """
      import os, pty, signal, sys
      keys = sys.stdin.buffer.read() if sys.argv[1] == "keys" else b""
      texts, argv = [text for text in sys.argv[2].split("|") if text], sys.argv[3:]
      pid, fd = pty.fork()
      if pid == 0:
          # A build in the background of a shell ignores it.
          signal.signal(signal.SIGINT, signal.SIG_DFL)
          os.execvp(argv[0], argv)
      os.write(fd, keys)
      seen, start = b"", 0
      while True:
          try:
              block = os.read(fd, 65536)
          except OSError:
              break
          if not block:
              break
          seen += block
          while texts and texts[0].encode() in seen[start:]:
              start = seen.index(texts.pop(0).encode(), start) + 1
              os.write(fd, b"\\x03")
      sys.stdout.buffer.write(seen)
      sys.stdout.flush()
      os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
      """;

  private PseudoTerminal() {}

  /**
   * The command line that runs a command on a terminal, types Ctrl-C after each of some texts has
   * appeared, prints what the terminal showed, and exits with the command's code. Skips the test
   * where Python is not installed.
   *
   * @param texts separated by {@code |}, in the order of their appearance; empty for no Ctrl-C
   * @param command the command and its arguments
   */
  public static List<String> typeCtrlCAfter(String texts, List<String> command)
      throws IOException, InterruptedException {
    return run("", texts, command);
  }

  /**
   * The command line that runs a command on a terminal, types what comes on stdin, prints what the
   * terminal showed, and exits with the command's code. Skips the test where Python is not
   * installed.
   *
   * @param command the command and its arguments
   */
  public static List<String> typeKeys(List<String> command)
      throws IOException, InterruptedException {
    return run("keys", "", command);
  }

  private static List<String> run(String keys, String texts, List<String> command)
      throws IOException, InterruptedException {
    assumeTrue(hasPython(), "python3 is not installed, and only it can make a terminal here");
    var argv = new ArrayList<>(List.of("python3", "-c", RUN, keys, texts));
    argv.addAll(command);
    return argv;
  }

  private static boolean hasPython() throws InterruptedException {
    try {
      return new ProcessBuilder("python3", "-c", "import pty").start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
