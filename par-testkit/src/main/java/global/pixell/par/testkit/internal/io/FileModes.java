package global.pixell.par.testkit.internal.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;

/** File permissions, with a fallback for file systems that have none, such as those of Windows. */
public final class FileModes {

  private static final byte[] SCRIPT = {'#', '!'};
  private static final byte[] ELF = {0x7f, 'E', 'L', 'F'};

  private FileModes() {}

  /**
   * Sets permissions such as {@code rwx------}; does nothing on a file system without permissions.
   */
  public static void set(Path path, String permissions) throws IOException {
    if (hasPermissions(path)) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }
  }

  /**
   * Whether the owner may execute a file. On a file system without permissions: whether Linux could
   * execute it, because it begins with {@code #!} or is an ELF program.
   */
  public static boolean ownerMayRun(Path file) throws IOException {
    if (hasPermissions(file)) {
      return Files.getPosixFilePermissions(file).contains(PosixFilePermission.OWNER_EXECUTE);
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] begin = in.readNBytes(ELF.length);
      return Arrays.equals(begin, ELF)
          || Arrays.equals(Arrays.copyOf(begin, SCRIPT.length), SCRIPT);
    }
  }

  private static boolean hasPermissions(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }
}
