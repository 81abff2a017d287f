package global.pixell.par.testkit;

import java.io.InputStream;
import java.util.Map;

/** One request; the body must be read through before the next is. */
record HttpRequest(String method, String target, Map<String, String> headers, InputStream body) {
  String header(String name) {
    return headers.getOrDefault(name, "");
  }

  /** Whether the head announces a body, were it an empty one of unknown length. */
  boolean hasBody() {
    return !header("Transfer-Encoding").isEmpty() || !header("Content-Length").matches("0*");
  }
}
