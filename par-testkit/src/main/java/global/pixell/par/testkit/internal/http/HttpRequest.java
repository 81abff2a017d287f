package global.pixell.par.testkit.internal.http;

import java.io.InputStream;
import java.util.Map;

/** One request; the body must be read through before the next is. */
public record HttpRequest(
    String method, String target, Map<String, String> headers, InputStream body) {
  public String header(String name) {
    return headers.getOrDefault(name, "");
  }

  /** Whether the head announces a body, were it an empty one of unknown length. */
  public boolean hasBody() {
    return !header("Transfer-Encoding").isEmpty() || !header("Content-Length").matches("0*");
  }
}
