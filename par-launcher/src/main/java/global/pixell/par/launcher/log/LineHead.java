package global.pixell.par.launcher.log;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;

/** The fields that every line begins with, always in this order, up to its number. Thread-safe. */
final class LineHead {

  /** The most characters of an id in a line, so that the rest of the line has room. */
  private static final int MAX_ID = 2 * 1024;

  private static final int MAX_EVENT = 512;

  private final Clock clock;
  private final byte[] ids;
  private volatile Second second = new Second(Long.MIN_VALUE, "");

  /** A second and how it is written, up to its decimal point. */
  private record Second(long epoch, String text) {}

  LineHead(Clock clock, String agentAppId, Optional<String> deploymentId) {
    this.clock = clock;
    String text = ",\"agent_app_id\":" + quoted(LineText.head(agentAppId, MAX_ID));
    if (deploymentId.isPresent()) {
      text += ",\"deployment_id\":" + quoted(LineText.head(deploymentId.get(), MAX_ID));
    }
    this.ids = (text + ",\"seq\":").getBytes(StandardCharsets.UTF_8);
  }

  private static String quoted(String text) {
    return '"'
        + new String(JsonStringEncoder.getInstance().quoteAsString(LineText.whole(text)))
        + '"';
  }

  long millis() {
    return clock.millis();
  }

  /** Everything before the number of the line, which belongs at the end of it. */
  void write(LineBuffer line, long millis, LogStream.Level level, String event) {
    line.putAscii("{\"timestamp\":\"");
    writeTime(line, millis);
    line.putAscii("\",\"level\":\"");
    line.putAscii(level.name().toLowerCase(Locale.ROOT));
    line.putAscii("\",\"event\":\"");
    line.put(
        JsonStringEncoder.getInstance()
            .quoteAsUTF8(LineText.whole(LineText.head(event, MAX_EVENT))));
    line.putAscii("\"");
    line.put(ids);
  }

  private void writeTime(LineBuffer line, long millis) {
    long epoch = Math.floorDiv(millis, 1000L);
    Second now = second;
    if (now.epoch != epoch) {
      String text = DateTimeFormatter.ISO_INSTANT.format(Instant.ofEpochSecond(epoch));
      now = new Second(epoch, text.substring(0, text.length() - 1) + ".");
      second = now;
    }
    line.putAscii(now.text);
    int fraction = (int) Math.floorMod(millis, 1000L);
    line.write('0' + fraction / 100);
    line.write('0' + fraction / 10 % 10);
    line.write('0' + fraction % 10);
    line.write('Z');
  }
}
