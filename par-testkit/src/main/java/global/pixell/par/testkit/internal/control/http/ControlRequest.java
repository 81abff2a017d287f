package global.pixell.par.testkit.internal.control.http;

import global.pixell.par.internal.text.Json;
import global.pixell.par.testkit.internal.http.HttpRequest;
import global.pixell.par.testkit.internal.http.MalformedBodyException;
import global.pixell.par.testkit.internal.http.UriEncoding;
import global.pixell.par.testkit.internal.text.DidYouMean;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A control request with its address parsed.
 *
 * @param path the decoded segments after {@code /_par/}; empty for the page
 * @param query decoded names and values; every name occurs once
 */
public record ControlRequest(HttpRequest wire, List<String> path, Map<String, String> query) {

  /** Policies are at most 20,480 characters, and nothing else is larger. */
  static final int MAX_BODY = 1 << 18;

  public static ControlRequest of(HttpRequest wire) throws ControlException {
    String target = wire.target();
    int mark = target.indexOf('?');
    String path = mark < 0 ? target : target.substring(0, mark);
    var segments = new ArrayList<String>();
    // The first two segments are empty and the prefix.
    String[] all = path.split("/", -1);
    for (int i = 2; i < all.length; i++) {
      segments.add(decoded(UriEncoding.decode(all[i]), all[i]));
    }
    if (!segments.isEmpty() && segments.get(segments.size() - 1).isEmpty()) {
      segments.remove(segments.size() - 1);
    }
    return new ControlRequest(
        wire, List.copyOf(segments), query(mark < 0 ? "" : target.substring(mark + 1)));
  }

  private static Map<String, String> query(String text) throws ControlException {
    var query = new LinkedHashMap<String, String>();
    for (String pair : text.isEmpty() ? new String[0] : text.split("&", -1)) {
      int equals = pair.indexOf('=');
      String name = equals < 0 ? pair : pair.substring(0, equals);
      String value = equals < 0 ? "" : pair.substring(equals + 1);
      String decoded = decoded(UriEncoding.decodeForm(name), name);
      if (query.put(decoded, decoded(UriEncoding.decodeForm(value), value)) != null) {
        throw ControlException.badRequest(
            "The query names " + decoded + " twice.", "Name each parameter once.");
      }
    }
    return query;
  }

  private static String decoded(Optional<String> text, String from) throws ControlException {
    if (text.isEmpty()) {
      throw ControlException.badRequest(
          "'" + from + "' is not percent-encoded UTF-8.", "Encode % as %25.");
    }
    return text.get();
  }

  public String method() {
    return wire.method();
  }

  public boolean headOnly() {
    return method().equals("HEAD");
  }

  /** A segment of the path; empty when the path is shorter. */
  public String segment(int index) {
    return index < path.size() ? path.get(index) : "";
  }

  /** Refuses a longer path. */
  public void requirePath(int most) throws ControlException {
    if (path.size() > most) {
      throw ControlException.notFound(
          "There is nothing at " + wire.target() + ".",
          "Use /_par/" + String.join("/", path.subList(0, most)) + ".");
    }
  }

  /** Refuses every parameter that is not one of these, because ignoring it would mislead. */
  public void requireOnly(String... names) throws ControlException {
    requireKnown("parameter", query.keySet(), List.of(names));
  }

  private static void requireKnown(String kind, Iterable<String> given, List<String> known)
      throws ControlException {
    for (String name : given) {
      if (!known.contains(name)) {
        throw ControlException.badRequest(
            "There is no "
                + kind
                + " '"
                + excerpt(name)
                + "'"
                + end(DidYouMean.suggestion(name, known)),
            known.isEmpty() ? "Leave it out." : "Use " + String.join(", ", known) + ".");
      }
    }
  }

  private static String excerpt(String text) {
    return text.length() <= 80 ? text : text.substring(0, 80) + "…";
  }

  private static String end(String suggestion) {
    return suggestion.isEmpty() ? "." : suggestion;
  }

  public Optional<String> parameter(String name) {
    return Optional.ofNullable(query.get(name));
  }

  /** A parameter that is a number from 0 to {@code most}. */
  public OptionalLong number(String name, long most) throws ControlException {
    String text = query.get(name);
    if (text == null) {
      return OptionalLong.empty();
    }
    long number = text.matches("\\d{1,18}") ? Long.parseLong(text) : -1;
    if (number < 0 || number > most) {
      throw ControlException.badRequest(
          name + " must be a number from 0 to " + most + ", and '" + text + "' is not.",
          "Leave it out for the default.");
    }
    return OptionalLong.of(number);
  }

  /** A parameter that is {@code true} or {@code false}. */
  public Optional<Boolean> flag(String name) throws ControlException {
    String text = query.get(name);
    if (text != null && !text.equals("true") && !text.equals("false")) {
      throw ControlException.badRequest(
          name + " must be true or false, and '" + text + "' is neither.", "Correct the value.");
    }
    return Optional.ofNullable(text).map(Boolean::valueOf);
  }

  /** The body as text. */
  public String text() throws IOException, ControlException {
    byte[] bytes;
    try {
      bytes = wire.body().readNBytes(MAX_BODY + 1);
    } catch (MalformedBodyException e) {
      throw ControlException.badRequest(
          "The body is malformed: " + e.getMessage(), "Send it again.");
    }
    if (bytes.length > MAX_BODY) {
      throw new ControlException(
          413, "The body is over " + MAX_BODY + " bytes.", "Put objects over S3, not here.");
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw ControlException.badRequest("The body is not UTF-8.", "Send JSON in UTF-8.");
    }
  }

  /**
   * The body as a JSON object; an empty body is an empty object.
   *
   * @param members the members that the object may have
   */
  public Map<String, @Nullable Object> json(String... members)
      throws IOException, ControlException {
    String text = text();
    Map<String, @Nullable Object> fields;
    try {
      fields = text.isBlank() ? Map.of() : Json.read(text);
    } catch (IOException e) {
      throw ControlException.badRequest(
          "The body cannot be read as a JSON object: " + firstLine(e) + ".",
          "Send one object, such as {}.");
    }
    requireKnown("member", fields.keySet(), List.of(members));
    return fields;
  }

  /** The parser adds the place in lines of its own. */
  private static String firstLine(IOException e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }
}
