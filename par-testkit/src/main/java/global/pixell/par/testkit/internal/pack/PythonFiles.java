package global.pixell.par.testkit.internal.pack;

import global.pixell.par.AgentManifest;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.launcher.agent.python.Bytecode;
import global.pixell.par.launcher.agent.python.PackedDependencies;
import global.pixell.par.launcher.agent.python.PythonAgent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The files that the packer adds to a Python package: its dependencies and its bytecode. */
final class PythonFiles {

  /** Bytecode may enlarge a package by at most this share; otherwise the first boot compiles it. */
  private static final double BYTECODE_SHARE = 0.15;

  private final NavigableMap<String, Path> files;
  private final ParConfig config;
  private final PackageFolder.Settings settings;
  private final Map<String, String> environment;
  private final List<String> notes;

  /**
   * Adds nothing yet.
   *
   * @param files the files of the package, by name; gets the dependencies
   * @param environment its PATH is searched for an interpreter
   * @param notes gets a sentence for each addition
   */
  PythonFiles(
      NavigableMap<String, Path> files,
      ParConfig config,
      PackageFolder.Settings settings,
      Map<String, String> environment,
      List<String> notes) {
    this.files = files;
    this.config = config;
    this.settings = settings;
    this.environment = environment;
    this.notes = notes;
  }

  /** Installs the dependencies, and adds their files to the package. */
  void addDependencies(Path scratch) throws IOException, InterruptedException {
    Path tree = copyForPython(scratch.resolve("source"), name -> true);
    Path target = Files.createDirectory(scratch.resolve(PythonAgent.PACKED_DEPENDENCIES));
    Optional<String> source =
        PackedDependencies.install(
            tree,
            manifest(tree),
            settings.platform(),
            settings.python(),
            environment,
            target,
            notes::add);
    if (source.isEmpty()) {
      notes.add("--deps: the package names no dependencies");
      return;
    }
    try (Stream<Path> all = Files.walk(target)) {
      for (Path file : (Iterable<Path>) all::iterator) {
        String name = target.relativize(file).toString();
        boolean generated =
            name.startsWith("bin/") || name.contains("__pycache__") || name.equals(".lock");
        if (Files.isRegularFile(file) && !generated) {
          files.put(PythonAgent.PACKED_DEPENDENCIES + "/" + name, file);
        }
      }
    }
    notes.add("the dependencies of " + source.get() + " are in site-packages/");
  }

  /** Reads the manifest as PAR does. An error in it ends the packing. */
  private AgentManifest manifest(Path tree) {
    try (Par par = Par.builder(config).build()) {
      return par.open(tree).manifest();
    }
  }

  /** Copies those files of the package that a tool needs into a directory tree. */
  private Path copyForPython(Path tree, Predicate<String> useful) throws IOException {
    Files.createDirectories(tree);
    for (var entry : files.entrySet()) {
      if (useful.test(entry.getKey()) || entry.getKey().equals(AgentFiles.MANIFEST)) {
        Path copy = tree.resolve(entry.getKey());
        Files.createDirectories(copy.getParent());
        Files.copy(entry.getValue(), copy);
      }
    }
    return tree;
  }

  /** The bytecode of the package's modules, unless it is too large. */
  NavigableMap<String, Path> bytecode(Path scratch, long packageBytes)
      throws IOException, InterruptedException {
    if (files.keySet().stream().noneMatch(name -> name.endsWith(".py"))) {
      return new TreeMap<>();
    }
    Path tree = copyForPython(scratch.resolve("modules"), name -> name.endsWith(".py"));
    NavigableMap<String, Path> compiled =
        Bytecode.compile(
            tree, manifest(tree), environment, Files.createDirectory(scratch.resolve("bytecode")));
    compiled.keySet().removeIf(files::containsKey);
    long bytes = 0;
    for (Path file : compiled.values()) {
      bytes += ZipWriter.sizeOf(Files.readAllBytes(file)) + 2L * file.toString().length();
    }
    if (bytes > packageBytes * BYTECODE_SHARE) {
      notes.add(
          "its bytecode is left out, because it would make the package more than 15 % larger");
      return new TreeMap<>();
    }
    return compiled;
  }
}
