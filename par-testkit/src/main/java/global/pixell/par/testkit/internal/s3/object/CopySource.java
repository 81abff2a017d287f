package global.pixell.par.testkit.internal.s3.object;

import global.pixell.par.testkit.internal.http.UriEncoding;
import global.pixell.par.testkit.internal.iam.Permission;
import global.pixell.par.testkit.internal.s3.model.Bucket;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.StoredObject;
import global.pixell.par.testkit.internal.s3.request.AuthorizedRequest;
import global.pixell.par.testkit.internal.s3.request.S3Operation;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/**
 * The source of a copy.
 *
 * @param versionId the version in the request; empty for the newest
 * @param versioned whether the source's bucket has versioning
 */
public record CopySource(
    StoredObject object, String bucket, Optional<String> versionId, boolean versioned) {

  private static final String HEADER = "x-amz-copy-source";
  private static final String VERSION = "?versionId=";

  /** The object that the header names. */
  private record Name(String bucket, String key, Optional<String> versionId) {

    static Name parse(String header) throws S3ErrorException {
      int mark = header.indexOf(VERSION);
      String path = mark < 0 ? header : header.substring(0, mark);
      Optional<String> versionId =
          Optional.of(header.substring(path.length()))
              .filter(text -> !text.isEmpty())
              .map(text -> text.substring(VERSION.length()));
      String name =
          UriEncoding.decodeForm(path)
              .filter(decoded -> !path.contains("?"))
              .map(decoded -> decoded.startsWith("/") ? decoded.substring(1) : decoded)
              .orElseThrow(() -> invalid(header));
      int slash = name.indexOf('/');
      if (slash <= 0 || slash == name.length() - 1) {
        throw invalid(header);
      }
      return new Name(name.substring(0, slash), name.substring(slash + 1), versionId);
    }

    private static S3ErrorException invalid(String header) {
      return S3ErrorException.invalidArgument(
          HEADER,
          header,
          "Copy Source must mention the source bucket and key: sourcebucket/sourcekey");
    }
  }

  /**
   * Finds the source of a copy, and checks the caller's permission and the preconditions.
   *
   * @throws S3ErrorException when the source cannot be copied
   */
  public static CopySource find(S3Request request, AuthorizedRequest authorized, ObjectStore store)
      throws IOException {
    Name name = Name.parse(request.header(HEADER));
    Optional<String> versionId = name.versionId();
    authorized.requirePermission(
        Permission.onObject(
            S3Operation.GET_OBJECT.action(versionId.isPresent()),
            name.bucket(),
            name.key(),
            versionId));
    Bucket bucket = store.bucket(name.bucket());
    StoredObject object;
    try {
      object = ObjectResolver.object(bucket, name.key(), versionId);
    } catch (S3ErrorException failure) {
      throw failure.code().equals("NoSuchKey")
          ? authorized.notFoundOrDenied(request.about(name.bucket(), name.key()), failure)
          : failure;
    }
    Preconditions.requireOfSource(request, object, store.clock().instant());
    boolean versioned = bucket.versioning() != Bucket.Versioning.OFF;
    return new CopySource(object, name.bucket(), versionId, versioned);
  }

  /** Whether the source is the newest version of an object. */
  boolean isNewest(String ofBucket, String key) {
    return bucket.equals(ofBucket) && object.key().equals(key) && versionId.isEmpty();
  }

  /** The headers of an answer that name the version. */
  public Map<String, String> headers() {
    return versioned ? Map.of("x-amz-copy-source-version-id", object.versionId()) : Map.of();
  }
}
