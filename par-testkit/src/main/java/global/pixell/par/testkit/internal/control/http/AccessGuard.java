package global.pixell.par.testkit.internal.control.http;

import global.pixell.par.testkit.internal.http.HttpRequest;
import java.net.InetAddress;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Decides who may use the control API. A page of another site in a browser on this host could send
 * requests to it: by the address of this host (then the browser says so in {@code Origin} and
 * {@code Sec-Fetch-Site}), or under a name of that site that resolves to this host (DNS rebinding;
 * then {@code Host} has that name).
 */
public final class AccessGuard {

  private static final Pattern HOST = Pattern.compile("(\\[[0-9a-fA-F:.]+]|[^:\\[\\]]*)(?::\\d*)?");
  private static final Pattern LOOPBACK =
      Pattern.compile("localhost\\.?|127(?:\\.\\d{1,3}){3}|\\[::1]", Pattern.CASE_INSENSITIVE);

  private final ControlAccess access;

  public AccessGuard(ControlAccess access) {
    this.access = access;
  }

  /**
   * Checks a request.
   *
   * @param from the address of the client
   * @param page whether the request is for the page itself, to which other sites may link
   */
  public void check(HttpRequest request, InetAddress from, boolean page) throws ControlException {
    if (access == ControlAccess.OFF) {
      throw ControlException.notFound(
          "The control API is off.", "Start the fake without --control off.");
    }
    if (access == ControlAccess.LOCAL) {
      requireLocal(request, from);
    }
    requireSameSite(request, page);
  }

  private static void requireLocal(HttpRequest request, InetAddress from) throws ControlException {
    if (!from.isLoopbackAddress()) {
      throw new ControlException(
          403,
          "The control API serves only this host, and the request came from "
              + from.getHostAddress()
              + ".",
          "Start the fake with --control any to serve other hosts too.");
    }
    String host = request.header("Host");
    Matcher name = HOST.matcher(host);
    if (!name.matches() || !LOOPBACK.matcher(name.group(1)).matches()) {
      throw new ControlException(
          403,
          "The control API serves requests to localhost, and the Host of this one is '"
              + host
              + "'.",
          "Use http://127.0.0.1:PORT/_par/, or start the fake with --control any.");
    }
  }

  private static void requireSameSite(HttpRequest request, boolean page) throws ControlException {
    String origin = request.header("Origin");
    boolean foreign =
        !origin.isEmpty()
            && !origin
                .toLowerCase(Locale.ROOT)
                .replaceFirst("^https?://", "")
                .equals(request.header("Host").toLowerCase(Locale.ROOT));
    String site = request.header("Sec-Fetch-Site");
    boolean crossing = site.equals("cross-site") || site.equals("same-site");
    boolean link =
        page
            && request.method().equals("GET")
            && request.header("Sec-Fetch-Mode").equals("navigate")
            && request.header("Sec-Fetch-Dest").equals("document");
    if (foreign || (crossing && !link)) {
      throw new ControlException(
          403,
          "A page of another site sent this request"
              + (origin.isEmpty() ? "." : ": its Origin is '" + origin + "'."),
          "Send it from the page at /_par/, or from a program.");
    }
  }
}
