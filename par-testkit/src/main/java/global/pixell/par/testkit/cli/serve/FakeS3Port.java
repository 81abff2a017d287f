package global.pixell.par.testkit.cli.serve;

import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.FakeS3Options;
import global.pixell.par.testkit.cli.console.Options;
import global.pixell.par.testkit.cli.console.UsageException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The port of a command's fake S3: that of {@code --port}, else the usual one of the command, else
 * any. With a usual port, settings of other programs and open tabs of a browser outlive a restart.
 */
public final class FakeS3Port {

  public static final String OPTION = "--port";

  private FakeS3Port() {}

  /**
   * Starts a fake.
   *
   * @param usual the port without the option
   * @param notes called with a sentence when the usual port is taken
   * @throws UsageException when it cannot listen, or when the option is not a port
   */
  public static FakeS3 start(
      FakeS3Options settings, Options options, int usual, Consumer<String> notes) {
    Optional<String> wanted = options.value(OPTION);
    if (wanted.isPresent()) {
      return start(settings, parse(wanted.get()));
    }
    try {
      return FakeS3.start(settings.port(usual));
    } catch (UncheckedIOException e) {
      if (!(e.getCause() instanceof BindException)) {
        throw e;
      }
    }
    FakeS3 other = start(settings, 0);
    notes.accept("Port " + usual + " is taken, so this is another one; --port chooses it.");
    return other;
  }

  private static int parse(String text) {
    if (!text.matches("\\d{1,5}") || Integer.parseInt(text) > 65_535) {
      throw new UsageException("--port must be 0 to 65535, and '" + text + "' is not");
    }
    return Integer.parseInt(text);
  }

  private static FakeS3 start(FakeS3Options settings, int port) {
    try {
      return FakeS3.start(settings.port(port));
    } catch (UncheckedIOException e) {
      if (e.getCause() instanceof BindException) {
        throw new UsageException(
            "cannot listen on "
                + (port == 0 ? "any port" : "port " + port)
                + " ("
                + e.getCause().getMessage()
                + "); choose another "
                + (port == 0 ? "--host" : "--port"));
      }
      throw e;
    }
  }
}
