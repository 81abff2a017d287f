package global.pixell.par.launcher.log;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The plain fields at the beginning of an incomplete JSON object. */
final class JsonHead {

  private static final JsonFactory JSON = new JsonFactory();

  private JsonHead() {}

  /** Texts and whole numbers at the top of an object, as far as it goes. */
  static Map<String, @Nullable Object> read(String beginning) {
    var fields = new LinkedHashMap<String, @Nullable Object>();
    try (JsonParser json = JSON.createParser(beginning)) {
      if (json.nextToken() == JsonToken.START_OBJECT) {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
          String name = json.currentName();
          JsonToken value = json.nextToken();
          if (value == JsonToken.VALUE_STRING) {
            fields.put(name, json.getText());
          } else if (value == JsonToken.VALUE_NUMBER_INT) {
            fields.put(name, json.getNumberValue());
          } else {
            json.skipChildren();
          }
        }
      }
    } catch (IOException e) {
      // The text ends in the middle of the object; the fields read so far are the result.
    }
    return fields;
  }
}
