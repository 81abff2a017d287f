package global.pixell.par.testkit.internal.s3;

import global.pixell.par.testkit.internal.http.S3Dates;
import global.pixell.par.testkit.internal.http.UriEncoding;
import global.pixell.par.testkit.internal.iam.Principal;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import global.pixell.par.testkit.internal.s3.model.StoredObject;
import global.pixell.par.testkit.internal.s3.model.Utf8Order;
import global.pixell.par.testkit.internal.s3.model.Xml;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** ListObjects in both versions. */
final class Listings {

  static final int MAX_KEYS = 1000;

  private final ObjectStore store;

  Listings(ObjectStore store) {
    this.store = store;
  }

  /**
   * One page.
   *
   * @param last the key or folder that came last
   */
  private record Page(
      List<StoredObject> objects, Set<String> folders, String last, boolean truncated) {
    int count() {
      return objects.size() + folders.size();
    }
  }

  S3Response v1(S3Request request) throws IOException {
    boolean encoded = isEncoded(request);
    String marker = request.query("marker");
    Page page = page(request, marker);
    var xml = head(request, encoded);
    xml.append(Xml.element("Marker", encode(marker, encoded)));
    if (page.truncated() && !request.query("delimiter").isEmpty()) {
      xml.append(Xml.element("NextMarker", encode(page.last(), encoded)));
    }
    return S3Response.xml(
        tail(xml, request, page, encoded, Optional.of(store.owner(request.bucket()))));
  }

  S3Response v2(S3Request request) throws IOException {
    boolean encoded = isEncoded(request);
    String token = request.query("continuation-token");
    String startAfter = request.query("start-after");
    if (request.hasQuery("continuation-token") && token.isEmpty()) {
      throw badToken(token);
    }
    Page page = page(request, token.isEmpty() ? startAfter : fromToken(token));
    var xml = head(request, encoded);
    if (!startAfter.isEmpty()) {
      xml.append(Xml.element("StartAfter", encode(startAfter, encoded)));
    }
    if (!token.isEmpty()) {
      xml.append(Xml.element("ContinuationToken", token));
    }
    if (page.truncated()) {
      xml.append(Xml.element("NextContinuationToken", toToken(page.last())));
    }
    xml.append(Xml.element("KeyCount", page.count()));
    Optional<Principal> owner =
        Optional.of(store.owner(request.bucket()))
            .filter(each -> request.query("fetch-owner").equals("true"));
    return S3Response.xml(tail(xml, request, page, encoded, owner));
  }

  private Page page(S3Request request, String after) throws IOException {
    String prefix = request.query("prefix");
    String delimiter = request.query("delimiter");
    int max = Math.min(MAX_KEYS, request.number("max-keys", MAX_KEYS));
    var objects = new ArrayList<StoredObject>();
    var folders = new LinkedHashSet<String>();
    String last = "";
    for (StoredObject object : store.bucket(request.bucket()).current(prefix).values()) {
      String folder = folder(object.key(), prefix, delimiter);
      boolean seen =
          Utf8Order.INSTANCE.compare(object.key(), after) <= 0
              || (!folder.isEmpty() && (folder.equals(after) || folders.contains(folder)));
      if (seen) {
        continue;
      }
      if (objects.size() + folders.size() == max) {
        return new Page(objects, folders, last, max > 0);
      }
      if (folder.isEmpty()) {
        objects.add(object);
        last = object.key();
      } else {
        folders.add(folder);
        last = folder;
      }
    }
    return new Page(objects, folders, last, false);
  }

  /** What a key is folded into; empty when it stands for itself. */
  static String folder(String key, String prefix, String delimiter) {
    int cut = delimiter.isEmpty() ? -1 : key.indexOf(delimiter, prefix.length());
    return cut < 0 ? "" : key.substring(0, cut + delimiter.length());
  }

  private static StringBuilder head(S3Request request, boolean encoded) {
    return new StringBuilder("<ListBucketResult" + Xml.NAMESPACE + ">")
        .append(Xml.element("Name", request.bucket()))
        .append(Xml.element("Prefix", encode(request.query("prefix"), encoded)));
  }

  private static String tail(
      StringBuilder xml, S3Request request, Page page, boolean encoded, Optional<Principal> owner)
      throws S3ErrorException {
    xml.append(limits(request, encoded)).append(Xml.element("IsTruncated", page.truncated()));
    for (StoredObject object : page.objects()) {
      xml.append("<Contents>")
          .append(Xml.element("Key", encode(object.key(), encoded)))
          .append(entry(object, owner))
          .append("</Contents>");
    }
    page.folders().forEach(folder -> xml.append(commonPrefix(folder, encoded)));
    return xml.append("</ListBucketResult>").toString();
  }

  /** MaxKeys, Delimiter and EncodingType. */
  static String limits(S3Request request, boolean encoded) throws S3ErrorException {
    String delimiter = request.query("delimiter");
    return Xml.element("MaxKeys", Math.min(MAX_KEYS, request.number("max-keys", MAX_KEYS)))
        + (delimiter.isEmpty() ? "" : Xml.element("Delimiter", encode(delimiter, encoded)))
        + (encoded ? Xml.element("EncodingType", "url") : "");
  }

  /** Time, tag, checksum, size, owner and class of an object. */
  static String entry(StoredObject object, Optional<Principal> owner) {
    return Xml.element("LastModified", S3Dates.xml(object.modified()))
        + Xml.element("ETag", object.quotedETag())
        + Xml.element("ChecksumAlgorithm", object.checksum().algorithm())
        + Xml.element("ChecksumType", object.checksum().type())
        + Xml.element("Size", object.size())
        + owner.map(each -> S3Elements.who("Owner", each)).orElse("")
        + Xml.element("StorageClass", object.storageClass());
  }

  static String commonPrefix(String folder, boolean encoded) {
    return "<CommonPrefixes>"
        + Xml.element("Prefix", encode(folder, encoded))
        + "</CommonPrefixes>";
  }

  /**
   * Whether names are to be percent-encoded.
   *
   * @throws S3ErrorException for another encoding
   */
  static boolean isEncoded(S3Request request) throws S3ErrorException {
    String type = request.query("encoding-type");
    if (!type.isEmpty() && !type.equals("url")) {
      throw S3ErrorException.invalidArgument(
          "encoding-type", type, "Invalid Encoding Method specified in Request");
    }
    return !type.isEmpty();
  }

  /**
   * A space becomes a plus, as in forms: so measured at AWS in September 2026
   * (github.com/brekkylab/backlot/issues/178). The SDKs and the CLI read either.
   */
  static String encode(String text, boolean encoded) {
    return encoded ? UriEncoding.encode(text).replace("%20", "+") : text;
  }

  private static String toToken(String last) {
    return Base64.getUrlEncoder().encodeToString(last.getBytes(StandardCharsets.UTF_8));
  }

  private static String fromToken(String token) throws S3ErrorException {
    try {
      return new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw badToken(token);
    }
  }

  private static S3ErrorException badToken(String token) {
    return S3ErrorException.invalidArgument(
        "continuation-token", token, "The continuation token provided is incorrect");
  }
}
