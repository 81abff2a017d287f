package global.pixell.par.testkit.internal.s3.object;

import global.pixell.par.testkit.internal.http.S3Dates;
import global.pixell.par.testkit.internal.s3.model.Bucket;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.StoredObject;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import java.io.IOException;
import java.util.Optional;

/** Finds the object or version of a request, or throws S3's error. */
public final class ObjectResolver {

  private ObjectResolver() {}

  /**
   * The newest version of an object, or the given one.
   *
   * @param versionId empty for the newest
   * @throws S3ErrorException 404 or 405
   */
  public static StoredObject object(Bucket bucket, String key, Optional<String> versionId)
      throws IOException {
    if (versionId.isPresent()) {
      return version(bucket, key, versionId.get());
    }
    StoredObject newest = bucket.newest(key).orElseThrow(() -> S3ErrorException.noSuchKey(key));
    if (newest.deleteMarker()) {
      throw S3ErrorException.noSuchKey(key)
          .with("x-amz-delete-marker", "true")
          .with("x-amz-version-id", newest.versionId());
    }
    return newest;
  }

  private static StoredObject version(Bucket bucket, String key, String versionId)
      throws IOException {
    S3Request.requireVersionId(versionId);
    StoredObject object =
        bucket
            .version(key, versionId)
            .orElseThrow(
                () ->
                    new S3ErrorException(
                            404, "NoSuchVersion", "The specified version does not exist.")
                        .detail("Key", key)
                        .detail("VersionId", versionId));
    if (object.deleteMarker()) {
      throw S3ErrorException.methodNotAllowed("GET", "DeleteMarker", "DELETE")
          .with("x-amz-delete-marker", "true")
          .with("x-amz-version-id", versionId)
          .with("Last-Modified", S3Dates.http(object.modified()));
    }
    return object;
  }
}
