package global.pixell.par.testkit.internal.s3;

import global.pixell.par.testkit.internal.iam.Permission;
import global.pixell.par.testkit.internal.s3.model.Bucket;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import global.pixell.par.testkit.internal.s3.model.StoredObject;
import global.pixell.par.testkit.internal.s3.model.XmlDocument;
import global.pixell.par.testkit.internal.s3.model.XmlWriter;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.w3c.dom.Element;

/** DeleteObject and DeleteObjects. */
final class DeleteObjects {

  private static final int MAX_KEYS = 1000;

  private final ObjectStore store;

  DeleteObjects(ObjectStore store) {
    this.store = store;
  }

  S3Response one(S3Request request) throws IOException {
    Bucket bucket = store.bucket(request.bucket());
    Optional<String> versionId = request.versionId();
    if (versionId.isPresent()) {
      ObjectResolver.requireVersionId(versionId.get());
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
   * @param versionId of the marker or of the deleted version; empty in a bucket without versioning
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

  S3Response many(S3Request request, AuthorizedRequest authorized) throws IOException {
    Bucket bucket = store.bucket(request.bucket());
    var incoming = new UploadBody(request, authorized.chunkVerifier());
    if (!incoming.isProtected()) {
      throw new S3ErrorException(
          400, "InvalidRequest", "Missing required header for this request: Content-MD5");
    }
    Element root = XmlDocument.root(incoming.document(store.bodies()), "Delete");
    List<Element> objects = XmlDocument.children(root, "Object");
    boolean keyless =
        objects.stream().anyMatch(object -> XmlDocument.text(object, "Key").isEmpty());
    if (objects.isEmpty() || objects.size() > MAX_KEYS || keyless) {
      throw S3ErrorException.malformedXml();
    }
    boolean quiet = XmlDocument.text(root, "Quiet").strip().equals("true");
    XmlWriter xml = XmlWriter.document("DeleteResult");
    for (Element object : objects) {
      String key = XmlDocument.text(object, "Key");
      String versionId = XmlDocument.text(object, "VersionId");
      try {
        Deleted deleted = oneOfMany(request, bucket, key, versionId, authorized);
        if (!quiet) {
          xml.open("Deleted").element("Key", key).optional("VersionId", versionId);
          if (deleted.marker()) {
            xml.element("DeleteMarker", true).element("DeleteMarkerVersionId", deleted.versionId());
          }
          xml.close();
        }
      } catch (S3ErrorException failure) {
        xml.open("Error")
            .element("Key", key)
            .optional("VersionId", versionId)
            .element("Code", failure.code())
            .element("Message", String.valueOf(failure.getMessage()))
            .close();
      }
    }
    return S3Response.xml(xml);
  }

  private static Deleted oneOfMany(
      S3Request request, Bucket bucket, String key, String version, AuthorizedRequest authorized)
      throws IOException {
    Optional<String> versionId = Optional.of(version).filter(id -> !id.isEmpty());
    authorized.requirePermission(
        Permission.onObject(
            S3Operation.DELETE_OBJECT.action(versionId.isPresent()),
            request.bucket(),
            key,
            versionId));
    if (versionId.isPresent()) {
      ObjectResolver.requireVersionId(versionId.get());
    }
    return delete(bucket, key, versionId, Bucket.WriteCondition.NONE);
  }
}
