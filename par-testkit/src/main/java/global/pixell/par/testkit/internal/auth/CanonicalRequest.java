package global.pixell.par.testkit.internal.auth;

import global.pixell.par.testkit.internal.http.HttpRequest;
import global.pixell.par.testkit.internal.http.UriEncoding;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The canonical form of a request, which client and server both compute and sign.
 *
 * <p>This class decodes path and query and encodes them again, because the signed form is always
 * encoded. S3 encodes the path once and keeps {@code //}, {@code .} and {@code ..}; other services
 * encode twice and normalize.
 */
public final class CanonicalRequest {

  private CanonicalRequest() {}

  /**
   * Computes the canonical form of a request.
   *
   * @param signedHeaders lower-case names, as the client lists them
   * @param payload the hash of the body, or the keyword that replaces it
   * @param forS3 whether S3's rules for the path apply
   */
  public static String of(
      HttpRequest request, List<String> signedHeaders, String payload, boolean forS3)
      throws S3ErrorException {
    String target = request.target();
    int mark = target.indexOf('?');
    return request.method()
        + "\n"
        + path(mark < 0 ? target : target.substring(0, mark), forS3)
        + "\n"
        + query(mark < 0 ? "" : target.substring(mark + 1))
        + "\n"
        + headers(request.headers(), signedHeaders)
        + "\n"
        + String.join(";", signedHeaders)
        + "\n"
        + payload;
  }

  private static String path(String path, boolean forS3) throws S3ErrorException {
    String once = UriEncoding.encode(decoded(UriEncoding.decode(path.isEmpty() ? "/" : path)));
    return forS3 ? once : UriEncoding.encode(withoutDots(once));
  }

  private static String withoutDots(String path) {
    List<String> kept = new ArrayList<>();
    for (String segment : path.split("/", -1)) {
      if (segment.equals("..") && !kept.isEmpty()) {
        kept.remove(kept.size() - 1);
      } else if (!segment.isEmpty() && !segment.equals(".")) {
        kept.add(segment);
      }
    }
    String joined = "/" + String.join("/", kept);
    return path.endsWith("/") && !kept.isEmpty() ? joined + "/" : joined;
  }

  /** All parameters except the signature, sorted by encoded name, then value. */
  private static String query(String query) throws S3ErrorException {
    List<Map.Entry<String, String>> pairs = new ArrayList<>();
    for (String pair : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      String name = encoded(equals < 0 ? pair : pair.substring(0, equals));
      if (!pair.isEmpty() && !name.equals("X-Amz-Signature")) {
        pairs.add(Map.entry(name, equals < 0 ? "" : encoded(pair.substring(equals + 1))));
      }
    }
    Collections.sort(
        pairs,
        Map.Entry.<String, String>comparingByKey().thenComparing(Map.Entry.comparingByValue()));
    return String.join("&", pairs.stream().map(p -> p.getKey() + "=" + p.getValue()).toList());
  }

  private static String encoded(String text) throws S3ErrorException {
    return UriEncoding.encode(decoded(UriEncoding.decodeForm(text))).replace("/", "%2F");
  }

  private static String headers(Map<String, String> headers, List<String> signed) {
    var lines = new StringBuilder();
    for (String name : signed) {
      lines
          .append(name.toLowerCase(Locale.ROOT))
          .append(':')
          .append(folded(headers.getOrDefault(name, "")))
          .append('\n');
    }
    return lines.toString();
  }

  /** Reduces runs of blanks to one blank. */
  private static String folded(String value) {
    return value.strip().replaceAll("[ \t]+", " ");
  }

  private static String decoded(Optional<String> text) throws S3ErrorException {
    return text.orElseThrow(S3ErrorException::invalidUri);
  }
}
