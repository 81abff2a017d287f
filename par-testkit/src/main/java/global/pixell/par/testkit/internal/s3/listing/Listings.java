package global.pixell.par.testkit.internal.s3.listing;

import global.pixell.par.testkit.internal.iam.Principal;
import global.pixell.par.testkit.internal.s3.listing.Pager.Page;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import global.pixell.par.testkit.internal.s3.model.S3Elements;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import global.pixell.par.testkit.internal.s3.model.StoredObject;
import global.pixell.par.testkit.internal.s3.model.XmlWriter;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import java.io.IOException;
import java.util.Optional;

/** ListObjects in both versions. */
public final class Listings {

  private final ObjectStore store;

  public Listings(ObjectStore store) {
    this.store = store;
  }

  public S3Response v1(S3Request request) throws IOException {
    Pager pager = Pager.of(request, "max-keys");
    String marker = request.query("marker");
    Page<StoredObject> page = page(request, pager, marker);
    XmlWriter xml = begin(request, pager).element("Marker", pager.encode(marker));
    if (page.truncated() && !pager.delimiter().isEmpty()) {
      xml.element("NextMarker", pager.encode(page.lastKey()));
    }
    return end(xml, pager, page, Optional.of(store.owner(request.bucket())));
  }

  public S3Response v2(S3Request request) throws IOException {
    Pager pager = Pager.of(request, "max-keys");
    String bucket = request.bucket();
    String startAfter = request.query("start-after");
    String last = ContinuationToken.decode(bucket, request);
    Page<StoredObject> page = page(request, pager, last.isEmpty() ? startAfter : last);
    XmlWriter xml =
        begin(request, pager)
            .optional("StartAfter", pager.encode(startAfter))
            .optional("ContinuationToken", request.query("continuation-token"))
            .optional(
                "NextContinuationToken",
                page.truncated() ? ContinuationToken.encode(bucket, page.lastKey()) : "")
            .element("KeyCount", page.count());
    Optional<Principal> owner =
        Optional.of(store.owner(request.bucket()))
            .filter(each -> request.query("fetch-owner").equals("true"));
    return end(xml, pager, page, owner);
  }

  private Page<StoredObject> page(S3Request request, Pager pager, String after) throws IOException {
    Iterable<StoredObject> objects = store.bucket(request.bucket()).current(pager.prefix(), after);
    return pager.page(objects, StoredObject::key, after);
  }

  private static XmlWriter begin(S3Request request, Pager pager) {
    return XmlWriter.document("ListBucketResult")
        .element("Name", request.bucket())
        .element("Prefix", pager.encode(pager.prefix()));
  }

  private static S3Response end(
      XmlWriter xml, Pager pager, Page<StoredObject> page, Optional<Principal> owner) {
    xml.element("MaxKeys", pager.max());
    pager.delimiterAndEncoding(xml);
    xml.element("IsTruncated", page.truncated());
    for (StoredObject object : page.items()) {
      xml.open("Contents").element("Key", pager.encode(object.key()));
      S3Elements.object(xml, object, owner);
      xml.close();
    }
    pager.commonPrefixes(xml, page);
    return S3Response.xml(xml);
  }
}
