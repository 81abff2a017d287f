package global.pixell.par.testkit.internal.pack;

import global.pixell.par.AgentManifest;
import global.pixell.par.PackageInspection;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.launcher.agent.Executable;
import global.pixell.par.launcher.agent.preparation.PackageReview;
import global.pixell.par.launcher.agent.python.Bytecode;
import global.pixell.par.launcher.agent.python.PackedDependencies;
import global.pixell.par.launcher.agent.python.PythonAgent;
import global.pixell.par.launcher.derived.DerivedCache;
import global.pixell.par.testkit.internal.io.FileModes;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
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

  /** Bytecode may enlarge a package by at most this share; otherwise the first boot compiles it. */
  private static final double BYTECODE_SHARE = 0.15;

  private final AgentFiles folder;
  private final NavigableMap<String, Path> files;
  private final ParConfig config;
  private final Settings settings;
  private final Map<String, String> environment;
  private final Progress progress;
  private final List<String> notes = new ArrayList<>();
  private long totalBytes;
  private long packedBytes;

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
   *     the next package package
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
      addDependencies(scratch);
      requireWithinLimits();
      return pack(target, scratch);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("stopped", e);
    } finally {
      DerivedCache.deleteQuietly(scratch);
    }
  }

  private void addDependencies(Path scratch) throws IOException, InterruptedException {
    if (!settings.dependencies()) {
      return;
    }
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
  private NavigableMap<String, Path> bytecode(Path scratch, long packageBytes)
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

  private Packed pack(Path target, Path scratch) throws IOException, InterruptedException {
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
      write(temporary);
      NavigableMap<String, Path> bytecode = bytecode(scratch, Files.size(temporary));
      if (!bytecode.isEmpty()) {
        files.putAll(bytecode);
        write(temporary);
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

  /** Refuses a folder over PAR's limits before packing it. */
  private void requireWithinLimits() throws IOException {
    if (files.size() > config.limits().entries()) {
      throw tooLarge(
          files.size() + " files, over the limit of " + config.limits().entries(),
          "PAR_MAX_ENTRIES");
    }
    long bytes = 0;
    for (Path file : files.values()) {
      bytes += Files.size(file);
    }
    totalBytes = bytes;
    if (bytes > config.limits().unpackedBytes()) {
      throw tooLarge(
          bytes + " bytes, over the limit of " + config.limits().unpackedBytes(),
          "PAR_MAX_UNPACKED_MB");
    }
  }

  private ParException tooLarge(String what, String variable) {
    return new ParException(
        ParException.Kind.BAD_PACKAGE,
        "The package has " + what + ". Its biggest folders: " + biggest() + ".",
        "Leave files out in .parignore, or raise " + variable + " here and in the task.");
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

  private String biggest() {
    var sizes = new HashMap<String, Long>();
    files.forEach(
        (name, file) -> {
          int slash = name.indexOf('/');
          sizes.merge(
              slash < 0 ? "." : name.substring(0, slash), file.toFile().length(), Long::sum);
        });
    return sizes.entrySet().stream()
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .limit(5)
        .map(e -> String.format(Locale.ROOT, "%s %.1f MB", e.getKey(), e.getValue() / 1048576.0))
        .collect(Collectors.joining(", "));
  }

  private void write(Path temporary) throws IOException {
    packedBytes = 0;
    try (var out = new PackageFile(temporary)) {
      write(new ZipWriter(out));
    }
  }

  private void write(ZipWriter zip) throws IOException {
    for (var entry : files.entrySet()) {
      Path file = entry.getValue();
      int mode = ownerMayRun(file) ? ZipWriter.EXECUTABLE : ZipWriter.FILE;
      try (InputStream in = new Counted(Files.newInputStream(file))) {
        zip.add(entry.getKey(), in, mode);
      }
    }
    zip.finish();
  }

  /** Reports what is read. */
  private final class Counted extends FilterInputStream {
    Counted(InputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int count = super.read(bytes, offset, length);
      packedBytes += Math.max(0, count);
      progress.packed(packedBytes, Math.max(totalBytes, packedBytes));
      return count;
    }
  }

  public static boolean ownerMayRun(Path file) throws IOException {
    return FileModes.ownerMayRun(file);
  }

  /** Stops as soon as the package is larger than PAR's download limit. */
  private final class PackageFile implements ZipWriter.Target, AutoCloseable {
    private final FileChannel channel;

    PackageFile(Path file) throws IOException {
      channel =
          FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
    }

    @Override
    public void write(byte[] bytes, int length) throws IOException {
      if (channel.position() + length > config.limits().packageBytes()) {
        throw tooLarge(
            "more than " + config.limits().packageBytes() + " bytes, which is the limit",
            "MAX_PACKAGE_SIZE_MB");
      }
      var buffer = ByteBuffer.wrap(bytes, 0, length);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    }

    @Override
    public void replace(long position, byte[] bytes) throws IOException {
      var buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer, position + buffer.position());
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
