package global.pixell.par.internal.remote;

import global.pixell.par.internal.remote.HttpFields.ContentRange;
import global.pixell.par.internal.remote.ObjectSource.RangeRequest;
import global.pixell.par.internal.text.SafeText;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * Which bytes the body of a response holds, according to its head. The numbers are compared with
 * each other and with the request before they are believed, because a proxy or a faulty server may
 * send any number.
 *
 * @param partial whether the body is the requested range, rather than the whole object
 * @param start the offset of the body's first byte
 * @param total the size of the whole object, where the head states it
 */
public record ResponseHead(boolean partial, long start, OptionalLong total) {

  /**
   * Reads the head of a response.
   *
   * @param fields the values of a field of this name
   * @throws MalformedResponse when the head contradicts itself or the request
   */
  public static ResponseHead of(
      int status, Function<String, List<String>> fields, RangeRequest request)
      throws MalformedResponse {
    OptionalLong length = contentLength(fields.apply("Content-Length"));
    if (status == 200) {
      return new ResponseHead(false, 0, length);
    }
    if (status != 206) {
      throw new MalformedResponse("HTTP " + status + " instead of 200 or 206");
    }
    String field = String.join(", ", fields.apply("Content-Range"));
    Optional<ContentRange> read = HttpFields.contentRange(Optional.of(field));
    if (read.isEmpty()) {
      throw malformed("Content-Range", field);
    }
    ContentRange range = read.get();
    boolean possible =
        range.first() <= range.last()
            && (range.total().isEmpty() || range.last() < range.total().getAsLong())
            && (length.isEmpty() || length.getAsLong() == range.last() - range.first() + 1);
    if (!possible) {
      throw new MalformedResponse(
          "Content-Range is '"
              + SafeText.words(field)
              + "'"
              + (length.isPresent() ? " and Content-Length is " + length.getAsLong() : ""));
    }
    if (range.first() != request.from()) {
      throw new MalformedResponse(
          "the request was for "
              + request
                  .range()
                  .map(r -> "the bytes " + r.substring("bytes=".length()))
                  .orElse("all bytes")
              + ", the server sent those from "
              + range.first()
              + " to "
              + range.last());
    }
    boolean whole = request.range().isEmpty();
    if (whole && (range.total().isEmpty() || range.last() != range.total().getAsLong() - 1)) {
      throw new MalformedResponse(
          "the request was for all bytes, the server sent a part: " + field);
    }
    return new ResponseHead(!whole, range.first(), range.total());
  }

  /**
   * Reads {@code Content-Length}; empty where there is none.
   *
   * @throws MalformedResponse for anything but one number of bytes
   */
  public static OptionalLong contentLength(List<String> values) throws MalformedResponse {
    if (values.isEmpty()) {
      return OptionalLong.empty();
    }
    String first = values.get(0).strip();
    if (!first.matches("\\d{1,18}") || values.stream().anyMatch(v -> !v.strip().equals(first))) {
      throw malformed("Content-Length", String.join(", ", values));
    }
    return OptionalLong.of(Long.parseLong(first));
  }

  private static MalformedResponse malformed(String name, String value) {
    return new MalformedResponse(name + " is '" + SafeText.words(value) + "'");
  }
}
