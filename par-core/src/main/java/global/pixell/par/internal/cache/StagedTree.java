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
 * A complete, read-only tree that is not published yet.
 *
 * @param staging its folder, which is still writable because a read-only folder cannot be moved
 * @param content its entries and bytes
 * @param fingerprint proves later that the published tree is complete
 */
public record StagedTree(Path staging, UnpackSummary content, TreeFingerprint fingerprint) {

  /**
   * Unpacks an archive. After a failure the staging folder may hold a part of the tree; the caller
   * removes it.
   *
   * @param staging a path that does not exist yet
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
