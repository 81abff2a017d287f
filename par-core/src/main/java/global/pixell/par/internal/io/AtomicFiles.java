package global.pixell.par.internal.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Files and trees that are either whole or absent: they are written beside the target, then moved.
 */
public final class AtomicFiles {

  private AtomicFiles() {}

  /**
   * Publishes a file or a tree under its final name. If the name exists already, that is success,
   * because equal names mean equal content here.
   */
  public static void publish(Path staged, Path target) throws IOException {
    Files.createDirectories(parentOf(target));
    try {
      Files.move(staged, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
      deleteTree(staged);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException("the cache spans two file systems: " + staged + " and " + target, e);
    } catch (IOException e) {
      if (!Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
        throw e;
      }
      deleteTree(staged);
    }
    syncDirectory(parentOf(target));
  }

  /** Replaces a small file in one step. */
  public static void write(Path target, Path temporary, byte[] content) throws IOException {
    Files.createDirectories(parentOf(target));
    try {
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        for (var bytes = ByteBuffer.wrap(content); bytes.hasRemaining(); ) {
          channel.write(bytes);
        }
        channel.force(true);
      }
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      discard(temporary);
      throw e;
    }
  }

  /**
   * Moves a file or a tree to a new name; an absent one is success.
   *
   * @throws NoSuchFileException when the folder of the new name is absent
   */
  public static void rename(Path what, Path target) throws IOException {
    boolean folder = Files.isDirectory(what, LinkOption.NOFOLLOW_LINKS);
    try {
      if (folder) {
        // A read-only folder cannot be moved to another parent.
        setOwnerWritable(what);
      }
      Files.move(what, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      boolean present = Files.exists(what, LinkOption.NOFOLLOW_LINKS);
      if (present && folder) {
        setReadOnly(what);
      }
      if (present || !(e instanceof NoSuchFileException)) {
        throw e;
      }
    }
  }

  /** Tells a file from another one of the same name; empty when the file system has no such key. */
  public static Optional<Object> fileKey(Path file) throws IOException {
    return Optional.ofNullable(
        Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).fileKey());
  }

  /** The parent directory of one of PAR's own paths, which are never a root. */
  public static Path parentOf(Path path) {
    return java.util.Objects.requireNonNull(path.toAbsolutePath().getParent(), "parent");
  }

  /**
   * The entries of a folder whose names match; none when the folder is absent. Another process may
   * remove an entry at any time.
   *
   * @param form a glob
   */
  public static List<Path> list(Path folder, String form) throws IOException {
    try (DirectoryStream<Path> content = Files.newDirectoryStream(folder, form)) {
      return collect(content);
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    }
  }

  /** Unwraps the unchecked exception of a listing that fails half-way, as on a network disk. */
  public static List<Path> collect(Iterable<Path> content) throws IOException {
    var all = new ArrayList<Path>();
    try {
      content.forEach(all::add);
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return all;
  }

  /** Makes a rename durable, if the file system can; some cannot open a directory. */
  private static void syncDirectory(Path directory) {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // Durability only: after a power cut the entry is fetched again.
    }
  }

  /** Forces the content of a file to the disk. */
  public static void sync(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  /**
   * Makes one file or directory readable for all users and writable for none, whatever the umask.
   */
  public static void setReadOnly(Path path) throws IOException {
    var view =
        Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    if (view != null) {
      var attributes = view.readAttributes();
      var permissions =
          PosixFilePermissions.fromString(attributes.isDirectory() ? "r-xr-xr-x" : "r--r--r--");
      if (!attributes.permissions().equals(permissions)) {
        view.setPermissions(permissions);
      }
    }
  }

  /** Gives the owner the write permission. */
  public static void setOwnerWritable(Path path) throws IOException {
    var view =
        Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    if (view != null) {
      var permissions = view.readAttributes().permissions();
      if (permissions.add(PosixFilePermission.OWNER_WRITE)) {
        view.setPermissions(permissions);
      }
    }
  }

  /** Deletes a file or a tree, also a read-only one; never follows a link. Absent is success. */
  public static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    walk(
        root,
        new TolerantVisitor() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
              throws IOException {
            setOwnerWritable(directory);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
              throws IOException {
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** The bytes of all files below a folder. */
  public static long sizeOf(Path root) throws IOException {
    long[] bytes = {0};
    walk(
        root,
        new TolerantVisitor() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            bytes[0] += attributes.size();
            return FileVisitResult.CONTINUE;
          }
        });
    return bytes[0];
  }

  /** Deletes work in progress; a failure here must not hide the one that ended the work. */
  public static void discard(Path temporary) {
    try {
      deleteTree(temporary);
    } catch (IOException e) {
      // The next start clears it.
    }
  }

  private static void walk(Path root, SimpleFileVisitor<Path> visitor) throws IOException {
    Files.walkFileTree(root, visitor);
  }

  /** Passes over a file that another process deletes during the walk. */
  private static class TolerantVisitor extends SimpleFileVisitor<Path> {

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
      if (e instanceof NoSuchFileException) {
        return FileVisitResult.CONTINUE;
      }
      throw e;
    }
  }
}
