package global.pixell.par.testkit.internal.s3.request;

import global.pixell.par.testkit.internal.http.UriEncoding;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.XmlDocument;
import global.pixell.par.testkit.internal.s3.model.XmlSchema;
import global.pixell.par.testkit.internal.s3.model.XmlWriter;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.w3c.dom.Element;

/**
 * The tags of an object or a bucket, within the limits of S3.
 *
 * @param values the values by key
 */
public record Tags(Map<String, String> values) {

  /** The kind of resource that has the tags, with S3's error for too many tags. */
  public enum Owner {
    OBJECT(10, "Object tags cannot be greater than 10"),
    BUCKET(50, "Bucket tag count cannot be greater than 50");

    private final int max;
    private final String tooMany;

    Owner(int max, String tooMany) {
      this.max = max;
      this.tooMany = tooMany;
    }
  }

  private static final XmlSchema DOCUMENT =
      XmlSchema.of().one("TagSet", XmlSchema.of().many("Tag", XmlSchema.of("Key", "Value")));
  private static final int MAX_KEY = 128;
  private static final int MAX_VALUE = 256;
  private static final Pattern CHARACTERS = Pattern.compile("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*");

  /** Copies the map. */
  public Tags {
    values = Map.copyOf(values);
  }

  /**
   * Reads the tags of an object from a header, such as {@code a=1&b=2}.
   *
   * @throws S3ErrorException for other text, or tags beyond the limits
   */
  public static Tags ofHeader(String text) throws S3ErrorException {
    Map<String, String> values;
    try {
      values = S3Request.parsed(text);
    } catch (S3ErrorException unreadable) {
      throw malformedHeader(text);
    }
    if (!text.isEmpty() && values.size() != text.split("&", -1).length) {
      throw malformedHeader(text);
    }
    return checked(values, Owner.OBJECT);
  }

  private static S3ErrorException malformedHeader(String text) {
    return S3ErrorException.invalidArgument(
        "x-amz-tagging",
        text,
        "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters"
            + " without tag name duplicates.");
  }

  /**
   * Reads tags from a document.
   *
   * @throws S3ErrorException MalformedXML, InvalidTag or BadRequest
   */
  public static Tags ofDocument(byte[] document, Owner owner) throws IOException {
    Element root = XmlDocument.root(document, "Tagging", DOCUMENT);
    List<Element> sets = XmlDocument.children(root, "TagSet");
    if (sets.isEmpty()) {
      throw S3ErrorException.malformedXml();
    }
    var values = new LinkedHashMap<String, String>();
    for (Element tag : XmlDocument.children(sets.get(0), "Tag")) {
      boolean whole =
          !XmlDocument.children(tag, "Key").isEmpty()
              && !XmlDocument.children(tag, "Value").isEmpty();
      if (!whole) {
        throw S3ErrorException.malformedXml();
      }
      String key = XmlDocument.text(tag, "Key");
      if (values.put(key, XmlDocument.text(tag, "Value")) != null) {
        throw invalid("Cannot provide multiple Tags with the same key").detail("TagKey", key);
      }
    }
    return checked(values, owner);
  }

  private static Tags checked(Map<String, String> values, Owner owner) throws S3ErrorException {
    if (values.size() > owner.max) {
      throw new S3ErrorException(400, "BadRequest", owner.tooMany);
    }
    for (Map.Entry<String, String> tag : values.entrySet()) {
      String key = tag.getKey();
      String value = tag.getValue();
      if (key.startsWith("aws:")) {
        throw invalid("System tags cannot be added/updated by requester").detail("TagKey", key);
      }
      if (key.isEmpty() || key.length() > MAX_KEY || !CHARACTERS.matcher(key).matches()) {
        throw invalid("The TagKey you have provided is invalid").detail("TagKey", key);
      }
      if (value.length() > MAX_VALUE || !CHARACTERS.matcher(value).matches()) {
        throw invalid("The TagValue you have provided is invalid")
            .detail("TagKey", key)
            .detail("TagValue", value);
      }
    }
    return new Tags(values);
  }

  private static S3ErrorException invalid(String message) {
    return new S3ErrorException(400, "InvalidTag", message);
  }

  /** The tags as {@code a=1&b=2}, ordered by key; empty for none. */
  public String text() {
    return new TreeMap<>(values)
        .entrySet().stream()
            .map(tag -> encoded(tag.getKey()) + "=" + encoded(tag.getValue()))
            .collect(Collectors.joining("&"));
  }

  private static String encoded(String text) {
    return UriEncoding.encode(text);
  }

  /** The document that lists the tags, ordered by key. */
  public XmlWriter document() {
    XmlWriter xml = XmlWriter.document("Tagging").open("TagSet");
    new TreeMap<>(values)
        .forEach(
            (key, value) -> xml.open("Tag").element("Key", key).element("Value", value).close());
    return xml;
  }

  /** The condition keys of a request that sets these tags on an object. */
  public Map<String, List<String>> conditionKeys() {
    var keys = new LinkedHashMap<String, List<String>>();
    values.forEach((tag, value) -> keys.put("s3:RequestObjectTag/" + tag, List.of(value)));
    if (!values.isEmpty()) {
      keys.put("s3:RequestObjectTagKeys", List.copyOf(values.keySet()));
    }
    return keys;
  }
}
