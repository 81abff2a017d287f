package global.pixell.par.testkit;

import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * An agent's folder, to be made a package of. The package depends on nothing but the names, bytes
 * and execute bits of its files: not on times, owners, the umask, the order of the disk, the zone
 * or the language. (Another zlib under another Java may deflate to other bytes.)
 */
final class PackageFolder {

  static final String MANIFEST = "agent.yaml";
  private static final String IGNORE_FILE = ".parignore";

  /**
   * What was packed.
   *
   * @param inspection what PAR sees in it
   * @param leftOut what the rules took out, folders with a slash at their end
   */
  record Packed(Par.Inspection inspection, List<String> leftOut) {
    String id() {
      return inspection.manifest().name() + "@" + inspection.manifest().version();
    }
  }

  private final Path root;
  private final IgnoreRules rules;
  private final NavigableMap<String, Path> files = new TreeMap<>(PackageFolder::byManifestThenUtf8);
  private final List<String> leftOut = new ArrayList<>();

  private PackageFolder(Path root, IgnoreRules rules) {
    this.root = root;
    this.rules = rules;
  }

  /**
   * Packs a folder, and has PAR look at the result.
   *
   * @param file is written only when PAR would take it; replaced in one step
   * @throws UsageException when the folder cannot be one
   * @throws ParException as PAR would refuse the package
   */
  static Packed pack(Path folder, Path file) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new UsageException("there is no folder " + folder);
    }
    Path root = folder.toRealPath();
    Path ignore = root.resolve(IGNORE_FILE);
    var rules =
        new IgnoreRules(Files.isRegularFile(ignore) ? Files.readAllLines(ignore) : List.of());
    var packing = new PackageFolder(root, rules);
    packing.visit(root, "", List.of(root));
    if (!packing.files.containsKey(MANIFEST)) {
      throw new UsageException("there is no " + MANIFEST + " at the top of " + folder);
    }
    return packing.writeProved(file.toAbsolutePath());
  }

  private Packed writeProved(Path file) throws IOException {
    Path parent = java.util.Objects.requireNonNull(file.getParent());
    Path temporary = Files.createTempFile(parent, ".par-testkit-", ".part");
    try {
      try (OutputStream out = Files.newOutputStream(temporary)) {
        write(out);
      }
      Path cache = Files.createTempDirectory("par-testkit-");
      try (Par par =
          Par.builder().cacheDirectory(cache).allowBucket(ParConfig.DEFAULT_BUCKET).build()) {
        var packed = new Packed(par.inspect(temporary), List.copyOf(leftOut));
        Files.setPosixFilePermissions(
            temporary, java.nio.file.attribute.PosixFilePermissions.fromString("rw-r--r--"));
        Files.move(
            temporary,
            file,
            java.nio.file.StandardCopyOption.ATOMIC_MOVE,
            java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        return packed;
      } finally {
        TemporaryTree.delete(cache);
      }
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private void write(OutputStream out) throws IOException {
    var zip = new ZipWriter(out);
    for (var entry : files.entrySet()) {
      Path file = entry.getValue();
      int mode =
          Files.isExecutable(file) && ownerMayRun(file) ? ZipWriter.EXECUTABLE : ZipWriter.FILE;
      zip.add(entry.getKey(), Files.readAllBytes(file), mode);
    }
    zip.finish();
  }

  private static boolean ownerMayRun(Path file) throws IOException {
    return Files.getPosixFilePermissions(file)
        .contains(java.nio.file.attribute.PosixFilePermission.OWNER_EXECUTE);
  }

  /** Collects what is packed; {@code above} are the folders this one is in, as they really are. */
  private void visit(Path folder, String prefix, List<Path> above) throws IOException {
    List<Path> children;
    try (Stream<Path> all = Files.list(folder)) {
      children = all.sorted().toList();
    }
    for (Path child : children) {
      String name = prefix + child.getFileName();
      boolean directory = Files.isDirectory(child);
      if (rules.ignores(name, directory)) {
        leftOut.add(directory ? name + "/" : name);
        continue;
      }
      Path real = real(child, name);
      if (directory) {
        if (above.contains(real)) {
          throw new UsageException("the link " + name + " leads back to a folder it is in");
        }
        visit(child, name + "/", Stream.concat(above.stream(), Stream.of(real)).toList());
      } else if (Files.isRegularFile(child)) {
        files.put(name, child);
      } else {
        throw new UsageException(name + " is neither a file nor a folder; list it in .parignore");
      }
    }
  }

  /** PAR takes no links, so what they lead to is packed: if it is the folder's own. */
  private Path real(Path child, String name) throws IOException {
    if (!Files.exists(child)) {
      throw new UsageException("the link " + name + " leads nowhere");
    }
    Path real = child.toRealPath();
    if (!real.startsWith(root)) {
      throw new UsageException(
          (Files.isSymbolicLink(child) ? "the link " + name : name)
              + " leads out of the folder, to "
              + real
              + "; copy it in, or list it in .parignore");
    }
    return Files.isSymbolicLink(child) ? real : child.toRealPath(LinkOption.NOFOLLOW_LINKS);
  }

  private static int byManifestThenUtf8(String a, String b) {
    if (a.equals(b)) {
      return 0;
    }
    if (a.equals(MANIFEST) || b.equals(MANIFEST)) {
      return a.equals(MANIFEST) ? -1 : 1;
    }
    return Arrays.compareUnsigned(
        a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
  }
}
