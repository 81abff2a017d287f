package global.pixell.par.testkit;

import java.io.ByteArrayOutputStream;
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
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Builds agent packages, hostile ones too. The same calls give the same bytes. Mutable, for one
 * thread.
 *
 * <pre>{@code
 * byte[] apkg = Apkg.named("greeter").version("1.2.0").command("python3", "main.py").file("main.py", "print('hi')").build();
 * }</pre>
 */
public final class Apkg {

  private static final int FILE = 0100644;
  private static final int EXECUTABLE = 0100755;
  private static final int DIRECTORY = 0040755;
  private static final int SYMLINK = 0120777;

  @SuppressWarnings("ArrayRecordComponent") // Never compared.
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
   * Begins a package.
   *
   * @param name the agent's name
   * @return a builder of version 0.1.0 with nothing to run
   */
  public static Apkg named(String name) {
    return new Apkg(name);
  }

  /**
   * The agent's version.
   *
   * @param text as it stands in the manifest
   * @return this
   */
  public Apkg version(String text) {
    version = text;
    return this;
  }

  /**
   * What starts it.
   *
   * @param argv program and arguments
   * @return this
   */
  public Apkg command(String... argv) {
    command.clear();
    command.addAll(List.of(argv));
    return this;
  }

  /**
   * Lines at the end of the manifest.
   *
   * @param yaml whole top-level keys
   * @return this
   */
  public Apkg manifest(String yaml) {
    more = yaml.endsWith("\n") ? yaml : yaml + "\n";
    return this;
  }

  /**
   * An own manifest in the place of the made one.
   *
   * @param yaml all of {@code agent.yaml}
   * @return this
   */
  public Apkg rawManifest(String yaml) {
    ownManifest = true;
    return file("agent.yaml", yaml);
  }

  /**
   * A text file.
   *
   * @param path its name in the package
   * @param text its content
   * @return this
   */
  public Apkg file(String path, String text) {
    return file(path, text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * A file.
   *
   * @param path its name in the package, taken as it is, however hostile
   * @param content its bytes
   * @return this
   */
  public Apkg file(String path, byte[] content) {
    entries.add(new Entry(path, content.clone(), FILE, false));
    return this;
  }

  /**
   * A file that may be executed.
   *
   * @param path its name in the package
   * @param text its content
   * @return this
   */
  public Apkg executable(String path, String text) {
    entries.add(new Entry(path, text.getBytes(StandardCharsets.UTF_8), EXECUTABLE, false));
    return this;
  }

  /**
   * A directory entry, deflated as the common builder writes it.
   *
   * @param path ending in a slash
   * @return this
   */
  public Apkg directory(String path) {
    entries.add(new Entry(path, new byte[0], DIRECTORY, false));
    return this;
  }

  /**
   * A symbolic link, which PAR refuses.
   *
   * @param path its name
   * @param target where it points
   * @return this
   */
  public Apkg symlink(String path, String target) {
    entries.add(new Entry(path, target.getBytes(StandardCharsets.UTF_8), SYMLINK, false));
    return this;
  }

  /**
   * A file whose checksum is another's, which PAR refuses.
   *
   * @param path its name
   * @param text its content
   * @return this
   */
  public Apkg wrongChecksum(String path, String text) {
    entries.add(new Entry(path, text.getBytes(StandardCharsets.UTF_8), FILE, true));
    return this;
  }

  /**
   * A file of zeros that packs to a thousandth of its size, which PAR refuses.
   *
   * @param path its name
   * @param bytes its size, over 10 MB for the refusal
   * @return this
   */
  public Apkg bomb(String path, int bytes) {
    return file(path, new byte[bytes]);
  }

  /**
   * The package.
   *
   * @return a zip with {@code agent.yaml} first
   */
  public byte[] build() {
    var all = new ArrayList<Entry>();
    if (!ownManifest) {
      all.add(new Entry("agent.yaml", yaml().getBytes(StandardCharsets.UTF_8), FILE, false));
    }
    all.addAll(entries);
    var zip = new LittleEndian();
    var directory = new LittleEndian();
    for (Entry entry : all) {
      append(entry, zip, directory);
    }
    int start = zip.size();
    zip.bytes(directory.toByteArray());
    zip.u4(0x06054b50).u2(0).u2(0).u2(all.size()).u2(all.size());
    zip.u4(directory.size()).u4(start).u2(0);
    return zip.toByteArray();
  }

  private String yaml() {
    var yaml = new StringBuilder("name: " + name + "\nversion: \"" + version + "\"\n");
    if (!command.isEmpty()) {
      yaml.append("command:\n");
      command.forEach(word -> yaml.append("  - '").append(word.replace("'", "''")).append("'\n"));
    }
    return yaml.append(more).toString();
  }

  private static void append(Entry entry, LittleEndian zip, LittleEndian directory) {
    byte[] packed = deflate(entry.content());
    byte[] path = entry.name().getBytes(StandardCharsets.UTF_8);
    var crc = new CRC32();
    crc.update(entry.content());
    long sum = entry.wrongCrc() ? crc.getValue() ^ 1 : crc.getValue();
    int offset = zip.size();
    var common = new LittleEndian();
    // Version 2.0, names in UTF-8, deflated, 1980-01-01.
    common.u2(20).u2(0x800).u2(8).u2(0).u2(0x21).u4(sum);
    common.u4(packed.length).u4(entry.content().length).u2(path.length).u2(0);
    zip.u4(0x04034b50).bytes(common.toByteArray()).bytes(path).bytes(packed);
    directory.u4(0x02014b50).u2(0x0314).bytes(common.toByteArray());
    directory.u2(0).u2(0).u2(0).u4((long) entry.mode() << 16).u4(offset).bytes(path);
  }

  private static byte[] deflate(byte[] content) {
    var deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    try {
      deflater.setInput(content);
      deflater.finish();
      var out = new ByteArrayOutputStream();
      byte[] buffer = new byte[8192];
      while (!deflater.finished()) {
        out.write(buffer, 0, deflater.deflate(buffer));
      }
      return out.toByteArray();
    } finally {
      deflater.end();
    }
  }

  /**
   * Writes the package.
   *
   * @param file replaced where it exists
   * @return {@code file}
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

  /** Numbers as zip writes them. */
  private static final class LittleEndian {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    LittleEndian u2(int value) {
      out.write(value);
      out.write(value >>> 8);
      return this;
    }

    LittleEndian u4(long value) {
      return u2((int) value).u2((int) (value >>> 16));
    }

    LittleEndian bytes(byte[] bytes) {
      out.writeBytes(bytes);
      return this;
    }

    int size() {
      return out.size();
    }

    byte[] toByteArray() {
      return out.toByteArray();
    }
  }
}
