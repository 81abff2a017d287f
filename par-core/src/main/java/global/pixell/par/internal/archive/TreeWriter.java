package global.pixell.par.internal.archive;

import global.pixell.par.ParException;
import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.internal.io.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Writes files and folders into an empty folder, each exactly once and with its final mode from the
 * moment it exists.
 *
 * <p>No link is ever followed: this class creates every folder with {@code mkdir}, which fails on
 * anything that exists, and opens every file with {@code O_EXCL}, which fails on a link. Safe for
 * use by several threads once the folders exist.
 *
 * <p>A tree for the cache is read-only. A file is read-only from the moment it exists; its open
 * descriptor can be written all the same. Folders become read-only in {@link #applyDirectoryModes}.
 */
public final class TreeWriter {

  /** Opens a new file; a field, so that a test can have a disk that is full. */
  interface Opener {
    WritableByteChannel open(Path path, Set<OpenOption> options, FileAttribute<?>[] attributes)
        throws IOException;
  }

  /** Write permission of owner, group and others. */
  private static final int WRITE = 0222;

  private static final Set<OpenOption> CREATE =
      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);

  private final Path root;
  private final Opener opener;
  private final boolean posix;
  private final long expectedBytes;
  private final int modeMask;
  private final Map<Path, Integer> directories = new LinkedHashMap<>();
  private final LongAdder written = new LongAdder();
  private final Map<Integer, FileAttribute<?>[]> attributes = new ConcurrentHashMap<>();

  // Whether the umask permits a mode, determined once for each mode instead of once for each file.
  // The modes of a tree do not depend on the umask: one digest, one tree.
  private final Map<Integer, Boolean> exactFileModes = new ConcurrentHashMap<>();
  private final Map<Integer, Boolean> exactDirectoryModes = new ConcurrentHashMap<>();

  /**
   * A writer for one tree that gets the modes of its archive.
   *
   * @param root an existing empty folder, not a link
   * @param expectedBytes the size of the whole tree, for messages
   * @throws ParException of kind {@code DISK} if the root is anything else
   */
  TreeWriter(Path root, long expectedBytes) {
    this(root, expectedBytes, 0777, FileChannel::open);
  }

  /** A writer for one tree that is read-only at the end. */
  public static TreeWriter readOnly(Path root, long expectedBytes) {
    return new TreeWriter(root, expectedBytes, ~WRITE, FileChannel::open);
  }

  /**
   * A writer with all options.
   *
   * @param modeMask the permissions that entries may have
   */
  TreeWriter(Path root, long expectedBytes, int modeMask, Opener opener) {
    this.root = root;
    this.modeMask = modeMask;
    this.opener = opener;
    this.expectedBytes = expectedBytes;
    this.posix = root.getFileSystem().supportedFileAttributeViews().contains("posix");
    if (!Files.isDirectory(root, LinkOption.NOFOLLOW_LINKS)) {
      throw new ParException(
          ParException.Kind.DISK,
          "The folder to unpack into, " + root + ", is not there or is not a folder.",
          "Check that no other program works in the cache directory.");
    }
    try {
      if (!AtomicFiles.list(root, "*").isEmpty()) {
        throw new ParException(
            ParException.Kind.DISK,
            "The folder to unpack into, " + root + ", is not empty.",
            "Check that no other program works in the cache directory.");
      }
    } catch (IOException e) {
      throw failure("reading the folder", e);
    }
  }

  /** Bytes written so far. */
  long writtenBytes() {
    return written.sum();
  }

  /** Creates every folder of the tree, parents first, except skipped ones. */
  void createDirectories(EntryTree tree) {
    record Pending(EntryTree.Node node, Path path) {}
    Deque<Pending> pending = new ArrayDeque<>();
    pending.add(new Pending(tree.root(), root));
    while (!pending.isEmpty()) {
      Pending parent = pending.remove();
      for (EntryTree.Node node : parent.node().children()) {
        boolean debris = parent.node() == tree.root() && node.name().equals("__MACOSX");
        if (node.directory && !debris) {
          Path path = resolve(parent.path(), node.name());
          createDirectory(path, node.mode());
          directories.put(path, node.mode());
          pending.add(new Pending(node, path));
        }
      }
    }
  }

  /**
   * Gives folders their final modes, last, because a read-only folder cannot be written to. The
   * root keeps its mode.
   */
  void applyDirectoryModes() {
    if (!posix) {
      return;
    }
    directories.forEach(
        (path, mode) -> {
          if ((mode & modeMask) != mode) {
            setMode(path, mode & modeMask);
          }
        });
  }

  private void setMode(Path path, int mode) {
    try {
      Files.setPosixFilePermissions(path, permissions(mode));
    } catch (IOException e) {
      throw failure("closing the folder " + shown(path), e);
    }
  }

  /** Writes a file whose content is verified. */
  void write(ZipMember member, ByteBuffer content) {
    try (Output output = create(member)) {
      output.write(content);
    }
  }

  /** Starts a file with its final mode; a second one of the same name fails. */
  Output create(ZipMember member) {
    Path path = resolve(root, member.path());
    int mode = member.mode() & modeMask;
    try {
      WritableByteChannel channel = opener.open(path, CREATE, attributes(mode));
      Output output = new Output(member, channel);
      try {
        settle(path, mode, exactFileModes);
      } catch (IOException | RuntimeException e) {
        output.close();
        throw e;
      }
      return output;
    } catch (IOException e) {
      throw failure("creating the file of " + shown(member), e);
    }
  }

  /** A file being written. */
  final class Output implements AutoCloseable {
    private final ZipMember member;
    private final WritableByteChannel channel;

    private Output(ZipMember member, WritableByteChannel channel) {
      this.member = member;
      this.channel = channel;
    }

    void write(ByteBuffer content) {
      int length = content.remaining();
      try {
        while (content.hasRemaining()) {
          channel.write(content);
        }
      } catch (IOException e) {
        throw failure("writing " + shown(member), e);
      }
      written.add(length);
    }

    @Override
    public void close() {
      try {
        channel.close();
      } catch (IOException e) {
        throw failure("writing " + shown(member), e);
      }
    }
  }

  private void createDirectory(Path path, int mode) {
    try {
      Files.createDirectory(path, attributes(mode));
      settle(path, mode, exactDirectoryModes);
    } catch (IOException e) {
      throw failure("making the folder " + shown(path), e);
    }
  }

  private void settle(Path path, int mode, Map<Integer, Boolean> exactModes) throws IOException {
    if (!posix) {
      return;
    }
    Boolean exact = exactModes.get(mode);
    if (exact == null) {
      exact =
          Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS).equals(permissions(mode));
      exactModes.put(mode, exact);
    }
    if (!exact) {
      Files.setPosixFilePermissions(path, permissions(mode));
    }
  }

  private FileAttribute<?>[] attributes(int mode) {
    return attributes.computeIfAbsent(
        mode,
        m ->
            posix
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions(m))}
                : new FileAttribute<?>[0]);
  }

  private static Set<PosixFilePermission> permissions(int mode) {
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    PosixFilePermission[] fromHighest = PosixFilePermission.values();
    for (int i = 0; i < fromHighest.length; i++) {
      if ((mode & 0400 >>> i) != 0) {
        permissions.add(fromHighest[i]);
      }
    }
    return permissions;
  }

  private static Path resolve(Path folder, String name) {
    try {
      return folder.resolve(name);
    } catch (InvalidPathException e) {
      throw new ParException(
          ParException.Kind.DISK,
          "The file name "
              + ArchiveErrors.quoted(name)
              + " cannot be written in this process's file name encoding, "
              + System.getProperty("sun.jnu.encoding")
              + ".",
          "Start Java in a UTF-8 locale, for instance with LC_ALL=C.UTF-8.",
          e);
    }
  }

  private String shown(Path path) {
    return ArchiveErrors.quoted(root.relativize(path).toString());
  }

  private static String shown(ZipMember member) {
    return "entry " + ArchiveErrors.quoted(member.written()) + " (" + member.size() + " bytes)";
  }

  private ParException failure(String doing, IOException e) {
    if (e instanceof ClosedByInterruptException) {
      return ArchiveErrors.cancelled();
    }
    Disk disk = Disk.of(root);
    long missing = expectedBytes - writtenBytes();
    Optional<Disk.Shortage> shortage = disk.shortage(e);
    if (shortage.isEmpty() && disk.freeBytes().orElse(Long.MAX_VALUE) < missing) {
      shortage = Optional.of(disk.full());
    }
    return new ParException(
        ParException.Kind.DISK,
        "The package cannot be unpacked: "
            + doing
            + " failed after "
            + writtenBytes()
            + " of "
            + expectedBytes
            + " bytes were written under "
            + root
            + ": "
            + shortage.map(Disk.Shortage::reason).orElse(e.toString())
            + ".",
        shortage
            .map(Disk.Shortage::hint)
            .orElse(
                "Check that this user may write to the cache directory and that the disk is sound."),
        e);
  }
}
