package global.pixell.par.testkit.internal.control.page;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One file of the page, ready to send.
 *
 * @param contentType the value of the {@code Content-Type} header
 * @param content its bytes; not copied, so that a caller must not change them
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record PageFile(String contentType, byte[] content) {

  /** All files, so that no part of a request becomes a path. The first is the page itself. */
  static final List<String> NAMES =
      List.of(
          "index.html",
          "page.css",
          "icon.svg",
          "page.js",
          "agent.js",
          "dialogs.js",
          "dom.js",
          "faults.js",
          "feed.js",
          "journal.js",
          "logs.js",
          "permissions.js",
          "requests.js",
          "server.js",
          "store.js",
          "stubs.js",
          "text.js");

  /**
   * The headers of every file. The page runs its own scripts only, asks its own server only, and
   * cannot be framed by another page, which could trick a person into a click.
   */
  public static final Map<String, String> HEADERS =
      Map.of(
          "Content-Security-Policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
              + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
          "X-Content-Type-Options",
          "nosniff",
          "Referrer-Policy",
          "no-referrer",
          "Cache-Control",
          "no-cache");

  /**
   * Reads a file.
   *
   * @param name its name, such as {@code page.css}; empty for the page itself
   * @return empty when the page has no such file
   */
  public static Optional<PageFile> find(String name) {
    String file = name.isEmpty() ? NAMES.get(0) : name;
    return NAMES.contains(file) ? Optional.of(read(file)) : Optional.empty();
  }

  private static PageFile read(String name) {
    try (InputStream in = PageFile.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(
            "the testkit's jar lacks the file " + name + " of the page");
      }
      return new PageFile(contentType(name), in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException("the file " + name + " of the page cannot be read", e);
    }
  }

  private static String contentType(String name) {
    return switch (name.substring(name.lastIndexOf('.') + 1)) {
      case "css" -> "text/css; charset=utf-8";
      case "js" -> "text/javascript; charset=utf-8";
      case "svg" -> "image/svg+xml";
      default -> "text/html; charset=utf-8";
    };
  }
}
