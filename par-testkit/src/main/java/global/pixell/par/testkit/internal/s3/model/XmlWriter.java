package global.pixell.par.testkit.internal.s3.model;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;

/** Writes an XML document as AWS does: on one line, in one namespace. */
public final class XmlWriter {

  private static final String PROLOG = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  private static final String S3_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

  private final StringBuilder xml = new StringBuilder(PROLOG);
  private final Deque<String> open = new ArrayDeque<>();

  private int rootEnd;

  private XmlWriter() {}

  /** Begins a document in S3's namespace. */
  public static XmlWriter document(String root) {
    return document(root, S3_NAMESPACE);
  }

  /** Begins a document in a namespace, or without one if it is empty. */
  public static XmlWriter document(String root, String namespace) {
    var writer = new XmlWriter();
    writer.xml.append('<').append(root);
    if (!namespace.isEmpty()) {
      writer.xml.append(" xmlns=\"").append(escape(namespace)).append('"');
    }
    writer.xml.append('>');
    writer.open.push(root);
    writer.rootEnd = writer.xml.length();
    return writer;
  }

  /** Writes an element with text. */
  public XmlWriter element(String name, Object text) {
    return open(name).text(text).close();
  }

  /** Writes an element with text, unless the text is empty. */
  public XmlWriter optional(String name, String text) {
    return text.isEmpty() ? this : element(name, text);
  }

  /** Begins an element, which contains everything written until {@link #close}. */
  public XmlWriter open(String name) {
    xml.append('<').append(name).append('>');
    open.push(name);
    return this;
  }

  /** Like {@link #open(String)}, with attributes. */
  public XmlWriter open(String name, Map<String, String> attributes) {
    xml.append('<').append(name);
    new TreeMap<>(attributes)
        .forEach(
            (attribute, value) ->
                xml.append(' ').append(attribute).append("=\"").append(escape(value)).append('"'));
    xml.append('>');
    open.push(name);
    return this;
  }

  /** Writes text into the open element. */
  public XmlWriter text(Object text) {
    xml.append(escape(String.valueOf(text)));
    return this;
  }

  /** Ends the element that was opened last. */
  public XmlWriter close() {
    xml.append("</").append(open.pop()).append('>');
    return this;
  }

  /**
   * The document, with all open elements closed. An empty root becomes an empty-element tag, as at
   * S3.
   */
  @Override
  public String toString() {
    var whole = new StringBuilder(xml);
    if (whole.length() == rootEnd) {
      return whole.insert(rootEnd - 1, '/').toString();
    }
    open.forEach(name -> whole.append("</").append(name).append('>'));
    return whole.toString();
  }

  private static String escape(String text) {
    var out = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                default -> {
                  if (c < ' ' && c != '\n' && c != '\t') {
                    out.append("&#x").append(Integer.toHexString(c)).append(';');
                  } else {
                    out.appendCodePoint(c);
                  }
                }
              }
            });
    return out.toString();
  }
}
