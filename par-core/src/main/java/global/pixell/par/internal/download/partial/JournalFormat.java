package global.pixell.par.internal.download.partial;

import global.pixell.par.internal.remote.ContentPin;
import global.pixell.par.internal.text.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** The lines of a {@link PartialDownload}'s journal: the CRC of a JSON object, and the object. */
public final class JournalFormat {

  private static final long FORMAT = 1;
  private static final int CRC_DIGITS = 8;

  private JournalFormat() {}

  /** The first line: which content of which address. */
  static String header(String address, ContentPin pin) {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("format", FORMAT);
    fields.put("address", address);
    pin.total().ifPresent(size -> fields.put("size", size));
    fields.put("etag", pin.eTag());
    fields.put("versionId", pin.versionId());
    fields.put("checksums", pin.checksums());
    return line(fields);
  }

  /** A later line: the ranges that have arrived, as pairs of start and end offsets. */
  static String checkpoint(List<ByteRange> present) {
    var offsets = new ArrayList<Long>();
    present.forEach(range -> offsets.addAll(List.of(range.from(), range.to())));
    return line(Map.of("present", offsets));
  }

  private static String line(Map<String, ?> fields) {
    String text = Json.write(fields);
    return crc(text) + " " + text + "\n";
  }

  private static String crc(String text) {
    var crc = new CRC32C();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return String.format("%0" + CRC_DIGITS + "x", crc.getValue());
  }

  /**
   * The last checkpoint of a journal.
   *
   * @return empty when the journal is of another address, has no checkpoint, or is damaged
   */
  public static Optional<PartialDownload.Checkpoint> read(String text, String address) {
    // The last line may be incomplete, because its process was killed.
    String[] lines = text.split("\n", -1);
    Optional<ContentPin> pin = fields(lines[0]).flatMap(fields -> pin(fields, address));
    Optional<List<ByteRange>> present = Optional.empty();
    for (int i = 1; i < lines.length - 1; i++) {
      Optional<List<ByteRange>> checkpoint = fields(lines[i]).flatMap(JournalFormat::ranges);
      if (checkpoint.isEmpty()) {
        break;
      }
      present = checkpoint;
    }
    return pin.isPresent() && present.isPresent() && fit(pin.get(), present.get())
        ? Optional.of(new PartialDownload.Checkpoint(pin.get(), present.get()))
        : Optional.empty();
  }

  private static boolean fit(ContentPin pin, List<ByteRange> present) {
    return pin.supportsRanges()
        && !present.isEmpty()
        && present.get(present.size() - 1).to() <= pin.total().orElse(0);
  }

  private static Optional<Map<String, @Nullable Object>> fields(String line) {
    if (line.length() <= CRC_DIGITS + 1) {
      return Optional.empty();
    }
    String text = line.substring(CRC_DIGITS + 1);
    if (!line.startsWith(crc(text) + " ")) {
      return Optional.empty();
    }
    try {
      return Optional.of(Json.read(text));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Optional<ContentPin> pin(Map<String, @Nullable Object> fields, String address) {
    boolean ours =
        fields.get("format") instanceof Long format
            && format == FORMAT
            && Json.text(fields, "address").equals(Optional.of(address));
    if (!ours) {
      return Optional.empty();
    }
    var checksums = new TreeMap<String, String>();
    if (fields.get("checksums") instanceof Map<?, ?> values) {
      values.forEach((name, value) -> checksums.put(String.valueOf(name), String.valueOf(value)));
    }
    return Optional.of(
        new ContentPin(
            fields.get("size") instanceof Long size ? OptionalLong.of(size) : OptionalLong.empty(),
            Json.text(fields, "etag"),
            Json.text(fields, "versionId"),
            checksums));
  }

  /** The ranges of a checkpoint; empty unless they ascend without overlaps, as PAR writes them. */
  private static Optional<List<ByteRange>> ranges(Map<String, @Nullable Object> fields) {
    if (!(fields.get("present") instanceof List<?> offsets) || offsets.size() % 2 != 0) {
      return Optional.empty();
    }
    var ranges = new ArrayList<ByteRange>();
    long last = -1;
    for (int i = 0; i < offsets.size(); i += 2) {
      if (!(offsets.get(i) instanceof Long from)
          || !(offsets.get(i + 1) instanceof Long to)
          || from <= last
          || to <= from) {
        return Optional.empty();
      }
      ranges.add(new ByteRange(from, to));
      last = to;
    }
    return Optional.of(ranges);
  }
}
