package global.pixell.par.launcher.agent.preparation;

import global.pixell.par.AgentManifest;
import global.pixell.par.launcher.agent.Executable;
import global.pixell.par.launcher.agent.Finding;
import global.pixell.par.launcher.agent.python.PythonCheck;
import global.pixell.par.launcher.failure.LaunchException;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds what in a package could not start, for its author. Makes the checks of a boot that need no
 * boot.
 */
final class PackageCheck {

  private static final Pattern BARE_VARIABLE = Pattern.compile(".*\\$([A-Z_][A-Z0-9_]*).*");
  private static final Pattern FILE_WORD =
      Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_./-]*\\.(py|js|mjs|cjs|sh|jar)");
  private static final Pattern SECRET_FILE =
      Pattern.compile(
          "\\.env(\\..*)?|\\.npmrc|\\.pypirc|\\.netrc|id_(rsa|dsa|ecdsa|ed25519)|.*\\.(p12|pfx|jks)"
              + "|credentials(\\.json)?|service[-_]?account.*\\.json|.*[-_]key\\.pem");
  private static final int MAX_LISTED = 5;

  private final Path tree;
  private final AgentManifest manifest;
  private final String platform;
  private final List<Finding> findings = new ArrayList<>();

  private PackageCheck(Path tree, AgentManifest manifest, String platform) {
    this.tree = tree;
    this.manifest = manifest;
    this.platform = platform;
  }

  /**
   * Checks an unpacked package.
   *
   * @param tree the package
   * @param manifest its manifest
   * @param platform the platform that it will run on, such as {@code linux/arm64}
   * @param environment has the PATH on which PAR looks for an interpreter; without an interpreter,
   *     PAR does not check the syntax
   * @return problems that would stop a boot, and warnings; possibly none
   * @throws InterruptedException when the thread is interrupted
   */
  public static List<Finding> of(
      Path tree, AgentManifest manifest, String platform, Map<String, String> environment)
      throws InterruptedException {
    var check = new PackageCheck(tree, manifest, platform);
    String language = AgentPreparation.language(manifest, tree);
    if (manifest.command().isEmpty()) {
      check.entrypoint(language);
    } else {
      check.command();
    }
    check.ui();
    if (language.equals("python")) {
      check.findings.addAll(PythonCheck.of(tree, manifest, environment));
    }
    check.files();
    return List.copyOf(check.findings);
  }

  private void command() {
    String program = manifest.command().get(0);
    Path own = tree.resolve(program).normalize();
    if (own.startsWith(tree) && Files.isRegularFile(own)) {
      requireStartable(own);
    } else if (program.contains("/") && !program.startsWith("/")) {
      fatal("command names " + program + ", which is not in the package.");
    }
    for (String word : manifest.command()) {
      var bare = BARE_VARIABLE.matcher(word);
      if (bare.matches()) {
        warn(
            "The word '"
                + word
                + "' of command is passed as it is, because no shell reads it: write ${"
                + bare.group(1)
                + "}.");
      }
    }
    manifest.command().stream()
        .skip(1)
        .filter(word -> FILE_WORD.matcher(word).matches())
        .filter(word -> !Files.exists(tree.resolve(word).normalize()))
        .forEach(word -> warn("command names " + word + ", which is not in the package."));
  }

  private void entrypoint(String language) {
    String entrypoint = manifest.entrypoint().orElse("");
    if (entrypoint.isEmpty() || entrypoint.contains(":")) {
      return;
    }
    Path file = tree.resolve(entrypoint).normalize();
    boolean there = file.startsWith(tree) && Files.isRegularFile(file);
    switch (language) {
      case "java" -> {
        if (entrypoint.endsWith(".jar") && !there) {
          notThere(entrypoint);
        }
      }
      case "python" -> {
        String module = entrypoint.replace('.', '/');
        if (!there
            && manifest.surfaces().isEmpty()
            && !Files.isRegularFile(tree.resolve(module + ".py"))
            && !Files.isRegularFile(tree.resolve(module).resolve("__main__.py"))) {
          notThere(entrypoint);
        }
      }
      case "node" -> {
        if (!there) {
          notThere(entrypoint);
        }
      }
      default -> {
        if (there) {
          requireStartable(file);
        } else {
          notThere(entrypoint);
        }
      }
    }
  }

  private void notThere(String entrypoint) {
    fatal("The entrypoint '" + entrypoint + "' is not a file of the package.");
  }

  private void fatal(String sentence) {
    findings.add(Finding.fatal(sentence));
  }

  private void warn(String sentence) {
    findings.add(Finding.warning(sentence));
  }

  private void requireStartable(Path file) {
    try {
      Executable.requireStartable(file, platform);
    } catch (LaunchException e) {
      fatal(e.getMessage().replace(tree + "/", "") + " " + e.hint());
    }
  }

  private void ui() {
    manifest
        .ui()
        .ifPresent(
            ui -> {
              Path named = tree.resolve(ui.path()).normalize();
              Path built = tree.resolve("dist").resolve(ui.path()).normalize();
              Optional<Path> directory =
                  Stream.of(named, built).filter(Files::isDirectory).findFirst();
              if (directory.isEmpty()) {
                fatal(
                    "ui.path '"
                        + ui.path()
                        + "' is not a directory of the package; build the UI first.");
              } else if (directory.get().equals(tree)) {
                fatal(
                    "ui.path is the package itself, so its code would be served to everybody; put the"
                        + " UI into a directory of its own.");
              } else if (!Files.isRegularFile(directory.get().resolve("index.html"))) {
                warn(
                    "The UI directory " + tree.relativize(directory.get()) + " has no index.html.");
              }
            });
  }

  /** Warns about native libraries for another machine, and about files that look like secrets. */
  private void files() {
    var foreign = new ArrayList<String>();
    var secrets = new ArrayList<String>();
    try (Stream<Path> all = Files.walk(tree)) {
      for (Path file : (Iterable<Path>) all.sorted()::iterator) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        if (Files.isRegularFile(file)) {
          String path = tree.relativize(file).toString();
          if (name.matches(".*\\.so(\\.\\d+)*|.*\\.node") && Executable.isForeign(file, platform)) {
            foreign.add(path);
          }
          if ((SECRET_FILE.matcher(name).matches() && !path.equals(".env"))
              || isPrivateKey(file, name)) {
            secrets.add(path);
          }
        }
      }
    } catch (IOException e) {
      warn("The package cannot be read: " + e + ".");
    }
    if (!foreign.isEmpty()) {
      warn("Native libraries are not made for " + platform + ": " + listed(foreign) + ".");
    }
    if (!secrets.isEmpty()) {
      warn(
          "These files look like credentials, which do not belong in a package: "
              + listed(secrets)
              + ".");
    }
  }

  private static boolean isPrivateKey(Path file, String name) throws IOException {
    if (!name.endsWith(".pem") && !name.endsWith(".key")) {
      return false;
    }
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      var head = java.nio.ByteBuffer.allocate(64);
      channel.read(head);
      String text =
          new String(
              head.array(), 0, head.position(), java.nio.charset.StandardCharsets.ISO_8859_1);
      return text.contains("PRIVATE KEY");
    }
  }

  private static String listed(List<String> paths) {
    String shown = String.join(", ", paths.subList(0, Math.min(MAX_LISTED, paths.size())));
    return paths.size() > MAX_LISTED
        ? shown + " and " + (paths.size() - MAX_LISTED) + " more"
        : shown;
  }
}
