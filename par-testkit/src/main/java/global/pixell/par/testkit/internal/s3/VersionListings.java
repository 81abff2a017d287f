package global.pixell.par.testkit.internal.s3;

import global.pixell.par.testkit.internal.http.S3Dates;
import global.pixell.par.testkit.internal.iam.Principal;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import global.pixell.par.testkit.internal.s3.model.StoredObject;
import global.pixell.par.testkit.internal.s3.model.Utf8Order;
import global.pixell.par.testkit.internal.s3.model.Xml;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** ListObjectVersions. */
final class VersionListings {

  private final ObjectStore store;

  VersionListings(ObjectStore store) {
    this.store = store;
  }

  private record Entry(StoredObject object, boolean latest) {}

  /**
   * One page.
   *
   * @param lastKey the key or folder that came last
   * @param lastVersion the version that came last; empty after a folder
   */
  private record Page(
      List<Entry> entries,
      Set<String> folders,
      String lastKey,
      String lastVersion,
      boolean truncated) {}

  S3Response list(S3Request request) throws IOException {
    boolean encoded = Listings.isEncoded(request);
    String keyMarker = request.query("key-marker");
    String versionMarker = request.query("version-id-marker");
    if (request.hasQuery("version-id-marker")) {
      if (keyMarker.isEmpty()) {
        throw S3ErrorException.invalidArgument(
            "version-id-marker",
            versionMarker,
            "A version-id marker cannot be specified without a key marker.");
      }
      if (versionMarker.isEmpty()) {
        throw S3ErrorException.invalidArgument(
            "version-id-marker", "", "A version-id marker cannot be empty.");
      }
      ObjectResolver.requireVersionId(versionMarker);
    }
    Page page = page(request, keyMarker, versionMarker);
    var xml = new StringBuilder("<ListVersionsResult" + Xml.NAMESPACE + ">");
    xml.append(Xml.element("Name", request.bucket()))
        .append(Xml.element("Prefix", Listings.encode(request.query("prefix"), encoded)))
        .append(Xml.element("KeyMarker", Listings.encode(keyMarker, encoded)))
        .append(Xml.element("VersionIdMarker", versionMarker));
    if (page.truncated()) {
      xml.append(Xml.element("NextKeyMarker", Listings.encode(page.lastKey(), encoded)));
      if (!page.lastVersion().isEmpty()) {
        xml.append(Xml.element("NextVersionIdMarker", page.lastVersion()));
      }
    }
    xml.append(Listings.limits(request, encoded))
        .append(Xml.element("IsTruncated", page.truncated()));
    Principal owner = store.owner(request.bucket());
    page.entries().forEach(entry -> xml.append(entry(entry, owner, encoded)));
    page.folders().forEach(folder -> xml.append(Listings.commonPrefix(folder, encoded)));
    return S3Response.xml(xml.append("</ListVersionsResult>").toString());
  }

  private Page page(S3Request request, String keyMarker, String versionMarker) throws IOException {
    String prefix = request.query("prefix");
    String delimiter = request.query("delimiter");
    int max = Math.min(Listings.MAX_KEYS, request.number("max-keys", Listings.MAX_KEYS));
    var entries = new ArrayList<Entry>();
    var folders = new LinkedHashSet<String>();
    String lastKey = "";
    String lastVersion = "";
    String before = "";
    boolean passed = keyMarker.isEmpty();
    for (StoredObject object : store.bucket(request.bucket()).versions(prefix)) {
      boolean latest = !object.key().equals(before);
      before = object.key();
      if (!passed) {
        int order = Utf8Order.INSTANCE.compare(object.key(), keyMarker);
        passed = order > 0 || (order == 0 && object.versionId().equals(versionMarker));
        if (order <= 0) {
          continue;
        }
      }
      String folder = Listings.folder(object.key(), prefix, delimiter);
      if (!folder.isEmpty() && (folder.equals(keyMarker) || folders.contains(folder))) {
        continue;
      }
      if (entries.size() + folders.size() == max) {
        return new Page(entries, folders, lastKey, lastVersion, max > 0);
      }
      if (folder.isEmpty()) {
        entries.add(new Entry(object, latest));
        lastKey = object.key();
        lastVersion = object.versionId();
      } else {
        folders.add(folder);
        lastKey = folder;
        lastVersion = "";
      }
    }
    return new Page(entries, folders, lastKey, lastVersion, false);
  }

  private static String entry(Entry entry, Principal owner, boolean encoded) {
    StoredObject object = entry.object();
    String about =
        Xml.element("Key", Listings.encode(object.key(), encoded))
            + Xml.element("VersionId", object.versionId())
            + Xml.element("IsLatest", entry.latest());
    return object.deleteMarker()
        ? "<DeleteMarker>"
            + about
            + Xml.element("LastModified", S3Dates.xml(object.modified()))
            + S3Elements.who("Owner", owner)
            + "</DeleteMarker>"
        : "<Version>" + about + Listings.entry(object, Optional.of(owner)) + "</Version>";
  }
}
