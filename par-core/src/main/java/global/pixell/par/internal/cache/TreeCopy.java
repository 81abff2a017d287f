package global.pixell.par.internal.cache;

import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.internal.io.Disk;
import global.pixell.par.internal.io.ProcessId;
import global.pixell.par.internal.io.UniqueMark;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.time.Instant;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** A writable copy of a cached tree. It appears by one rename, except in a mount point. */
public final class TreeCopy {

  private static final String STAGING = ".par-copy-";

  private TreeCopy() {}

  public static void copy(Path from, Path to) {
    Path target = to.toAbsolutePath().normalize();
    Path parent = AtomicFiles.parentOf(target);
    try {
      sweep(target);
      refuseOccupied(target);
      if (isMountPoint(target, parent)) {
        fill(from, target);
        return;
      }
      Files.createDirectories(parent);
      sweep(parent);
      Path staging = staging(parent);
      try {
        copyInto(from, staging);
        Files.move(staging, target, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        AtomicFiles.discard(staging);
      }
    } catch (IOException e) {
      throw failure(from, target, e);
    }
  }

  private static Path staging(Path folder) {
    return folder.resolve(STAGING + ProcessId.current() + "." + UniqueMark.next());
  }

  /** Deletes what killed processes left in this folder. */
  private static void sweep(Path folder) throws IOException {
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(folder, STAGING + "*")) {
      for (Path staging : leftovers) {
        if (ProcessId.of(staging).isPresent() && ProcessId.isStale(staging, Instant.now())) {
          AtomicFiles.discard(staging);
        }
      }
    }
  }

  private static void refuseOccupied(Path target) throws IOException {
    if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(target)) {
        if (!entries.iterator().hasNext()) {
          return;
        }
      }
    }
    throw new ParException(
        Kind.CONFIG,
        "The target " + target + " exists and is not an empty directory.",
        "Name a directory that is absent or empty; PAR overwrites nothing.");
  }

  private static boolean isMountPoint(Path target, Path parent) throws IOException {
    return Files.isDirectory(target)
        && !Files.getFileStore(target).equals(Files.getFileStore(parent));
  }

  /** A mount point cannot be replaced: copy into a folder inside it, then move the entries up. */
  private static void fill(Path from, Path target) throws IOException {
    Path staging = staging(target);
    try {
      copyInto(from, staging);
      try (DirectoryStream<Path> all = Files.newDirectoryStream(staging)) {
        for (Path entry : all) {
          Files.move(entry, target.resolve(entry.getFileName()), StandardCopyOption.ATOMIC_MOVE);
        }
      }
    } finally {
      AtomicFiles.discard(staging);
    }
  }

  private static void copyInto(Path from, Path staging) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
              throws IOException {
            Files.createDirectory(copyOf(directory));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Path copy = copyOf(file);
            Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
            AtomicFiles.setOwnerWritable(copy);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Path copy = copyOf(directory);
            var modes = Files.getFileAttributeView(directory, PosixFileAttributeView.class);
            if (modes != null) {
              Files.setPosixFilePermissions(copy, modes.readAttributes().permissions());
              AtomicFiles.setOwnerWritable(copy);
            }
            return FileVisitResult.CONTINUE;
          }

          private Path copyOf(Path original) {
            return staging.resolve(from.relativize(original).toString());
          }
        });
  }

  private static ParException failure(Path from, Path target, IOException e) {
    return new ParException(
        Kind.DISK,
        "The package could not be copied to "
            + target
            + ": "
            + Disk.of(target).shortage(e).map(Disk.Shortage::reason).orElse(e.toString())
            + numbers(from, target)
            + ".",
        "Check that the directory's parent is writable and has space.",
        e);
  }

  private static String numbers(Path from, Path target) {
    try {
      OptionalLong free = Disk.of(target).freeBytes();
      return "; it needs "
          + AtomicFiles.sizeOf(from)
          + " bytes"
          + (free.isPresent() ? ", and " + free.getAsLong() + " are free there" : "");
    } catch (IOException e) {
      return "";
    }
  }
}
