package global.pixell.par.internal.text;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Removes secrets from text: by the name of a field, by the shape of a value, and by known values.
 *
 * <p>Shapes: signatures and tokens of presigned URLs, AWS access key ids, {@code Authorization} and
 * {@code Cookie} headers, bearer tokens, JSON web tokens, private keys in PEM, API keys with a
 * well-known prefix, users and passwords in URLs, and {@code name=value}, {@code "name": "value"},
 * {@code --name value} or {@code <name>value<} where the name says that the value is secret.
 *
 * <p>Reads the text once. It looks up every three characters in a table, and examines the text more
 * closely only where they may belong to one of the shapes. The time is linear in the length of any
 * text. Immutable and thread-safe.
 */
public final class Redactor {

  /** What replaces a secret. */
  public static final String REDACTED = "[redacted]";

  /** Known values shorter than this are ignored: they would hide ordinary words. */
  private static final int MIN_VALUE = 8;

  private static final int TABLE_BITS = 12;
  private static final int GRAM = 0xFFFFFF;

  private static final byte[] FOLDED = new byte[0x80];

  static {
    for (int c = 0; c < FOLDED.length; c++) {
      FOLDED[c] = (byte) (c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
  }

  private static final Redactor STANDARD = new Redactor(List.of());

  private final List<Trigger> triggers;

  /** The first trigger of a hash, by index from 1; 0 for none. */
  private final short[] table = new short[1 << TABLE_BITS];

  /** The next trigger of the same hash, by index from 1; 0 for none. */
  private final short[] next;

  private Redactor(List<String> values) {
    List<Trigger> all = new ArrayList<>(Shape.TRIGGERS);
    for (String value : values) {
      all.add(new Trigger(value, 0, Shape.VALUE));
    }
    this.triggers = List.copyOf(all);
    this.next = new short[all.size()];
    // In reverse, so that each chain keeps the order of the list.
    for (int i = all.size() - 1; i >= 0; i--) {
      int slot = slot(all.get(i).gram);
      next[i] = table[slot];
      table[slot] = (short) (i + 1);
    }
  }

  /**
   * A redactor that knows names and shapes only.
   *
   * @return the shared instance
   */
  public static Redactor standard() {
    return STANDARD;
  }

  /**
   * A redactor that also removes these values anywhere in a text, plain or URL-encoded.
   *
   * @param secrets values; those under 8 characters are ignored, because they would hide ordinary
   *     words
   * @return a redactor
   */
  public static Redactor of(Collection<String> secrets) {
    Set<String> forms = new LinkedHashSet<>();
    for (String secret : secrets) {
      if (secret.length() >= MIN_VALUE) {
        forms.add(secret);
        String form = URLEncoder.encode(secret, StandardCharsets.UTF_8);
        forms.add(form);
        String percent = form.replace("+", "%20").replace("*", "%2A").replace("%7E", "~");
        forms.add(percent);
        forms.add(lowerEscapes(form));
        forms.add(lowerEscapes(percent));
        // A path keeps its slashes.
        forms.add(percent.replace("%2F", "/"));
        forms.add(secret.replace("\\", "\\\\").replace("\"", "\\\""));
      }
    }
    return new Redactor(
        forms.stream()
            // Longest first: otherwise a value inside a longer one would leave parts of the longer
            // one.
            .sorted((a, b) -> Integer.compare(b.length(), a.length()))
            .limit(Short.MAX_VALUE / 2)
            .toList());
  }

  private static String lowerEscapes(String encoded) {
    var text = new StringBuilder(encoded);
    for (int i = 0; i + 2 < text.length(); i++) {
      if (text.charAt(i) == '%') {
        text.setCharAt(i + 1, Character.toLowerCase(text.charAt(i + 1)));
        text.setCharAt(i + 2, Character.toLowerCase(text.charAt(i + 2)));
      }
    }
    return text.toString();
  }

  /**
   * Whether the value of a field of this name is secret.
   *
   * @param name a field, header or variable
   * @return true for {@code AWS_SECRET_ACCESS_KEY}, {@code password}, {@code Authorization} and the
   *     like; false for a name that only refers to a secret, such as {@code
   *     AWS_WEB_IDENTITY_TOKEN_FILE} or {@code token_count}
   */
  public static boolean isSecretName(String name) {
    if (SecretName.isQualified(name, 0, name.length())) {
      return false;
    }
    int gram = 0;
    for (int i = 0; i < name.length(); i++) {
      gram = ((gram << 8) | fold(name.charAt(i))) & GRAM;
      for (int index = STANDARD.table[slot(gram)]; index != 0; index = STANDARD.next[index - 1]) {
        Trigger trigger = STANDARD.triggers.get(index - 1);
        if (trigger.gram == gram
            && trigger.shape == Shape.NAME
            && SecretName.isAt(name, i - 2 - trigger.offset, trigger.word)) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Whether a number in a field of this name is secret: a count of tokens is not.
   *
   * @param name a field
   * @return as {@link #isSecretName}, and false for names such as {@code max_tokens}
   */
  public static boolean isSecretNumber(String name) {
    return isSecretName(name) && !SecretName.isCount(name);
  }

  /**
   * A field's value without secrets.
   *
   * @param name the field
   * @param value its value
   * @return {@value #REDACTED} for a secret name, else the value with secrets taken out
   */
  public String redact(String name, String value) {
    return isSecretName(name) ? REDACTED : redact(value);
  }

  /**
   * Text without secrets.
   *
   * @param text any text
   * @return the same text, the secrets in it replaced by {@value #REDACTED}
   */
  public String redact(String text) {
    SecretScan scan = null;
    StringBuilder out = null;
    int copied = 0;
    int length = text.length();
    int gram = 0;
    for (int i = 0; i < length; ) {
      gram = ((gram << 8) | fold(text.charAt(i++))) & GRAM;
      int index = table[slot(gram)];
      if (index == 0) {
        continue;
      }
      if (scan == null) {
        scan = new SecretScan(text);
      }
      if (matches(scan, gram, i, index)) {
        if (out == null) {
          out = new StringBuilder(length + REDACTED.length());
        }
        out.append(text, copied, scan.valueStart).append(REDACTED);
        copied = scan.valueEnd;
        i = scan.valueEnd;
        gram = 0;
      }
    }
    return out == null ? text : out.append(text, copied, length).toString();
  }

  /**
   * Where a text can be cut without splitting a secret.
   *
   * @param text any text
   * @param at the wanted position
   * @return {@code at}, or the start of the secret (with its name) that crosses this position
   */
  public int safeCut(String text, int at) {
    var scan = new SecretScan(text);
    int gram = 0;
    for (int i = 0; i < text.length(); ) {
      gram = ((gram << 8) | fold(text.charAt(i++))) & GRAM;
      int index = table[slot(gram)];
      if (index != 0 && matches(scan, gram, i, index)) {
        if (scan.start < at && at < scan.valueEnd) {
          return scan.start;
        }
        i = scan.valueEnd;
        gram = 0;
      }
      if (i >= at + SecretName.MAX_LOOK_BACK) {
        break;
      }
    }
    return at;
  }

  /**
   * Whether ASCII text certainly contains no secret; a fast check.
   *
   * @param ascii bytes under 0x80
   * @param from the first
   * @param to the index after the last
   * @return true when {@link #redact(String)} would change nothing; false when it might
   */
  public boolean isClean(byte[] ascii, int from, int to) {
    int gram = 0;
    for (int i = from; i < to; i++) {
      gram = ((gram << 8) | FOLDED[ascii[i] & 0x7F]) & GRAM;
      if (table[slot(gram)] != 0 && isKnown(gram)) {
        return false;
      }
    }
    return true;
  }

  private boolean isKnown(int gram) {
    for (int index = table[slot(gram)]; index != 0; index = next[index - 1]) {
      if (triggers.get(index - 1).gram == gram) {
        return true;
      }
    }
    return false;
  }

  private boolean matches(SecretScan scan, int gram, int end, int first) {
    for (int index = first; index != 0; ) {
      Trigger trigger = triggers.get(index - 1);
      int start = end - 3 - trigger.offset;
      if (trigger.gram == gram
          && start >= scan.floor
          && scan.find(trigger.shape, trigger.word, start)) {
        scan.floor = scan.valueEnd;
        return true;
      }
      index = next[index - 1];
    }
    return false;
  }

  private static int slot(int gram) {
    return (gram * 0x9E3779B1) >>> (32 - TABLE_BITS);
  }

  private static int fold(char c) {
    return c < 0x80 ? FOLDED[c] : ((c & 0x7F) | 0x80);
  }

  /** The kinds of secret that a trigger can introduce. */
  enum Shape {
    /** A word that makes a name secret. */
    NAME,
    /** A scheme of HTTP authentication, before its credentials. */
    SCHEME,
    /** An AWS access key id. */
    KEY_ID,
    /** A JSON web token. */
    JWT,
    /** An API key with a prefix of its own. */
    API_KEY,
    /** A private key in PEM. */
    PEM,
    /** The authority of a URL. */
    URL,
    /** A known value. */
    VALUE;

    private static final List<Trigger> TRIGGERS = triggers();

    private static List<Trigger> triggers() {
      var all = new ArrayList<Trigger>();
      // The three rarest letters of a word are its trigger, so that ordinary text seldom matches.
      SecretName.WORDS.forEach((word, rare) -> all.add(new Trigger(word, rare, NAME)));
      all.add(new Trigger("bearer", 3, SCHEME));
      all.add(new Trigger("basic", 2, SCHEME));
      all.add(new Trigger("AKIA", 0, KEY_ID));
      all.add(new Trigger("ASIA", 0, KEY_ID));
      all.add(new Trigger("eyJ", 0, JWT));
      for (String prefix :
          List.of(
              "sk-",
              "ghp_",
              "gho_",
              "ghs_",
              "ghu_",
              "github_pat_",
              "glpat-",
              "xoxb-",
              "xoxp-",
              "xapp-",
              "AIza",
              "npm_",
              "pypi-",
              "hf_")) {
        all.add(new Trigger(prefix, 0, API_KEY));
      }
      all.add(new Trigger("-----BEGIN ", 4, PEM));
      all.add(new Trigger("://", 0, URL));
      return List.copyOf(all);
    }
  }

  /** Three letters at an offset of a word, and what the word introduces. */
  private static final class Trigger {
    final String word;
    final int offset;
    final Shape shape;
    final int gram;

    Trigger(String word, int offset, Shape shape) {
      this.word = word;
      this.offset = offset;
      this.shape = shape;
      int three = 0;
      for (int i = offset; i < offset + 3; i++) {
        three = ((three << 8) | fold(word.charAt(i))) & GRAM;
      }
      this.gram = three;
    }
  }
}
