package global.pixell.par.testkit.internal.s3.object;

import global.pixell.par.testkit.internal.iam.Permission;
import global.pixell.par.testkit.internal.s3.model.Bucket;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import global.pixell.par.testkit.internal.s3.model.StoredObject;
import global.pixell.par.testkit.internal.s3.model.XmlDocument;
import global.pixell.par.testkit.internal.s3.model.XmlSchema;
import global.pixell.par.testkit.internal.s3.model.XmlWriter;
import global.pixell.par.testkit.internal.s3.request.AuthorizedRequest;
import global.pixell.par.testkit.internal.s3.request.S3Operation;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import global.pixell.par.testkit.internal.s3.request.UploadBody;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.w3c.dom.Element;

/** DeleteObject and DeleteObjects. */
public final class DeleteObjects {

  private static final int MAX_KEYS = 1000;

  /** S3 supports the last two elements for directory buckets only. */
  private static final XmlSchema DOCUMENT =
      XmlSchema.of("Quiet")
          .many(
              "Object",
              XmlSchema.of("Key", "VersionId", "ETag").unsupported("LastModifiedTime", "Size"));

  private final ObjectStore store;

  public DeleteObjects(ObjectStore store) {
    this.store = store;
  }

  public S3Response one(S3Request request) throws IOException {
    Bucket bucket = store.bucket(request.bucket());
    Optional<String> versionId = request.versionId();
    if (versionId.isPresent()) {
      S3Request.requireVersionId(versionId.get());
      if (!request.header("If-Match").isEmpty()) {
        // S3 supports the condition for the newest version only, and refuses it for another
        // version.
        throw S3ErrorException.headerNotImplemented("If-Match");
      }
    }
    Deleted deleted = delete(bucket, request.key(), versionId, Preconditions.ofWrite(request));
    var headers = new LinkedHashMap<String, String>();
    if (deleted.marker()) {
      headers.put("x-amz-delete-marker", "true");
    }
    if (!deleted.versionId().isEmpty()) {
      headers.put("x-amz-version-id", deleted.versionId());
    }
    return S3Response.empty(204, headers);
  }

  /**
   * The result of a deletion.
   *
   * @param marker whether a delete marker was added or deleted
   * @param versionId the version id of the marker or of the deleted version; empty in a bucket
   *     without versioning
   */
  private record Deleted(boolean marker, String versionId) {}

  private static Deleted delete(
      Bucket bucket, String key, Optional<String> versionId, Bucket.WriteCondition condition)
      throws IOException {
    boolean versioned = bucket.versioning() != Bucket.Versioning.OFF;
    if (versionId.isEmpty()) {
      return bucket
          .delete(key, condition)
          .map(marker -> new Deleted(true, marker.versionId()))
          .orElse(new Deleted(false, ""));
    }
    Optional<StoredObject> gone = bucket.deleteVersion(key, versionId.get());
    return new Deleted(
        gone.filter(StoredObject::deleteMarker).isPresent(), versioned ? versionId.get() : "");
  }

  /**
   * One entry of DeleteObjects.
   *
   * @param versionId empty for the newest
   * @param eTag the ETag that the object must have; empty for any
   */
  private record Entry(String key, Optional<String> versionId, Optional<String> eTag) {

    static Entry of(Element object) {
      return new Entry(
          XmlDocument.text(object, "Key"), text(object, "VersionId"), text(object, "ETag"));
    }

    private static Optional<String> text(Element object, String name) {
      return Optional.of(XmlDocument.text(object, name)).filter(text -> !text.isEmpty());
    }
  }

  public S3Response many(S3Request request, AuthorizedRequest authorized) throws IOException {
    Bucket bucket = store.bucket(request.bucket());
    var incoming = new UploadBody(request, authorized.chunkVerifier());
    if (!incoming.isProtected()) {
      throw new S3ErrorException(
          400, "InvalidRequest", "Missing required header for this request: Content-MD5");
    }
    Element root = XmlDocument.root(incoming.document(store.bodies()), "Delete", DOCUMENT);
    List<Entry> entries = XmlDocument.children(root, "Object").stream().map(Entry::of).toList();
    boolean keyless = entries.stream().anyMatch(entry -> entry.key().isEmpty());
    if (entries.isEmpty() || entries.size() > MAX_KEYS || keyless) {
      throw S3ErrorException.malformedXml();
    }
    boolean quiet = XmlDocument.text(root, "Quiet").strip().equals("true");
    XmlWriter xml = XmlWriter.document("DeleteResult");
    for (Entry entry : entries) {
      try {
        Deleted deleted = oneOfMany(request.bucket(), bucket, entry, authorized);
        if (!quiet) {
          begin(xml, "Deleted", entry);
          if (deleted.marker()) {
            xml.element("DeleteMarker", true).element("DeleteMarkerVersionId", deleted.versionId());
          }
          xml.close();
        }
      } catch (S3ErrorException failure) {
        begin(xml, "Error", entry)
            .element("Code", failure.code())
            .element("Message", String.valueOf(failure.getMessage()))
            .close();
      }
    }
    return S3Response.xml(xml);
  }

  private static XmlWriter begin(XmlWriter xml, String outcome, Entry entry) {
    return xml.open(outcome)
        .element("Key", entry.key())
        .optional("VersionId", entry.versionId().orElse(""));
  }

  private static Deleted oneOfMany(
      String name, Bucket bucket, Entry entry, AuthorizedRequest authorized) throws IOException {
    Optional<String> versionId = entry.versionId();
    String action = S3Operation.DELETE_OBJECT.action(versionId.isPresent());
    authorized.requirePermission(
        Permission.onObject(action, name, entry.key(), versionId),
        entry.eTag().map(tag -> Map.of("s3:if-match", List.of(tag))).orElse(Map.of()));
    if (entry.eTag().filter(S3Request::namesTag).isPresent()) {
      authorized.requirePermission(
          Permission.onObject("s3:GetObject", name, entry.key(), Optional.empty()));
    }
    if (versionId.isPresent()) {
      S3Request.requireVersionId(versionId.get());
      if (entry.eTag().isPresent()) {
        throw S3ErrorException.notImplemented("ETag together with VersionId");
      }
    }
    Bucket.WriteCondition condition =
        entry
            .eTag()
            .map(tag -> Preconditions.ifMatch(tag, entry.key()))
            .orElse(Bucket.WriteCondition.NONE);
    return delete(bucket, entry.key(), versionId, condition);
  }
}
