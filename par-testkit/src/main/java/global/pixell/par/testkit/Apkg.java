package global.pixell.par.testkit;

import global.pixell.par.testkit.internal.pack.NotPackableException;
import global.pixell.par.testkit.internal.pack.PackageFolder;
import global.pixell.par.testkit.internal.pack.ZipWriter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Builds agent packages, including hostile ones. The same calls give the same bytes. Mutable and
 * not thread-safe.
 *
 * <pre>{@code
 * byte[] apkg = Apkg.named("greeter").version("1.2.0").command("python3", "main.py").file("main.py", "print('hi')").build();
 * }</pre>
 */
public final class Apkg {

  @SuppressWarnings("ArrayRecordComponent") // The record is never compared.
  private record Entry(String name, byte[] content, int mode, boolean wrongCrc) {}

  private final List<Entry> entries = new ArrayList<>();
  private final String name;
  private String version = "0.1.0";
  private final List<String> command = new ArrayList<>();
  private String more = "";
  private boolean ownManifest;

  private Apkg(String name) {
    this.name = name;
  }

  /**
   * Starts a package.
   *
   * @param name the agent's name
   * @return a builder of version 0.1.0 without an entrypoint
   */
  public static Apkg named(String name) {
    return new Apkg(name);
  }

  /**
   * Packs a folder, as the command {@code par-testkit pack} does: without the files that the
   * folder's {@code .parignore} excludes, and the same files give the same bytes.
   *
   * @param folder the folder that contains {@code agent.yaml}
   * @return the package
   * @throws IllegalArgumentException when the folder cannot be packed, with the reason
   * @throws global.pixell.par.ParException when PAR would refuse the package
   * @throws UncheckedIOException when a file cannot be read
   */
  public static byte[] ofFolder(Path folder) {
    try {
      Path directory = Files.createTempDirectory("par-apkg-");
      Path file = directory.resolve("agent.apkg");
      try {
        return Files.readAllBytes(PackageFolder.pack(folder, file, System.getenv()).file());
      } finally {
        Files.deleteIfExists(file);
        Files.delete(directory);
      }
    } catch (NotPackableException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Sets the agent's version; 0.1.0 by default.
   *
   * @param text the value of {@code version} in the manifest; not checked
   * @return this
   */
  public Apkg version(String text) {
    version = text;
    return this;
  }

  /**
   * Sets the entrypoint.
   *
   * @param argv the program and its arguments
   * @return this
   */
  public Apkg command(String... argv) {
    command.clear();
    command.addAll(List.of(argv));
    return this;
  }

  /**
   * Appends lines to the generated manifest. A second call replaces the lines of the first.
   *
   * @param yaml whole top-level keys
   * @return this
   */
  public Apkg manifest(String yaml) {
    more = yaml.endsWith("\n") ? yaml : yaml + "\n";
    return this;
  }

  /**
   * Replaces the generated manifest. Name, version, entrypoint and {@link #manifest} lines are then
   * ignored. The manifest is an entry like any other, at the place of this call.
   *
   * @param yaml all of {@code agent.yaml}
   * @return this
   */
  public Apkg rawManifest(String yaml) {
    ownManifest = true;
    return file("agent.yaml", yaml);
  }

  /**
   * Adds a text file.
   *
   * @param path its name in the package
   * @param text its content
   * @return this
   */
  public Apkg file(String path, String text) {
    return file(path, text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Adds a file.
   *
   * @param path its name in the package; written unchanged, even if it is hostile
   * @param content its bytes
   * @return this
   */
  public Apkg file(String path, byte[] content) {
    entries.add(new Entry(path, content.clone(), ZipWriter.FILE, false));
    return this;
  }

  /**
   * Adds an executable file.
   *
   * @param path its name in the package
   * @param text its content
   * @return this
   */
  public Apkg executable(String path, String text) {
    entries.add(
        new Entry(path, text.getBytes(StandardCharsets.UTF_8), ZipWriter.EXECUTABLE, false));
    return this;
  }

  /**
   * Adds a directory entry, deflated, as common zip tools write it.
   *
   * @param path its name in the package, which ends in a slash
   * @return this
   */
  public Apkg directory(String path) {
    entries.add(new Entry(path, new byte[0], ZipWriter.DIRECTORY, false));
    return this;
  }

  /**
   * Adds a symbolic link, which PAR refuses.
   *
   * @param path its name in the package
   * @param target the path that it points to
   * @return this
   */
  public Apkg symlink(String path, String target) {
    entries.add(new Entry(path, target.getBytes(StandardCharsets.UTF_8), ZipWriter.SYMLINK, false));
    return this;
  }

  /**
   * Adds a file with a wrong checksum, which PAR refuses.
   *
   * @param path its name
   * @param text its content
   * @return this
   */
  public Apkg wrongChecksum(String path, String text) {
    entries.add(new Entry(path, text.getBytes(StandardCharsets.UTF_8), ZipWriter.FILE, true));
    return this;
  }

  /**
   * Adds a file of zeros that compresses about 1000 : 1, which PAR refuses as a zip bomb.
   *
   * @param path its name
   * @param bytes its size in bytes; PAR refuses it above 10 MB
   * @return this
   */
  public Apkg bomb(String path, int bytes) {
    return file(path, new byte[bytes]);
  }

  /**
   * Builds the package.
   *
   * @return a zip; a generated {@code agent.yaml} is its first entry
   */
  public byte[] build() {
    var all = new ArrayList<Entry>();
    if (!ownManifest) {
      all.add(
          new Entry("agent.yaml", yaml().getBytes(StandardCharsets.UTF_8), ZipWriter.FILE, false));
    }
    all.addAll(entries);
    var bytes = new ZipWriter.Memory();
    try {
      var zip = new ZipWriter(bytes);
      for (Entry entry : all) {
        var content = new ByteArrayInputStream(entry.content());
        zip.add(entry.name(), content, entry.mode(), entry.wrongCrc());
      }
      zip.finish();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private String yaml() {
    var yaml = new StringBuilder("name: " + name + "\nversion: \"" + version + "\"\n");
    if (!command.isEmpty()) {
      yaml.append("command:\n");
      command.forEach(word -> yaml.append("  - '").append(word.replace("'", "''")).append("'\n"));
    }
    return yaml.append(more).toString();
  }

  /**
   * Builds the package and writes it to a file.
   *
   * @param file the file to write or replace
   * @return {@code file}
   * @throws UncheckedIOException when the file cannot be written
   */
  public Path writeTo(Path file) {
    try {
      return Files.write(file, build());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The digest of a package, for {@code #sha256=} and {@code PACKAGE_SHA256}.
   *
   * @param apkg its bytes
   * @return 64 hexadecimal digits
   */
  public static String sha256(byte[] apkg) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(apkg));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
