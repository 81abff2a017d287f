package global.pixell.par.testkit.internal.control.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The members of a JSON object, each of the type that it must have. */
public record Members(Map<String, @Nullable Object> fields) {

  /** A text, or a number as its text; null when it is absent. */
  public @Nullable String text(String name) throws ControlException {
    Object value = fields.get(name);
    if (value == null || value instanceof String || value instanceof Number) {
      return value == null ? null : value.toString();
    }
    throw wrong(name, "a text");
  }

  /** True or false; null when it is absent. */
  public @Nullable Boolean flag(String name) throws ControlException {
    Object value = fields.get(name);
    if (value == null || value instanceof Boolean) {
      return (Boolean) value;
    }
    throw wrong(name, "true or false");
  }

  /** A list of texts; null when it is absent. */
  public @Nullable List<String> texts(String name) throws ControlException {
    Object value = fields.get(name);
    if (value == null) {
      return null;
    }
    if (value instanceof List<?> list && list.stream().allMatch(String.class::isInstance)) {
      var texts = new ArrayList<String>();
      list.forEach(each -> texts.add((String) each));
      return texts;
    }
    throw wrong(name, "a list of texts");
  }

  private static ControlException wrong(String name, String form) {
    return ControlException.badRequest(name + " must be " + form + ".", "Correct the value.");
  }

  /** Reads a value that is refused with an {@link IllegalArgumentException}. */
  public static <T> T quantity(Supplier<T> reading) throws ControlException {
    try {
      return reading.get();
    } catch (IllegalArgumentException e) {
      throw ControlException.badRequest(e.getMessage() + ".", "Correct the value.");
    }
  }
}
