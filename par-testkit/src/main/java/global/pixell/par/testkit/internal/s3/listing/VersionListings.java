package global.pixell.par.testkit.internal.s3.listing;

import global.pixell.par.testkit.internal.http.S3Dates;
import global.pixell.par.testkit.internal.iam.Principal;
import global.pixell.par.testkit.internal.s3.listing.Pager.Page;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import global.pixell.par.testkit.internal.s3.model.S3Elements;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import global.pixell.par.testkit.internal.s3.model.StoredObject;
import global.pixell.par.testkit.internal.s3.model.Utf8Order;
import global.pixell.par.testkit.internal.s3.model.XmlWriter;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** ListObjectVersions. */
public final class VersionListings {

  private final ObjectStore store;

  public VersionListings(ObjectStore store) {
    this.store = store;
  }

  private record Version(StoredObject object, boolean latest) {
    String key() {
      return object.key();
    }
  }

  public S3Response list(S3Request request) throws IOException {
    Pager pager = Pager.of(request, "max-keys");
    String keyMarker = request.query("key-marker");
    String versionMarker = versionMarker(request, keyMarker);
    List<Version> after =
        after(store.bucket(request.bucket()).versions(pager.prefix()), keyMarker, versionMarker);
    Page<Version> page = pager.page(after, Version::key, keyMarker);
    XmlWriter xml =
        XmlWriter.document("ListVersionsResult")
            .element("Name", request.bucket())
            .element("Prefix", pager.encode(pager.prefix()))
            .element("KeyMarker", pager.encode(keyMarker))
            .element("VersionIdMarker", versionMarker);
    if (page.truncated()) {
      xml.element("NextKeyMarker", pager.encode(page.lastKey()));
      page.lastItem()
          .ifPresent(last -> xml.element("NextVersionIdMarker", last.object().versionId()));
    }
    xml.element("MaxKeys", pager.max());
    pager.delimiterAndEncoding(xml);
    xml.element("IsTruncated", page.truncated());
    Principal owner = store.owner(request.bucket());
    page.items().forEach(version -> write(xml, version, owner, pager));
    pager.commonPrefixes(xml, page);
    return S3Response.xml(xml);
  }

  private static String versionMarker(S3Request request, String keyMarker) throws S3ErrorException {
    String marker = request.query("version-id-marker");
    if (request.hasQuery("version-id-marker")) {
      if (keyMarker.isEmpty()) {
        throw S3ErrorException.invalidArgument(
            "version-id-marker",
            marker,
            "A version-id marker cannot be specified without a key marker.");
      }
      if (marker.isEmpty()) {
        throw S3ErrorException.invalidArgument(
            "version-id-marker", "", "A version-id marker cannot be empty.");
      }
      S3Request.requireVersionId(marker);
    }
    return marker;
  }

  /** Versions of the marker's key follow only if the marker names one of them. */
  private static List<Version> after(
      List<StoredObject> all, String keyMarker, String versionMarker) {
    var after = new ArrayList<Version>();
    boolean passed = keyMarker.isEmpty();
    String before = "";
    for (StoredObject object : all) {
      boolean latest = !object.key().equals(before);
      before = object.key();
      int order = passed ? 1 : Utf8Order.INSTANCE.compare(object.key(), keyMarker);
      if (order > 0) {
        after.add(new Version(object, latest));
      }
      passed |= order > 0 || (order == 0 && object.versionId().equals(versionMarker));
    }
    return after;
  }

  private static void write(XmlWriter xml, Version version, Principal owner, Pager pager) {
    StoredObject object = version.object();
    xml.open(object.deleteMarker() ? "DeleteMarker" : "Version")
        .element("Key", pager.encode(object.key()))
        .element("VersionId", object.versionId())
        .element("IsLatest", version.latest());
    if (object.deleteMarker()) {
      xml.element("LastModified", S3Dates.xml(object.modified()));
      S3Elements.principal(xml, "Owner", owner);
    } else {
      S3Elements.object(xml, object, Optional.of(owner));
    }
    xml.close();
  }
}
