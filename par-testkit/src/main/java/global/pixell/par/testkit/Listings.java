package global.pixell.par.testkit;

import global.pixell.par.testkit.ObjectStore.StoredObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeSet;

/** ListObjects in both versions. */
final class Listings {

  private static final int MAX_KEYS = 1000;

  private final ObjectStore store;

  Listings(ObjectStore store) {
    this.store = store;
  }

  Answer list(S3Request request) throws IOException {
    boolean v2 = request.operation() == S3Operation.LIST_OBJECTS_V2;
    boolean encoded = request.query("encoding-type").equals("url");
    String prefix = request.query("prefix");
    String delimiter = request.query("delimiter");
    int maxKeys = Math.min(MAX_KEYS, request.number("max-keys", MAX_KEYS));
    String after = after(request, v2);
    NavigableMap<String, StoredObject> all = store.list(request.bucket(), prefix);
    var contents = new StringBuilder();
    var folders = new TreeSet<String>();
    int count = 0;
    String last = "";
    boolean truncated = false;
    for (Map.Entry<String, StoredObject> entry : all.entrySet()) {
      String key = entry.getKey();
      int cut = delimiter.isEmpty() ? -1 : key.indexOf(delimiter, prefix.length());
      String item = cut < 0 ? key : key.substring(0, cut + delimiter.length());
      if (key.compareTo(after) <= 0 || item.compareTo(after) <= 0 || folders.contains(item)) {
        continue;
      }
      if (count == maxKeys) {
        truncated = maxKeys > 0;
        break;
      }
      count++;
      last = item;
      if (cut >= 0) {
        folders.add(item);
      } else {
        contents.append(contents(item, entry.getValue(), encoded));
      }
    }
    var xml = new StringBuilder("<ListBucketResult" + Xml.NAMESPACE + ">");
    xml.append(Xml.element("Name", request.bucket()))
        .append(Xml.element("Prefix", encode(prefix, encoded)));
    if (v2) {
      xml.append(Xml.element("KeyCount", count));
      if (truncated) {
        xml.append(Xml.element("NextContinuationToken", token(last)));
      }
    } else {
      xml.append(Xml.element("Marker", encode(request.query("marker"), encoded)));
      if (truncated && !delimiter.isEmpty()) {
        xml.append(Xml.element("NextMarker", encode(last, encoded)));
      }
    }
    xml.append(Xml.element("MaxKeys", maxKeys));
    if (!delimiter.isEmpty()) {
      xml.append(Xml.element("Delimiter", encode(delimiter, encoded)));
    }
    if (encoded) {
      xml.append(Xml.element("EncodingType", "url"));
    }
    xml.append(Xml.element("IsTruncated", truncated)).append(contents);
    folders.forEach(
        folder ->
            xml.append("<CommonPrefixes>")
                .append(Xml.element("Prefix", encode(folder, encoded)))
                .append("</CommonPrefixes>"));
    return Answer.xml(xml.append("</ListBucketResult>").toString());
  }

  private static String after(S3Request request, boolean v2) {
    if (!v2) {
      return request.query("marker");
    }
    String token = request.query("continuation-token");
    return token.isEmpty()
        ? request.query("start-after")
        : new String(HexFormat.of().parseHex(token), StandardCharsets.UTF_8);
  }

  private static String token(String last) {
    return HexFormat.of().formatHex(last.getBytes(StandardCharsets.UTF_8));
  }

  private static String contents(String key, StoredObject object, boolean encoded) {
    return "<Contents>"
        + Xml.element("Key", encode(key, encoded))
        + Xml.element("LastModified", S3Dates.xml(object.modified()))
        + "<ETag>&quot;"
        + object.eTag()
        + "&quot;</ETag>"
        + Xml.element("Size", object.content().size())
        + Xml.element("StorageClass", "STANDARD")
        + "</Contents>";
  }

  private static String encode(String text, boolean encoded) {
    return encoded ? PercentCode.encode(text) : text;
  }
}
