package global.pixell.par.launcher.agent;

import global.pixell.par.ParException;
import global.pixell.par.launcher.config.AgentUser;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The tools that start the agent, because Java cannot make their system calls. Each tool changes
 * its own process and then becomes the agent, so that the process id stays the same.
 *
 * @param session {@code setsid}, if it is installed: the agent leads a session of its own, so that
 *     Ctrl-C on a terminal reaches it once, through PAR, and PAR finds the processes that it
 *     started
 * @param privileges {@code setpriv} with its options, if it is needed
 */
public record ProcessWrapper(List<String> session, List<String> privileges) {

  private static final int CAP_SETGID = 6;
  private static final int CAP_SETUID = 7;

  /** Copies the lists. */
  public ProcessWrapper {
    session = List.copyOf(session);
    privileges = List.copyOf(privileges);
  }

  /** No tools: PAR starts the agent directly. */
  public static ProcessWrapper none() {
    return new ProcessWrapper(List.of(), List.of());
  }

  /**
   * Chooses from the tools of this system.
   *
   * @param path PAR's own {@code PATH}, on which it looks for the tools
   * @param user the agent's user, if it is not PAR's
   * @param deathSignal whether {@code setpriv} knows {@code --pdeathsig}: the kernel then kills the
   *     agent when PAR dies
   * @throws ParException of kind {@code CONFIG} when PAR cannot start a process as this user
   */
  public static ProcessWrapper of(String path, Optional<AgentUser> user, boolean deathSignal) {
    var privileges = new ArrayList<String>();
    Optional<String> setpriv = find("setpriv", path);
    if (user.isPresent()) {
      requireAble(user.get());
      privileges.add(
          setpriv.orElseThrow(
              () ->
                  refused(
                      user.get(),
                      "there is no setpriv on PATH " + path,
                      "Install util-linux in the image, or unset PAR_AGENT_USER.")));
      privileges.add("--reuid=" + user.get().uid());
      privileges.add("--regid=" + user.get().gid());
      privileges.add("--clear-groups");
      privileges.add("--no-new-privs");
      privileges.add("--inh-caps=-all");
    }
    if (deathSignal && setpriv.isPresent()) {
      if (privileges.isEmpty()) {
        privileges.add(setpriv.get());
      }
      privileges.add("--pdeathsig=KILL");
    }
    if (!privileges.isEmpty()) {
      privileges.add("--");
    }
    return new ProcessWrapper(find("setsid", path).map(List::of).orElse(List.of()), privileges);
  }

  /** The command line of a child process. */
  List<String> child(List<String> argv) {
    return Stream.of(session, privileges, argv).flatMap(List::stream).toList();
  }

  /** The command line of a process that replaces PAR: it keeps PAR's session and parent. */
  List<String> replacement(List<String> argv) {
    return Stream.of(
            privileges.stream().filter(word -> !word.startsWith("--pdeathsig")).toList(), argv)
        .flatMap(List::stream)
        .toList();
  }

  private static Optional<String> find(String tool, String path) {
    return Stream.of(path.split(File.pathSeparator, -1))
        .filter(folder -> folder.startsWith("/"))
        .map(folder -> Path.of(folder, tool))
        .filter(Files::isExecutable)
        .filter(file -> tool.equals("setsid") || !isBusybox(file))
        .findFirst()
        .map(Path::toString);
  }

  /** BusyBox has a setpriv without these options. */
  private static boolean isBusybox(Path file) {
    try {
      return file.toRealPath().endsWith("busybox");
    } catch (IOException e) {
      return true;
    }
  }

  private static void requireAble(AgentUser user) {
    long uid = 0;
    long capabilities = -1;
    try (Stream<String> status = Files.lines(Path.of("/proc/self/status"))) {
      for (String line : status.toList()) {
        String[] words = line.split("\\s+", -1);
        if (words[0].equals("Uid:")) {
          uid = Long.parseLong(words[2]);
        } else if (words[0].equals("CapEff:")) {
          capabilities = Long.parseUnsignedLong(words[1], 16);
        }
      }
    } catch (IOException | RuntimeException e) {
      throw refused(
          user, "this system has no /proc/self/status", "Run on Linux, or unset PAR_AGENT_USER.");
    }
    if (uid != 0) {
      throw refused(
          user,
          "PAR itself runs as user " + uid + ", not as root",
          "Run the container as root, or unset PAR_AGENT_USER.");
    }
    if ((capabilities & 1L << CAP_SETUID) == 0 || (capabilities & 1L << CAP_SETGID) == 0) {
      throw refused(
          user,
          "the container has dropped the capabilities SETUID and SETGID",
          "Keep these two, or run the container as the agent's user and unset PAR_AGENT_USER.");
    }
  }

  private static ParException refused(AgentUser user, String why, String hint) {
    return new ParException(
        ParException.Kind.CONFIG,
        "PAR cannot run the agent as PAR_AGENT_USER " + user + ": " + why + ".",
        hint);
  }
}
