package global.pixell.par.testkit.internal.s3.model;

/** The little XML that S3 speaks. */
public final class Xml {
  static final String PROLOG = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  public static final String NAMESPACE = " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";

  private Xml() {}

  public static String element(String name, Object content) {
    return "<" + name + ">" + escape(String.valueOf(content)) + "</" + name + ">";
  }

  static String escape(String text) {
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
