package global.pixell.par.testkit.cli.dev;

import global.pixell.par.testkit.cli.instance.Instances;
import global.pixell.par.testkit.internal.pack.PackageFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes an agent of {@code dev} known to {@code ps}, {@code logs} and {@code invoke}: writes its
 * addresses where {@link Instances} finds them, and its log lines into a file.
 */
final class DevInstance implements DevListener, AutoCloseable {

  /** A longer log starts again at its beginning. */
  private static final long MAX_LOG = 16 << 20;

  private static final List<String> PORTS =
      List.of("REST_PORT", "A2A_PORT", "UI_PORT", "HEALTH_PORT");

  private final Instances instances;
  private final Path log;
  private final Map<String, String> fields = new LinkedHashMap<>();
  private long logged;

  /**
   * Describes an agent; {@link #started} makes it known.
   *
   * @param log the file for the lines
   * @param endpoint the address of the fake S3
   */
  DevInstance(Instances instances, Path folder, Path log, String endpoint) {
    this.instances = instances;
    this.log = log;
    fields.put("command", "dev");
    fields.put("directory", Instances.real(folder));
    fields.put("endpoint", endpoint);
    fields.put("log", log.toString());
  }

  @Override
  public synchronized void packed(PackageFolder.Packed packed) {
    fields.put("agent", packed.id());
  }

  @Override
  public synchronized void started(long pid, Map<String, String> environment) {
    createLog();
    PORTS.forEach(name -> fields.put(name, environment.getOrDefault(name, "")));
    instances.put(fields);
  }

  private void createLog() {
    try {
      Files.write(log, new byte[0], StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      // The first line tries again.
    }
  }

  @Override
  public synchronized void line(String text, Map<String, ?> line) {
    byte[] bytes = (text + "\n").getBytes(StandardCharsets.UTF_8);
    try {
      if (logged + bytes.length > MAX_LOG) {
        Files.write(log, new byte[0], StandardOpenOption.TRUNCATE_EXISTING);
        logged = 0;
      }
      Files.write(log, bytes, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      logged += bytes.length;
    } catch (IOException e) {
      // The terminal has the line.
    }
  }

  @Override
  public synchronized void close() {
    instances.remove();
  }
}
