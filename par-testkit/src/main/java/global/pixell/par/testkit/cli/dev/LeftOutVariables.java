package global.pixell.par.testkit.cli.dev;

import global.pixell.par.internal.text.Redactor;
import global.pixell.par.launcher.agent.DotEnv;
import global.pixell.par.testkit.internal.pack.AgentFiles;
import global.pixell.par.testkit.internal.pack.NotPackableException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Finds variables that an author probably expects the agent to have, and that it does not get: the
 * agent gets what its container would get, not the author's shell.
 *
 * <p>These are the variables of the folder's {@code .env}, which is not packed; those of the shell
 * that a file of the agent names; and those of the shell that libraries read by themselves, such as
 * {@code OPENAI_API_KEY}. Only their names are printed.
 */
final class LeftOutVariables {

  /** What every shell has, and what never belongs to an agent. */
  private static final Pattern ORDINARY =
      Pattern.compile(
          "AWS_.*|PAR_.*|LC_.*|XDG_.*|SSH_.*|GPG_.*|DBUS_.*|JAVA_HOME|LANG|LANGUAGE|TZ|TMPDIR|PATH"
              + "|HOME|PWD|OLDPWD|USER|LOGNAME|SHELL|SHLVL|TERM|COLUMNS|LINES|EDITOR|PAGER|DISPLAY"
              + "|HOSTNAME|MAIL|PYTHONPATH|VIRTUAL_ENV|PS1|_");

  /** Names that client libraries read by convention. */
  private static final Pattern BY_CONVENTION =
      Pattern.compile("(?:.*_)?(?:API_KEY|API_BASE|BASE_URL|DATABASE_URL|ENDPOINT|DSN)");

  private static final Pattern WORD = Pattern.compile("\\b[A-Za-z_][A-Za-z0-9_]{2,}\\b");
  private static final long MAX_FILE = 256 * 1024;
  private static final int MAX_FILES = 300;

  private final Path folder;
  private final Map<String, String> shell;
  private final PassedVariables passed;
  private final Set<String> reported = new HashSet<>();

  LeftOutVariables(Path folder, Map<String, String> shell, PassedVariables passed) {
    this.folder = folder;
    this.shell = shell;
    this.passed = passed;
  }

  /**
   * Looks at the folder as it is now.
   *
   * @param launcher the names of the launcher's variables
   * @return a sentence about variables that no earlier call named; empty when there are none
   */
  Optional<String> find(Set<String> launcher) {
    var sources = new TreeMap<String, String>();
    Set<String> words = new HashSet<>();
    boolean packsDotEnv = readFiles(words);
    for (String name : shell.keySet()) {
      boolean expected =
          words.contains(name)
              || BY_CONVENTION.matcher(name).matches()
              || Redactor.isSecretName(name);
      if (expected && !ORDINARY.matcher(name).matches()) {
        sources.put(name, "the shell");
      }
    }
    Path dotEnv = folder.resolve(DotEnv.NAME);
    if (!packsDotEnv && !passed.reads(dotEnv)) {
      namesIn(dotEnv).forEach(name -> sources.put(name, DotEnv.NAME));
    }
    sources.keySet().removeAll(launcher);
    sources.keySet().removeAll(passed.names());
    sources.keySet().removeIf(name -> !reported.add(name));
    return sources.isEmpty() ? Optional.empty() : Optional.of(sentence(sources));
  }

  private String sentence(Map<String, String> sources) {
    String names =
        sources.entrySet().stream()
            .map(source -> source.getKey() + " (" + source.getValue() + ")")
            .collect(Collectors.joining(", "));
    boolean ofShell = sources.containsValue("the shell");
    boolean ofFile = sources.containsValue(DotEnv.NAME);
    return "the agent does not get "
        + names
        + "; pass with "
        + (ofShell ? "-e NAME" : "")
        + (ofShell && ofFile ? " or " : "")
        + (ofFile ? "--env-file " + folder.resolve(DotEnv.NAME) : "");
  }

  /** Adds the words of the packed files. Returns whether the {@code .env} is one of them. */
  private boolean readFiles(Set<String> words) {
    try {
      Map<String, Path> files = AgentFiles.of(folder).files();
      files.values().stream().limit(MAX_FILES).forEach(file -> addWords(file, words));
      return files.containsKey(DotEnv.NAME);
    } catch (NotPackableException e) {
      return false;
    }
  }

  private static void addWords(Path file, Set<String> words) {
    try {
      if (Files.size(file) <= MAX_FILE) {
        // Every byte is a character, so that a binary file causes no error.
        Matcher word = WORD.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
        while (word.find()) {
          words.add(word.group());
        }
      }
    } catch (IOException e) {
      // The file was deleted after it was listed.
    }
  }

  private static Set<String> namesIn(Path dotEnv) {
    var names = new TreeSet<String>();
    if (Files.isRegularFile(dotEnv)) {
      try {
        for (String line : Files.readString(dotEnv, StandardCharsets.ISO_8859_1).split("\n", -1)) {
          int equals = line.indexOf('=');
          if (!line.strip().startsWith("#") && equals > 0) {
            names.add(DotEnv.name(line.substring(0, equals)));
          }
        }
      } catch (IOException e) {
        // Unreadable: there is nothing to report.
      }
    }
    return names;
  }
}
