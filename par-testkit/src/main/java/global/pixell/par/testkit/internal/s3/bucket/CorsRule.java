package global.pixell.par.testkit.internal.s3.bucket;

import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.XmlDocument;
import global.pixell.par.testkit.internal.s3.model.XmlSchema;
import global.pixell.par.testkit.internal.s3.model.XmlWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.w3c.dom.Element;

/**
 * One rule of a CORS configuration: which pages may send which requests.
 *
 * @param id empty without one
 * @param origins origins with at most one wildcard each
 * @param headers header names with at most one wildcard each
 * @param maxAge seconds for which a browser may cache the answer; empty without a limit
 */
record CorsRule(
    String id,
    List<String> methods,
    List<String> origins,
    List<String> headers,
    List<String> exposed,
    String maxAge) {

  static final XmlSchema SCHEMA =
      XmlSchema.of("ID", "MaxAgeSeconds")
          .many("AllowedMethod")
          .many("AllowedOrigin")
          .many("AllowedHeader")
          .many("ExposeHeader");

  private static final Set<String> METHODS = Set.of("GET", "PUT", "HEAD", "POST", "DELETE");

  static CorsRule of(Element rule) throws S3ErrorException {
    var read =
        new CorsRule(
            XmlDocument.text(rule, "ID"),
            texts(rule, "AllowedMethod"),
            texts(rule, "AllowedOrigin"),
            texts(rule, "AllowedHeader"),
            texts(rule, "ExposeHeader"),
            XmlDocument.text(rule, "MaxAgeSeconds").strip());
    if (read.methods.isEmpty() || read.origins.isEmpty() || !read.maxAge.matches("\\d{0,9}")) {
      throw S3ErrorException.malformedXml();
    }
    for (String method : read.methods) {
      if (!METHODS.contains(method)) {
        throw invalid(
            "Found unsupported HTTP method in CORS config. Unsupported method is " + method);
      }
    }
    requireOneWildcard("AllowedOrigin", read.origins);
    requireOneWildcard("AllowedHeader", read.headers);
    return read;
  }

  private static List<String> texts(Element rule, String name) {
    return XmlDocument.children(rule, name).stream()
        .map(Element::getTextContent)
        .map(String::strip)
        .toList();
  }

  private static void requireOneWildcard(String element, List<String> patterns)
      throws S3ErrorException {
    for (String pattern : patterns) {
      if (pattern.indexOf('*') != pattern.lastIndexOf('*')) {
        throw invalid(element + " \"" + pattern + "\" can not have more than one wildcard.");
      }
    }
  }

  private static S3ErrorException invalid(String message) {
    return new S3ErrorException(400, "InvalidRequest", message);
  }

  /**
   * Whether a page may send a request.
   *
   * @param wanted the headers that the page wants to send, in lower case
   */
  boolean allows(String origin, String method, List<String> wanted) {
    return methods.contains(method)
        && origins.stream().anyMatch(pattern -> matches(pattern, origin))
        && wanted.stream()
            .allMatch(
                header ->
                    headers.stream()
                        .anyMatch(pattern -> matches(pattern.toLowerCase(Locale.ROOT), header)));
  }

  private static boolean matches(String pattern, String text) {
    int star = pattern.indexOf('*');
    return star < 0
        ? pattern.equals(text)
        : text.length() >= pattern.length() - 1
            && text.startsWith(pattern.substring(0, star))
            && text.endsWith(pattern.substring(star + 1));
  }

  /** The headers that tell a browser what a page may do. */
  Map<String, String> answer(String origin, List<String> wanted) {
    var answer = new LinkedHashMap<String, String>();
    boolean everybody = origins.contains("*");
    answer.put("Access-Control-Allow-Origin", everybody ? "*" : origin);
    answer.put("Access-Control-Allow-Methods", String.join(", ", methods));
    if (!wanted.isEmpty()) {
      answer.put("Access-Control-Allow-Headers", String.join(", ", wanted));
    }
    if (!exposed.isEmpty()) {
      answer.put("Access-Control-Expose-Headers", String.join(", ", exposed));
    }
    if (!maxAge.isEmpty()) {
      answer.put("Access-Control-Max-Age", maxAge);
    }
    if (!everybody) {
      answer.put("Access-Control-Allow-Credentials", "true");
    }
    answer.put("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
    return answer;
  }

  void write(XmlWriter xml) {
    xml.open("CORSRule").optional("ID", id);
    methods.forEach(each -> xml.element("AllowedMethod", each));
    origins.forEach(each -> xml.element("AllowedOrigin", each));
    headers.forEach(each -> xml.element("AllowedHeader", each));
    xml.optional("MaxAgeSeconds", maxAge);
    exposed.forEach(each -> xml.element("ExposeHeader", each));
    xml.close();
  }
}
