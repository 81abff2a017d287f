package global.pixell.par.testkit.testing;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** {@code par-testkit serve} in its own process. */
public final class ServeProcess implements AutoCloseable {

  private static final String EXPORT = "export ";

  private final Process process;
  private final Map<String, String> environment = new TreeMap<>();

  private ServeProcess(Process process) {
    this.process = process;
  }

  /** Starts it with these options and waits until it prints the variables to export. */
  public static ServeProcess start(String... options) throws IOException, InterruptedException {
    var argv = new ArrayList<String>();
    argv.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    argv.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx64m", "-cp"));
    argv.add(System.getProperty("java.class.path"));
    argv.add("global.pixell.par.testkit.cli.TestkitMain");
    argv.addAll(List.of("serve", "--port", "0"));
    argv.addAll(List.of(options));
    var builder = new ProcessBuilder(argv);
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    var served = new ServeProcess(builder.start());
    served.readExports(new OutputLines(served.process));
    return served;
  }

  /** Reads the exports, which are in alphabetical order, so the secret comes last. */
  private void readExports(OutputLines lines) throws InterruptedException {
    while (!environment.containsKey("AWS_SECRET_ACCESS_KEY")) {
      String line = lines.await("'" + EXPORT + "'", each -> each.startsWith(EXPORT));
      int equals = line.indexOf('=');
      environment.put(line.substring(EXPORT.length(), equals), line.substring(equals + 1));
    }
  }

  /** The variables that it prints for export. */
  public Map<String, String> environment() {
    return Map.copyOf(environment);
  }

  @Override
  public void close() {
    process.destroy();
  }
}
