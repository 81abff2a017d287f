package global.pixell.par.testkit.internal.pack;

import global.pixell.par.PackageInspection;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An agent's folder, to be made a package of. The package depends on nothing but the names, bytes
 * and execute bits of its files: not on times, owners, the umask, the order of the disk, the zone
 * or the language. (Another zlib under another Java may deflate to other bytes.)
 */
public final class PackageFolder {

  /** The variables that say what PAR takes. */
  public static final List<String> LIMITS =
      List.of("MAX_PACKAGE_SIZE_MB", "PAR_MAX_UNPACKED_MB", "PAR_MAX_ENTRIES");

  /**
   * What was packed.
   *
   * @param file the package
   * @param inspection what PAR sees in it
   * @param leftOut what the rules took out, folders with a slash at their end
   */
  public record Packed(Path file, PackageInspection inspection, List<String> leftOut) {
    public String id() {
      return inspection.manifest().name() + "@" + inspection.manifest().version();
    }
  }

  private final AgentFiles folder;
  private final ParConfig config;

  private PackageFolder(AgentFiles folder, ParConfig config) {
    this.folder = folder;
    this.config = config;
  }

  /**
   * Packs a folder, and has PAR look at the result.
   *
   * @param target a file, or the folder where it is to be {@code NAME-VERSION.apkg}; written only
   *     when PAR would take it, and replaced in one step
   * @param environment of which {@link #LIMITS} count
   * @throws NotPackableException when the folder cannot be one, or the target would be in the next
   *     package
   * @throws ParException as PAR would refuse the package
   */
  public static Packed pack(Path folder, Path target, Map<String, String> environment)
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
    return new PackageFolder(files, ParConfig.fromEnvironment(limits))
        .pack(target.toAbsolutePath());
  }

  private Packed pack(Path target) throws IOException {
    requireWithinLimits();
    Optional<Path> parent =
        Files.isDirectory(target) ? Optional.of(target) : Optional.ofNullable(target.getParent());
    Path where =
        parent
            .filter(Files::isDirectory)
            .orElseThrow(
                () ->
                    new NotPackableException(
                        "there is no folder " + parent.orElse(target) + " for the package"));
    // A name that no package takes in: one that is left behind by a crash does no harm.
    Path temporary = Files.createTempFile(where, ".par-testkit-", ".apkg");
    try {
      try (var out = new PackageFile(temporary, config.maxPackageBytes())) {
        write(new ZipWriter(out));
      }
      Packed packed = inspect(temporary, target);
      if (folder.wouldTakeIn(packed.file())) {
        throw new NotPackableException(
            packed.file()
                + " would be in the next package; write it elsewhere, call it .apkg, or list it in"
                + " .parignore");
      }
      Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rw-r--r--"));
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

  private Packed inspect(Path temporary, Path target) {
    try (Par par = Par.builder(config).build()) {
      PackageInspection seen = par.inspect(temporary);
      String name = seen.manifest().name() + "-" + seen.manifest().version() + ".apkg";
      return new Packed(
          Files.isDirectory(target) ? target.resolve(name) : target,
          seen,
          List.copyOf(folder.leftOut()));
    }
  }

  /** What PAR would refuse when it is packed needs no packing. */
  private void requireWithinLimits() throws IOException {
    if (folder.files().size() > config.maxEntries()) {
      throw tooLarge(
          folder.files().size() + " files, over the limit of " + config.maxEntries(),
          "PAR_MAX_ENTRIES");
    }
    long bytes = 0;
    for (Path file : folder.files().values()) {
      bytes += Files.size(file);
    }
    if (bytes > config.maxUnpackedBytes()) {
      throw tooLarge(
          bytes + " bytes, over the limit of " + config.maxUnpackedBytes(), "PAR_MAX_UNPACKED_MB");
    }
  }

  private static ParException tooLarge(String what, String variable) {
    return new ParException(
        ParException.Kind.BAD_PACKAGE,
        "The package has " + what + ".",
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
            ? "Rename what is listed, or list it in .parignore."
            : "Start Java in a UTF-8 locale, for instance with LC_ALL=C.UTF-8.");
  }

  private void write(ZipWriter zip) throws IOException {
    for (var entry : folder.files().entrySet()) {
      Path file = entry.getValue();
      int mode = ownerMayRun(file) ? ZipWriter.EXECUTABLE : ZipWriter.FILE;
      try (InputStream in = Files.newInputStream(file)) {
        zip.add(entry.getKey(), in, mode);
      }
    }
    zip.finish();
  }

  public static boolean ownerMayRun(Path file) throws IOException {
    return Files.getPosixFilePermissions(file).contains(PosixFilePermission.OWNER_EXECUTE);
  }

  /** Ends the packing as soon as the package is larger than PAR downloads. */
  private static final class PackageFile implements ZipWriter.Target, AutoCloseable {
    private final FileChannel channel;
    private final long most;

    PackageFile(Path file, long most) throws IOException {
      channel = FileChannel.open(file, StandardOpenOption.WRITE);
      this.most = most;
    }

    @Override
    public void write(byte[] bytes, int length) throws IOException {
      if (channel.position() + length > most) {
        throw tooLarge("more than " + most + " bytes, which is the limit", "MAX_PACKAGE_SIZE_MB");
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
