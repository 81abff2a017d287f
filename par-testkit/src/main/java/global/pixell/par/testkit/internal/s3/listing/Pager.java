package global.pixell.par.testkit.internal.s3.listing;

import global.pixell.par.testkit.internal.http.UriEncoding;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.XmlWriter;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Divides a listing into pages, folds keys into common prefixes, and encodes keys.
 *
 * @param maxName the parameter that limits a page, such as {@code max-keys}
 * @param encoded whether the answer's keys are percent-encoded
 */
public record Pager(String prefix, String delimiter, String maxName, int max, boolean encoded) {

  private static final int LIMIT = 1000;

  /**
   * One page.
   *
   * @param items the items that are listed by themselves
   * @param prefixes the common prefixes that replace the other items
   * @param lastKey the last key or prefix; empty on an empty page
   * @param lastItem the last item; empty when the page ends with a prefix
   */
  public record Page<T>(
      List<T> items,
      Set<String> prefixes,
      String lastKey,
      Optional<T> lastItem,
      boolean truncated) {
    int count() {
      return items.size() + prefixes.size();
    }
  }

  /**
   * Reads the parameters of a listing.
   *
   * @throws S3ErrorException for an invalid number, or another encoding than {@code url}
   */
  public static Pager of(S3Request request, String maxName) throws S3ErrorException {
    String encoding = request.query("encoding-type");
    if (!encoding.isEmpty() && !encoding.equals("url")) {
      throw S3ErrorException.invalidArgument(
          "encoding-type", encoding, "Invalid Encoding Method specified in Request");
    }
    return new Pager(
        request.query("prefix"),
        request.query("delimiter"),
        maxName,
        Math.min(LIMIT, request.number(maxName, LIMIT)),
        !encoding.isEmpty());
  }

  /**
   * The first page of these items.
   *
   * @param items the items in order, beginning after the marker
   * @param marker the last key or prefix of the previous page; a prefix is not repeated
   */
  public <T> Page<T> page(Iterable<T> items, Function<T, String> key, String marker) {
    var found = new ArrayList<T>();
    var prefixes = new LinkedHashSet<String>();
    String lastKey = "";
    Optional<T> lastItem = Optional.empty();
    for (T item : items) {
      String folder = commonPrefix(key.apply(item));
      boolean folded = !folder.isEmpty();
      if (folded && (folder.equals(marker) || prefixes.contains(folder))) {
        continue;
      }
      if (found.size() + prefixes.size() == max) {
        return new Page<>(found, prefixes, lastKey, lastItem, max > 0);
      }
      if (folded) {
        prefixes.add(folder);
      } else {
        found.add(item);
      }
      lastKey = folded ? folder : key.apply(item);
      lastItem = folded ? Optional.empty() : Optional.of(item);
    }
    return new Page<>(found, prefixes, lastKey, lastItem, false);
  }

  /** The common prefix of a key; empty when the key is listed by itself. */
  private String commonPrefix(String key) {
    int cut = delimiter.isEmpty() ? -1 : key.indexOf(delimiter, prefix.length());
    return cut < 0 ? "" : key.substring(0, cut + delimiter.length());
  }

  /**
   * A key as it appears in the answer. Percent-encoding turns a space into a plus, as in forms;
   * this was measured at AWS in September 2026 (github.com/brekkylab/backlot/issues/178). The SDKs
   * and the CLI decode both forms.
   */
  public String encode(String key) {
    return encoded ? UriEncoding.encode(key).replace("%20", "+") : key;
  }

  public void delimiterAndEncoding(XmlWriter xml) {
    xml.optional("Delimiter", encode(delimiter)).optional("EncodingType", encoded ? "url" : "");
  }

  public void commonPrefixes(XmlWriter xml, Page<?> page) {
    for (String each : page.prefixes()) {
      xml.open("CommonPrefixes").element("Prefix", encode(each)).close();
    }
  }
}
