package global.pixell.par.internal.fetch;

import global.pixell.par.AgentManifest;
import global.pixell.par.PackageInspection;
import global.pixell.par.ParException;
import global.pixell.par.internal.archive.UnpackLimits;
import global.pixell.par.internal.archive.UnpackSummary;
import global.pixell.par.internal.archive.Unpacker;
import global.pixell.par.internal.archive.ZipDirectory;
import global.pixell.par.internal.archive.ZipMember;
import global.pixell.par.internal.io.ArchiveBytes;
import global.pixell.par.internal.io.DiskErrors;
import global.pixell.par.internal.manifest.ManifestReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/** Checks a package file as a boot does, and writes nothing. */
final class Inspection {

  private static final double MB = 1 << 20;
  private static final int BIGGEST = 5;

  private Inspection() {}

  /**
   * Inspects a file; its directory and its entries are read once.
   *
   * @param cancelled asked often
   */
  static PackageInspection of(Path file, UnpackLimits limits, BooleanSupplier cancelled) {
    try (var archive = new HashedArchive(ArchiveBytes.ofFile(file))) {
      ZipDirectory directory = ZipDirectory.read(archive, limits);
      UnpackSummary tree = Unpacker.check(directory, 1, cancelled);
      List<String> names =
          directory.members().stream()
              .map(member -> member.directory() ? member.path() + "/" : member.path())
              .toList();
      AgentManifest manifest =
          ManifestReader.parse(
              directory
                  .readEntry(ManifestReader.FILE, ManifestReader.MAX_BYTES)
                  .orElseThrow(() -> ManifestReader.missing(names)));
      var warnings = new ArrayList<String>(manifest.warnings());
      warnings.addAll(PackageOpener.packageWarnings(manifest, names.contains(".env")));
      return new PackageInspection(
          manifest,
          archive.digest(cancelled),
          tree.entries(),
          archive.size(),
          tree.bytes(),
          bytesByFolder(directory),
          warnings);
    } catch (IOException e) {
      throw DiskErrors.of("read " + file, e);
    }
  }

  /** The limit of a download, for a package that is on this machine already. */
  static void requireSize(Path file, long maxBytes) {
    try {
      long bytes = Files.size(file);
      if (bytes > maxBytes) {
        throw new ParException(
            ParException.Kind.BAD_PACKAGE,
            String.format(
                Locale.ROOT,
                "The package %s is %d bytes (%.1f MB), over the limit of %d (%.1f MB).%s",
                file,
                bytes,
                bytes / MB,
                maxBytes,
                maxBytes / MB,
                biggestFolders(file)),
            "Make the package smaller, or raise maxPackageBytes(…).");
      }
    } catch (IOException e) {
      throw DiskErrors.of("read " + file, e);
    }
  }

  private static String biggestFolders(Path file) throws IOException {
    try (ArchiveBytes archive = ArchiveBytes.ofFile(file)) {
      return bytesByFolder(ZipDirectory.read(archive, UnpackLimits.DEFAULT)).entrySet().stream()
          .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
          .limit(BIGGEST)
          .map(f -> String.format(Locale.ROOT, "%s %.1f MB", f.getKey(), f.getValue() / MB))
          .collect(Collectors.joining(", ", " Its biggest folders, unpacked: ", "."));
    } catch (ParException e) {
      // Its size alone is a reason to refuse it, so nothing else needs a check.
      return "";
    }
  }

  private static Map<String, Long> bytesByFolder(ZipDirectory directory) {
    var sizes = new TreeMap<String, Long>();
    for (ZipMember member : directory.members()) {
      int slash = member.path().indexOf('/');
      sizes.merge(slash < 0 ? "." : member.path().substring(0, slash), member.size(), Long::sum);
    }
    return sizes;
  }
}
