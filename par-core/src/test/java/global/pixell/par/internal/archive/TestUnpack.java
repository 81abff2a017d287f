package global.pixell.par.internal.archive;

import global.pixell.par.internal.io.ArchiveBytes;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;

/** Reads the directory of an archive and unpacks or checks it in one call. */
public final class TestUnpack {

  private TestUnpack() {}

  /** Unpacks with the default number of workers. */
  public static UnpackSummary unpack(ArchiveBytes archive, Path staging, UnpackLimits limits) {
    return unpack(archive, staging, limits, Unpacker.defaultWorkers(), () -> false);
  }

  /** Unpacks below an existing empty folder, which stays writable. */
  public static UnpackSummary unpack(
      ArchiveBytes archive,
      Path staging,
      UnpackLimits limits,
      int workers,
      BooleanSupplier cancelled) {
    ZipDirectory directory = ZipDirectory.read(archive, limits);
    var writer = new TreeWriter(staging, directory.announced().bytes());
    return Unpacker.unpack(directory, writer, workers, cancelled);
  }

  /** Checks the archive: the same verdict from the same bytes, but without writing files. */
  public static UnpackSummary check(ArchiveBytes archive, UnpackLimits limits) {
    return Unpacker.check(ZipDirectory.read(archive, limits), 1, () -> false);
  }
}
