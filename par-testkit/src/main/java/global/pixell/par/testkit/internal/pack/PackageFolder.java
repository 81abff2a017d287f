package global.pixell.par.testkit.internal.pack;

import global.pixell.par.PackageInspection;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.launcher.agent.Executable;
import global.pixell.par.launcher.agent.preparation.PackageReview;
import global.pixell.par.launcher.derived.DerivedCache;
import global.pixell.par.testkit.internal.io.FileModes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Packs an agent's folder. The package depends only on the names, bytes and execute bits of its
 * files: not on times, owners, the umask, the order of the disk, the time zone or the locale.
 * (Another Java may use another zlib, which may deflate to other bytes.)
 */
public final class PackageFolder {

  /** The variables that set PAR's limits. */
  public static final List<String> LIMITS =
      List.of("MAX_PACKAGE_SIZE_MB", "PAR_MAX_UNPACKED_MB", "PAR_MAX_ENTRIES");

  /**
   * The result of packing.
   *
   * @param file the package
   * @param inspection PAR's inspection of the package
   * @param leftOut files and folders that the rules exclude; folders end in a slash
   * @param notes what the packer added or left out, one sentence each
   * @param findings reasons why the agent could not start, one sentence each
   */
  public record Packed(
      Path file,
      PackageInspection inspection,
      List<String> leftOut,
      List<String> notes,
      List<String> findings) {
    public String id() {
      return inspection.manifest().name() + "@" + inspection.manifest().version();
    }

    /** Reasons why the agent may not start, a sentence each: those of PAR, then the findings. */
    public List<String> warnings() {
      return Stream.concat(inspection.warnings().stream(), findings.stream()).toList();
    }
  }

  /**
   * How to pack.
   *
   * @param platform the platform of the agent, such as {@code linux/arm64}
   * @param strict whether a finding refuses the package
   * @param dependencies whether to add the Python dependencies to the package
   * @param python the Python version of the dependencies; empty for the manifest's version
   */
  public record Settings(String platform, boolean strict, boolean dependencies, String python) {

    /** This machine's platform, not strict, no dependencies. */
    public static final Settings DEFAULT =
        new Settings(Executable.hostPlatform(), false, false, "");
  }

  /** Observes a long packing. */
  @FunctionalInterface
  public interface Progress {

    /** Ignores all. */
    Progress NONE = (bytes, total) -> {};

    /**
     * Bytes of files were packed. Called often, so it must return at once.
     *
     * @param bytes all bytes so far
     * @param total the bytes of all files
     */
    void packed(long bytes, long total);
  }

  private final AgentFiles folder;
  private final NavigableMap<String, Path> files;
  private final ParConfig config;
  private final Settings settings;
  private final Map<String, String> environment;
  private final Progress progress;
  private final List<String> notes = new ArrayList<>();

  private PackageFolder(
      AgentFiles folder,
      ParConfig config,
      Settings settings,
      Map<String, String> environment,
      Progress progress) {
    this.progress = progress;
    this.folder = folder;
    this.files = new TreeMap<>(folder.files());
    this.config = config;
    this.settings = settings;
    this.environment = environment;
  }

  /**
   * Packs a folder, and inspects the result as PAR would.
   *
   * @param target a file, or a folder in which the file gets the name {@code NAME-VERSION.apkg}. It
   *     is written only when PAR would accept the package, and replaced atomically
   * @param environment read for {@link #LIMITS}
   * @throws NotPackableException when the folder cannot be packed, or the target would be part of
   *     the next package
   * @throws ParException when PAR would refuse the package
   */
  public static Packed pack(Path folder, Path target, Map<String, String> environment)
      throws IOException {
    return pack(folder, target, environment, Settings.DEFAULT, Progress.NONE);
  }

  /**
   * Packs a folder with these settings, and inspects the result as PAR would.
   *
   * @param target as for {@link #pack(Path, Path, Map)}
   * @param environment as for {@link #pack(Path, Path, Map)}; its PATH is searched for an
   *     interpreter
   * @param settings how to pack
   * @param progress observes the packing, on this thread
   */
  public static Packed pack(
      Path folder,
      Path target,
      Map<String, String> environment,
      Settings settings,
      Progress progress)
      throws IOException {
    AgentFiles files = AgentFiles.of(folder);
    if (!files.unreadableNames().isEmpty()) {
      throw unreadable(files.unreadableNames());
    }
    if (!files.faults().isEmpty()) {
      throw new NotPackableException(String.join("\n  ", files.faults()));
    }
    if (!files.files().containsKey(AgentFiles.MANIFEST)) {
      throw new NotPackableException(
          "there is no " + AgentFiles.MANIFEST + " at the top of " + folder);
    }
    var limits = new HashMap<String, String>();
    LIMITS.forEach(
        name -> Optional.ofNullable(environment.get(name)).ifPresent(v -> limits.put(name, v)));
    return new PackageFolder(
            files, ParConfig.fromEnvironment(limits), settings, environment, progress)
        .pack(target.toAbsolutePath());
  }

  private Packed pack(Path target) throws IOException {
    Path scratch = Files.createTempDirectory("par-pack-");
    try {
      var python = new PythonFiles(files, config, settings, environment, notes);
      if (settings.dependencies()) {
        python.addDependencies(scratch);
      }
      var limits = new SizeLimits(files, config.limits());
      var writer = new PackageWriter(files, limits, progress, limits.requireWithin());
      return pack(target, scratch, python, writer);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("stopped", e);
    } finally {
      DerivedCache.deleteQuietly(scratch);
    }
  }

  private Packed pack(Path target, Path scratch, PythonFiles python, PackageWriter writer)
      throws IOException, InterruptedException {
    Optional<Path> parent =
        Files.isDirectory(target) ? Optional.of(target) : Optional.ofNullable(target.getParent());
    Path where =
        parent
            .filter(Files::isDirectory)
            .orElseThrow(
                () ->
                    new NotPackableException(
                        "no such directory for the package: " + parent.orElse(target)));
    // The default rules exclude this name, so a file that remains after a crash gets into no
    // package.
    Path temporary = Files.createTempFile(where, ".par-testkit-", ".apkg");
    try {
      writer.write(temporary);
      NavigableMap<String, Path> bytecode = python.bytecode(scratch, Files.size(temporary));
      if (!bytecode.isEmpty()) {
        files.putAll(bytecode);
        writer.write(temporary);
      }
      List<String> findings =
          PackageReview.of(temporary, environment, settings.platform(), settings.strict())
              .findings();
      Packed packed = inspect(temporary, target, findings);
      if (folder.wouldTakeIn(packed.file())) {
        throw new NotPackableException(
            packed.file()
                + " would be part of the next package; write it elsewhere, name it .apkg, or list it in"
                + " .parignore");
      }
      FileModes.set(temporary, "rw-r--r--");
      Files.move(
          temporary,
          packed.file(),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
      return packed;
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private Packed inspect(Path temporary, Path target, List<String> findings) {
    try (Par par = Par.builder(config).build()) {
      PackageInspection seen = par.inspect(temporary);
      String name = seen.manifest().name() + "-" + seen.manifest().version() + ".apkg";
      return new Packed(
          Files.isDirectory(target) ? target.resolve(name) : target,
          seen,
          List.copyOf(folder.leftOut()),
          List.copyOf(notes),
          findings);
    }
  }

  private static ParException unreadable(List<String> names) {
    String encoding = System.getProperty("sun.jnu.encoding", "UTF-8");
    boolean utf8 = encoding.equalsIgnoreCase("UTF-8");
    return new ParException(
        ParException.Kind.BAD_PACKAGE,
        (names.size() == 1 ? "The file name " : "The file names ")
            + String.join(", ", names)
            + (names.size() == 1 ? " is" : " are")
            + (utf8
                ? " not valid UTF-8."
                : " not valid in " + encoding + ", Java's encoding here."),
        utf8
            ? "Rename these files, or list them in .parignore."
            : "Start Java in a UTF-8 locale, for instance with LC_ALL=C.UTF-8.");
  }
}
