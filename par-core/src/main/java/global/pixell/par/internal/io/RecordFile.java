package global.pixell.par.internal.io;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A small record of the cache: a line {@code name=value} for each field, readable with {@code cat},
 * and read without loading a parser.
 */
public final class RecordFile {

  /** PAR writes no longer ones. */
  private static final int MAX_BYTES = 1 << 16;

  private final Map<String, String> fields = new LinkedHashMap<>();

  /** Writes a time as {@link Instant#toString} does, without loading the formatters of dates. */
  public RecordFile put(String name, Instant time) {
    String text =
        LocalDateTime.ofEpochSecond(time.getEpochSecond(), time.getNano(), ZoneOffset.UTC)
            .toString();
    // It leaves out seconds that are zero.
    boolean wholeMinute = time.getEpochSecond() % 60 == 0 && time.getNano() == 0;
    return put(name, text + (wholeMinute ? ":00Z" : "Z"));
  }

  public RecordFile put(String name, Object value) {
    fields.put(name, value.toString());
    return this;
  }

  public RecordFile put(String name, Optional<?> value) {
    value.ifPresent(v -> put(name, v));
    return this;
  }

  public Optional<String> text(String name) {
    return Optional.ofNullable(fields.get(name));
  }

  public OptionalLong number(String name) {
    try {
      return OptionalLong.of(Long.parseLong(fields.getOrDefault(name, "")));
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  public Optional<Instant> time(String name) {
    try {
      return text(name).map(Instant::parse);
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  public byte[] bytes() {
    var out = new StringBuilder();
    fields.forEach(
        (name, value) -> out.append(name).append('=').append(escaped(value)).append('\n'));
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Reads a record. Lines without {@code =} are ignored.
   *
   * @throws IOException when the file cannot be read or is too long
   */
  public static RecordFile read(Path file) throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw new IOException(file + " is too long for a record of the cache");
    }
    var record = new RecordFile();
    for (String line : Files.readString(file).split("\n", -1)) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        record.fields.put(line.substring(0, equals), unescaped(line.substring(equals + 1)));
      }
    }
    return record;
  }

  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
  }

  private static String unescaped(String value) {
    if (value.indexOf('\\') < 0) {
      return value;
    }
    var out = new StringBuilder();
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '\\' && i + 1 < value.length()) {
        char next = value.charAt(++i);
        out.append(next == 'n' ? '\n' : next == 'r' ? '\r' : next);
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }
}
