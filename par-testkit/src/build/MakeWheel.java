import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.LocalDateTime;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Makes the wheel of the pytest plugin: {@code java MakeWheel.java PYTHON_FOLDER MAVEN_VERSION
 * OUTPUT_FOLDER}. The build needs no Python for it, and the same files give the same bytes on every
 * Java, because nothing is compressed.
 */
final class MakeWheel {

  private static final LocalDateTime TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

  private MakeWheel() {}

  public static void main(String[] args) throws IOException, NoSuchAlgorithmException {
    Path python = Path.of(args[0]);
    String version = version(python.resolve("dist-info/METADATA"), args[1]);
    String stem = "pytest_par-" + version;
    var files = new TreeMap<String, byte[]>();
    collect(python.resolve("src/pytest_par"), "pytest_par/", files);
    collect(python.resolve("dist-info"), stem + ".dist-info/", files);
    var record = new StringBuilder();
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      record.append(
          "%s,sha256=%s,%d\n"
              .formatted(file.getKey(), digest(file.getValue()), file.getValue().length));
    }
    String recordName = stem + ".dist-info/RECORD";
    record.append(recordName).append(",,\n");
    var bytes = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(bytes)) {
      zip.setMethod(ZipOutputStream.STORED);
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        store(zip, file.getKey(), file.getValue());
      }
      store(zip, recordName, record.toString().getBytes(StandardCharsets.UTF_8));
    }
    Path output = Files.createDirectories(Path.of(args[2]));
    deleteWheels(output);
    try (OutputStream out = Files.newOutputStream(output.resolve(stem + "-py3-none-any.whl"))) {
      bytes.writeTo(out);
    }
  }

  /** The version of the wheel, which must be the one of the build: 1.2.0.dev0 for 1.2.0-SNAPSHOT. */
  private static String version(Path metadata, String maven) throws IOException {
    String expected = maven.replace("-SNAPSHOT", ".dev0");
    try (Stream<String> lines = Files.lines(metadata)) {
      String found =
          lines.filter(line -> line.startsWith("Version: ")).findFirst().orElse("no version");
      if (!found.equals("Version: " + expected)) {
        throw new IllegalStateException(
            "%s has '%s', but this build is %s: write 'Version: %s'"
                .formatted(metadata, found, maven, expected));
      }
    }
    return expected;
  }

  private static void collect(Path folder, String prefix, Map<String, byte[]> files)
      throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.filter(Files::isRegularFile).toList()) {
        String name = folder.relativize(path).toString().replace('\\', '/');
        if (!name.contains("__pycache__")) {
          files.put(prefix + name, Files.readAllBytes(path));
        }
      }
    }
  }

  private static void deleteWheels(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".whl")).toList()) {
        Files.delete(file);
      }
    }
  }

  private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
    var entry = new ZipEntry(name);
    entry.setTimeLocal(TIME);
    entry.setSize(content.length);
    var crc = new CRC32();
    crc.update(content);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  private static String digest(byte[] content) throws NoSuchAlgorithmException {
    byte[] sha256 = MessageDigest.getInstance("SHA-256").digest(content);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(sha256);
  }
}
