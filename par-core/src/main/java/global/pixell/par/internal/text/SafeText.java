package global.pixell.par.internal.text;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Makes foreign exceptions and texts safe to log: messages of HTTP clients may contain whole
 * addresses, and a presigned address is a credential.
 */
public final class SafeText extends Exception {
  private static final long serialVersionUID = 1L;

  private static final int MAX_LENGTH = 300;
  private static final Pattern QUERY = Pattern.compile("(?<=\\?)[^\\s\"'<>]+");
  // Signatures, keys and tokens are long runs without a space; ordinary words are not.
  private static final Pattern OPAQUE = Pattern.compile("[A-Za-z0-9+/=_%~-]{32,}");

  private SafeText(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** The same chain of causes with safe messages; without suppressed exceptions. */
  public static SafeText of(Throwable foreign) {
    return of(foreign, Collections.newSetFromMap(new IdentityHashMap<>()));
  }

  private static SafeText of(Throwable foreign, Set<Throwable> seen) {
    seen.add(foreign);
    Throwable cause = foreign.getCause();
    var safe =
        new SafeText(
            foreign.getClass().getName()
                + (foreign.getMessage() == null ? "" : ": " + words(foreign.getMessage())),
            cause == null || seen.contains(cause) ? null : of(cause, seen));
    safe.setStackTrace(foreign.getStackTrace());
    return safe;
  }

  /** An address without query and fragment, which may contain secrets. */
  public static String withoutQuery(String url) {
    int query = url.indexOf('?');
    String rest = query < 0 ? url : url.substring(0, query);
    int fragment = rest.indexOf('#');
    return fragment < 0 ? rest : rest.substring(0, fragment);
  }

  /** Foreign text, safe to show: one short line without queries and opaque tokens. */
  public static String words(String text) {
    String line = text.length() > 4 * MAX_LENGTH ? text.substring(0, 4 * MAX_LENGTH) : text;
    line = line.replaceAll("\\p{Cntrl}+", " ").strip();
    line = QUERY.matcher(line).replaceAll(Redactor.REDACTED);
    line = Redactor.standard().redact(line);
    line = OPAQUE.matcher(line).replaceAll(Redactor.REDACTED);
    return line.length() > MAX_LENGTH ? line.substring(0, MAX_LENGTH) + "…" : line;
  }
}
