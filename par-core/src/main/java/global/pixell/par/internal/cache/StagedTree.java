package global.pixell.par.internal.cache;

import global.pixell.par.ParException;
import global.pixell.par.internal.archive.TreeWriter;
import global.pixell.par.internal.archive.UnpackSummary;
import global.pixell.par.internal.archive.Unpacker;
import global.pixell.par.internal.archive.ZipDirectory;
import global.pixell.par.internal.io.DiskErrors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;

/**
 * A tree that is whole, read-only, and not yet where anybody looks for one.
 *
 * @param staging its folder, which may still be written to, for else it could not be moved
 * @param content what it holds
 * @param fingerprint by which it is known to be whole from now on
 */
public record StagedTree(Path staging, UnpackSummary content, TreeFingerprint fingerprint) {

  /**
   * Unpacks an archive. After a failure the staging folder may hold a part of the tree; the caller
   * removes it.
   *
   * @param staging a folder that does not exist yet
   * @param cancelled asked often, from several threads
   * @throws ParException as {@link Unpacker}
   */
  public static StagedTree unpack(ZipDirectory content, Path staging, BooleanSupplier cancelled) {
    try {
      Files.createDirectory(staging);
    } catch (IOException e) {
      throw DiskErrors.of("make the folder " + staging, e);
    }
    TreeWriter writer = TreeWriter.readOnly(staging, content.announced().bytes());
    UnpackSummary unpacked = Unpacker.unpack(content, writer, Unpacker.defaultWorkers(), cancelled);
    return new StagedTree(staging, unpacked, TreeFingerprint.of(content));
  }
}
