package global.pixell.par.launcher.log;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import global.pixell.par.internal.text.Redactor;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The fields of a line that are its own, typed as they are and free of secrets. Thread-safe. */
final class LineFields {

  /**
   * The limit for {@link #write} that writes all of a text; the caller then checks the length of
   * the line.
   */
  static final int UNCUT = Integer.MAX_VALUE;

  private static final JsonFactory JSON = new JsonFactory();
  private static final int MAX_NAME = 200;

  private final Redactor redactor;

  LineFields(Redactor redactor) {
    this.redactor = redactor;
  }

  /**
   * Adds fields to an unfinished object and closes it.
   *
   * @param line ends behind a field of the object
   * @param maxText bytes that one text may take
   * @throws IOException never, because it writes to memory
   */
  void write(LineBuffer line, Map<String, ? extends @Nullable Object> fields, int maxText)
      throws IOException {
    int brace = line.size();
    try (JsonGenerator json = JSON.createGenerator(line)) {
      json.writeStartObject();
      fields(json, fields, maxText);
      json.writeEndObject();
    }
    if (line.array()[brace + 1] == '}') {
      line.truncate(brace);
      line.write('}');
    } else {
      line.array()[brace] = ',';
    }
  }

  /** As {@link #write}, with a message that is free of secrets already. */
  void writeRedacted(
      LineBuffer line, Map<String, ? extends @Nullable Object> fields, String message)
      throws IOException {
    write(line, fields, LogStream.MAX_LINE);
    line.truncate(line.size() - 1);
    line.putAscii(",\"message\":\"");
    line.put(JsonStringEncoder.getInstance().quoteAsUTF8(LineText.whole(message)));
    line.putAscii("\"}");
  }

  private void fields(JsonGenerator json, Map<?, ?> fields, int maxText) throws IOException {
    for (Map.Entry<?, ?> field : ordered(fields).entrySet()) {
      String name = String.valueOf(field.getKey());
      if (field.getValue() instanceof Optional<?> value && value.isEmpty()) {
        continue;
      }
      json.writeFieldName(LineText.whole(LineText.head(redactor.redact(name), MAX_NAME)));
      value(json, name, field.getValue(), maxText);
    }
  }

  /** In insertion order; sorted by name for maps without an order, such as {@code Map.of}. */
  static <K, V> Map<K, V> ordered(Map<K, V> fields) {
    return fields.size() < 2 || fields instanceof LinkedHashMap ? fields : new TreeMap<>(fields);
  }

  private void value(JsonGenerator json, String name, @Nullable Object value, int maxText)
      throws IOException {
    if (value instanceof Optional<?> optional) {
      value(json, name, optional.orElse(null), maxText);
    } else if (value == null) {
      json.writeNull();
    } else if (value instanceof Boolean flag) {
      json.writeBoolean(flag);
    } else if (value instanceof Number number) {
      if (Redactor.isSecretNumber(name)) {
        json.writeString(Redactor.REDACTED);
      } else {
        number(json, number);
      }
    } else if (Redactor.isSecretName(name)) {
      json.writeString(Redactor.REDACTED);
    } else if (value instanceof Map<?, ?> map) {
      json.writeStartObject();
      fields(json, map, maxText);
      json.writeEndObject();
    } else if (value instanceof Iterable<?> items && !(value instanceof Path)) {
      items(json, items, maxText);
    } else {
      json.writeString(text(value, maxText));
    }
  }

  /** The word after a secret option of a command is as secret as with an equals sign. */
  private void items(JsonGenerator json, Iterable<?> items, int maxText) throws IOException {
    json.writeStartArray();
    boolean secret = false;
    for (Object item : items) {
      if (secret && item instanceof String word && !word.startsWith("-")) {
        json.writeString(Redactor.REDACTED);
      } else {
        value(json, "", item, maxText);
      }
      secret =
          item instanceof String option
              && option.startsWith("-")
              && option.indexOf('=') < 0
              && Redactor.isSecretName(option);
    }
    json.writeEndArray();
  }

  private static void number(JsonGenerator json, Number number) throws IOException {
    if (number instanceof Integer || number instanceof Long || number instanceof Short) {
      json.writeNumber(number.longValue());
    } else if (number instanceof BigDecimal || number instanceof BigInteger) {
      // Keep the agent's digits: a double would round them.
      json.writeNumber(number.toString());
    } else {
      json.writeNumber(number.doubleValue());
    }
  }

  private String text(Object value, int maxText) {
    String text = value instanceof Instant time ? time.toString() : String.valueOf(value);
    return LineText.whole(LineText.headAndTail(redactor.redact(text), maxText));
  }
}
