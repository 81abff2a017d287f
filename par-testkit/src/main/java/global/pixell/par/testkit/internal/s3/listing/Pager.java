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
 * How a listing is cut into pages, and how its keys are folded into common prefixes and encoded.
 *
 * @param maxName the parameter that limits a page, such as {@code max-keys}
 * @param encoded whether the answer's keys are percent-encoded
 */
public record Pager(String prefix, String delimiter, String maxName, int max, boolean encoded) {

  private static final int LIMIT = 1000;

  /**
   * One page.
   *
   * @param items those that stand for themselves
   * @param prefixes those that others are folded into
   * @param lastKey the key or prefix that came last; empty on an empty page
   * @param lastItem the item that came last; empty after a prefix
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
   * @throws S3ErrorException for a number that is none, or another encoding than {@code url}
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
   * @param items in order, from the first after the marker
   * @param marker the key or prefix that the page before ended with; a prefix is not repeated
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

  /** The prefix that a key is folded into; empty when the key stands for itself. */
  private String commonPrefix(String key) {
    int cut = delimiter.isEmpty() ? -1 : key.indexOf(delimiter, prefix.length());
    return cut < 0 ? "" : key.substring(0, cut + delimiter.length());
  }

  /**
   * A key as the answer has it. In percent-encoding a space becomes a plus, as in forms: so
   * measured at AWS in September 2026 (github.com/brekkylab/backlot/issues/178). The SDKs and the
   * CLI read either.
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
