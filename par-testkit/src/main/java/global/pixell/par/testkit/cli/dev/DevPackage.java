package global.pixell.par.testkit.cli.dev;

import global.pixell.par.ParConfig;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.internal.pack.PackageFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;

/** The package of an agent's folder: packs it, and publishes it on a fake S3. */
final class DevPackage {

  private final Path folder;
  private final Path workDirectory;
  private final FakeS3 s3;

  /** The file of each key: one for each version that the folder has had. */
  private final Map<String, Path> published = new HashMap<>();

  private String digest = "";

  /**
   * Creates nothing yet.
   *
   * @param workDirectory where the packages are written
   */
  DevPackage(Path folder, Path workDirectory, FakeS3 s3) {
    this.folder = folder;
    this.workDirectory = workDirectory;
    this.s3 = s3;
  }

  PackageFolder.Packed pack(Map<String, String> environment, PackageFolder.Progress progress)
      throws IOException {
    return PackageFolder.pack(
        folder,
        workDirectory.resolve("agent.apkg"),
        environment,
        PackageFolder.Settings.DEFAULT,
        progress);
  }

  boolean isPublished(PackageFolder.Packed packed) {
    return packed.inspection().digest().hex().equals(digest);
  }

  /**
   * Publishes a copy, because the fake serves the file itself, which must not change.
   *
   * @return the value of {@code PACKAGE_URL}
   */
  String publish(PackageFolder.Packed packed) throws IOException {
    var manifest = packed.inspection().manifest();
    digest = packed.inspection().digest().hex();
    String key = "dev/%1$s/%2$s/%1$s.apkg".formatted(manifest.name(), manifest.version());
    Path file = workDirectory.resolve(digest + ".apkg");
    Files.move(packed.file(), file, StandardCopyOption.REPLACE_EXISTING);
    s3.put(ParConfig.DEFAULT_BUCKET, key, file);
    s3.addToBaseline(ParConfig.DEFAULT_BUCKET, key);
    Path replaced = published.put(key, file);
    if (replaced != null && !replaced.equals(file)) {
      Files.deleteIfExists(replaced);
    }
    return "s3://" + ParConfig.DEFAULT_BUCKET + "/" + key + "#sha256=" + digest;
  }
}
