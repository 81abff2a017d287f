package global.pixell.par.testkit.internal.s3.object;

import global.pixell.par.testkit.internal.iam.Permission;
import global.pixell.par.testkit.internal.s3.model.Bucket;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import global.pixell.par.testkit.internal.s3.model.StoredObject;
import global.pixell.par.testkit.internal.s3.request.AuthorizedRequest;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import global.pixell.par.testkit.internal.s3.request.Tags;
import global.pixell.par.testkit.internal.s3.request.UploadBody;
import java.io.IOException;
import java.util.Map;

/** GetObjectTagging, PutObjectTagging and DeleteObjectTagging. */
public final class ObjectTagging {

  private final ObjectStore store;

  public ObjectTagging(ObjectStore store) {
    this.store = store;
  }

  public S3Response get(S3Request request) throws IOException {
    Bucket bucket = store.bucket(request.bucket());
    StoredObject object = ObjectResolver.object(bucket, request.key(), request.versionId());
    return S3Response.xml(200, version(bucket, object), Tags.ofHeader(object.tags()).document());
  }

  /**
   * Checks the permission itself, after reading the tags, because the permission may depend on
   * them.
   */
  public S3Response put(S3Request request, AuthorizedRequest authorized) throws IOException {
    Permission permission =
        Permission.onObject(
            request.operation().action(request.versionId().isPresent()),
            request.bucket(),
            request.key(),
            request.versionId());
    Tags tags;
    try {
      byte[] document =
          new UploadBody(request, authorized.chunkVerifier()).document(store.bodies());
      tags = Tags.ofDocument(document, Tags.Owner.OBJECT);
    } catch (S3ErrorException malformed) {
      authorized.requirePermission(permission);
      throw malformed;
    }
    authorized.requirePermission(permission, tags.conditionKeys());
    return S3Response.empty(200, replace(request, tags.text()));
  }

  public S3Response delete(S3Request request) throws IOException {
    return S3Response.empty(204, replace(request, ""));
  }

  private Map<String, String> replace(S3Request request, String tags) throws IOException {
    Bucket bucket = store.bucket(request.bucket());
    StoredObject object = ObjectResolver.object(bucket, request.key(), request.versionId());
    bucket.tag(request.key(), object.versionId(), tags);
    return version(bucket, object);
  }

  private static Map<String, String> version(Bucket bucket, StoredObject object)
      throws IOException {
    return bucket.versioning() == Bucket.Versioning.OFF
        ? Map.of()
        : Map.of("x-amz-version-id", object.versionId());
  }
}
