package global.pixell.par.testkit.internal.s3.request;

import global.pixell.par.testkit.internal.http.HttpRequest;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The headers that a presigned URL carries in its query, where its signature covers them. S3
 * accepts only these headers there: it ignores tags and checksums, and reads encryption from
 * headers only.
 */
final class PresignedHeaders {

  private static final String USER_METADATA = "x-amz-meta-";
  private static final Set<String> OTHERS =
      Set.of(
          "x-amz-acl",
          "x-amz-expected-bucket-owner",
          "x-amz-storage-class",
          "x-amz-website-redirect-location");

  private PresignedHeaders() {}

  /**
   * The request with the headers of its query added. A header that the client also sent as a header
   * takes precedence.
   */
  static HttpRequest addTo(HttpRequest wire, Map<String, String> query) {
    if (!query.containsKey("X-Amz-Signature")) {
      return wire;
    }
    var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    query.forEach(
        (name, value) -> {
          String lower = name.toLowerCase(Locale.ROOT);
          if (OTHERS.contains(lower) || lower.startsWith(USER_METADATA)) {
            headers.put(lower, value);
          }
        });
    headers.putAll(wire.headers());
    return new HttpRequest(wire.method(), wire.target(), headers, wire.body());
  }
}
