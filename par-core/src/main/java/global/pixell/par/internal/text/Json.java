package global.pixell.par.internal.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * JSON as maps, lists, text, numbers and booleans; the only class that uses the parser.
 *
 * <p>Uses the streaming parser only: object binding would take a quarter of a cold start. Static
 * and thread-safe.
 */
public final class Json {

  private static final JsonFactory FACTORY =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private Json() {}

  /**
   * Writes one object.
   *
   * @param fields in the order they are written; a value is a map, an iterable, a number, a
   *     boolean, {@code null}, or something written as its text; a field whose value is an empty
   *     optional is left out
   * @return the object, without line breaks
   */
  public static String write(Map<String, ?> fields) {
    return text(fields, false);
  }

  /**
   * Writes one object for people to read.
   *
   * @param fields as for {@link #write}
   * @return the object, indented, one field a line
   */
  public static String writePretty(Map<String, ?> fields) {
    return text(fields, true);
  }

  private static String text(Map<String, ?> fields, boolean pretty) {
    var out = new StringWriter();
    try (JsonGenerator json = FACTORY.createGenerator(out)) {
      if (pretty) {
        json.useDefaultPrettyPrinter();
      }
      value(json, fields);
    } catch (IOException e) {
      throw new UncheckedIOException("a text cannot be written to memory", e);
    }
    return out.toString();
  }

  private static void value(JsonGenerator json, @Nullable Object value) throws IOException {
    if (value instanceof Map<?, ?> map) {
      json.writeStartObject();
      for (Map.Entry<?, ?> field : map.entrySet()) {
        if (!(field.getValue() instanceof Optional<?> absent) || absent.isPresent()) {
          json.writeFieldName(String.valueOf(field.getKey()));
          value(json, field.getValue());
        }
      }
      json.writeEndObject();
    } else if (value instanceof Iterable<?> items && !(value instanceof Path)) {
      json.writeStartArray();
      for (Object item : items) {
        value(json, item);
      }
      json.writeEndArray();
    } else if (value instanceof Optional<?> optional) {
      value(json, optional.orElse(null));
    } else if (value instanceof Number number) {
      number(json, number);
    } else if (value instanceof Boolean flag) {
      json.writeBoolean(flag);
    } else if (value == null) {
      json.writeNull();
    } else {
      json.writeString(value.toString());
    }
  }

  private static void number(JsonGenerator json, Number number) throws IOException {
    if (number instanceof Integer || number instanceof Long || number instanceof Short) {
      json.writeNumber(number.longValue());
    } else if (number instanceof BigInteger whole) {
      json.writeNumber(whole);
    } else if (number instanceof BigDecimal exact) {
      json.writeNumber(exact);
    } else {
      json.writeNumber(number.doubleValue());
    }
  }

  /**
   * Reads one object.
   *
   * @param text the object with nothing after it
   * @return its fields in their order, values as maps, lists, {@code String}, {@code Long}, {@code
   *     BigInteger}, {@code BigDecimal}, {@code Boolean} or {@code null}
   * @throws IOException when the text is anything else; the message says where
   */
  public static Map<String, @Nullable Object> read(String text) throws IOException {
    try (JsonParser json = FACTORY.createParser(text)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("not a JSON object");
      }
      Map<String, @Nullable Object> fields = object(json);
      if (json.nextToken() != null) {
        throw new IOException("text after the JSON object");
      }
      return fields;
    }
  }

  private static Map<String, @Nullable Object> object(JsonParser json) throws IOException {
    var fields = new LinkedHashMap<String, @Nullable Object>();
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      json.nextToken();
      fields.put(name, value(json));
    }
    return fields;
  }

  private static List<@Nullable Object> array(JsonParser json) throws IOException {
    var items = new ArrayList<@Nullable Object>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      items.add(value(json));
    }
    return items;
  }

  private static @Nullable Object value(JsonParser json) throws IOException {
    return switch (json.currentToken()) {
      case START_OBJECT -> object(json);
      case START_ARRAY -> array(json);
      case VALUE_NUMBER_INT ->
          json.getNumberType() == JsonParser.NumberType.BIG_INTEGER
              ? json.getBigIntegerValue()
              : (Object) json.getLongValue();
      case VALUE_NUMBER_FLOAT -> json.getDecimalValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      default -> json.getText();
    };
  }

  /**
   * A text field.
   *
   * @param fields of an object that was read
   * @param name of the field
   * @return its text, or empty when it is absent or not a text
   */
  public static Optional<String> text(Map<String, ? extends @Nullable Object> fields, String name) {
    return fields.get(name) instanceof String text ? Optional.of(text) : Optional.empty();
  }
}
