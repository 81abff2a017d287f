package global.pixell.par.testkit.internal.http;

import java.io.InputStream;
import java.util.Map;

/** One request. The server must read its body to the end before it reads the next request. */
public record HttpRequest(
    String method, String target, Map<String, String> headers, InputStream body) {
  public String header(String name) {
    return headers.getOrDefault(name, "");
  }

  /** Whether the head announces a body, even an empty one of unknown length. */
  public boolean hasBody() {
    return !header("Transfer-Encoding").isEmpty() || !header("Content-Length").matches("0*");
  }
}
