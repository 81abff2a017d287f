package global.pixell.par.internal.remote.s3;

import global.pixell.par.internal.remote.SafeXml;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * One page of a listing: the response of S3 to <a
 * href="https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html">ListObjectsV2</a>.
 *
 * @param folders the common prefixes
 * @param keys the keys of the objects
 * @param truncated whether further pages follow
 * @param nextToken asks for the next page
 */
record ListingPage(
    List<String> folders, List<String> keys, boolean truncated, Optional<String> nextToken) {

  private static final Pattern COUNT = Pattern.compile("\\d{1,9}");
  private static final Pattern SIZE = Pattern.compile("\\d{1,18}");
  private static final Pattern TIME = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z");

  /**
   * Reads a page.
   *
   * @throws XMLStreamException when the document is cut off, is not a listing, or has a number,
   *     time or flag that cannot be right, because its keys may then be wrong too
   */
  static ListingPage of(byte[] document) throws XMLStreamException {
    XMLStreamReader reader = SafeXml.reader(document);
    var folders = new ArrayList<String>();
    var keys = new ArrayList<String>();
    boolean named = false;
    boolean truncated = false;
    Optional<String> nextToken = Optional.empty();
    var path = new ArrayList<String>();
    var text = new StringBuilder();
    while (reader.hasNext()) {
      switch (reader.next()) {
        case XMLStreamConstants.START_ELEMENT -> {
          path.add(reader.getLocalName());
          text.setLength(0);
        }
        case XMLStreamConstants.CHARACTERS -> text.append(reader.getText());
        case XMLStreamConstants.END_ELEMENT -> {
          switch (String.join("/", path)) {
            case "ListBucketResult/Name" -> named = true;
            case "ListBucketResult/IsTruncated" -> truncated = flag(text.toString().strip());
            case "ListBucketResult/NextContinuationToken" ->
                nextToken = Optional.of(text.toString()).filter(token -> !token.isEmpty());
            case "ListBucketResult/CommonPrefixes/Prefix" -> folders.add(text.toString());
            case "ListBucketResult/Contents/Key" -> keys.add(text.toString());
            case "ListBucketResult/KeyCount",
                "ListBucketResult/MaxKeys",
                "ListBucketResult/Contents/Size",
                "ListBucketResult/Contents/LastModified" ->
                check(reader.getLocalName(), text.toString().strip());
            default -> {}
          }
          path.remove(path.size() - 1);
          text.setLength(0);
        }
        default -> {}
      }
    }
    if (!named) {
      throw new XMLStreamException("the document is not a listing");
    }
    return new ListingPage(folders, keys, truncated, nextToken);
  }

  private static boolean flag(String text) throws XMLStreamException {
    if (!text.equals("true") && !text.equals("false")) {
      throw new XMLStreamException("IsTruncated is '" + text + "'");
    }
    return text.equals("true");
  }

  /** PAR does not use these elements, so it checks only their form. */
  private static void check(String element, String text) throws XMLStreamException {
    Pattern form =
        switch (element) {
          case "LastModified" -> TIME;
          case "Size" -> SIZE;
          default -> COUNT;
        };
    if (!form.matcher(text).matches()) {
      throw new XMLStreamException(element + " is '" + text + "'");
    }
  }
}
