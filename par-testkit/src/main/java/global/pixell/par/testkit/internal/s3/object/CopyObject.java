package global.pixell.par.testkit.internal.s3.object;

import global.pixell.par.testkit.internal.http.S3Dates;
import global.pixell.par.testkit.internal.http.UriEncoding;
import global.pixell.par.testkit.internal.iam.Permission;
import global.pixell.par.testkit.internal.s3.model.Bucket;
import global.pixell.par.testkit.internal.s3.model.ChecksumAlgorithm;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import global.pixell.par.testkit.internal.s3.model.S3Elements;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import global.pixell.par.testkit.internal.s3.model.StoredObject;
import global.pixell.par.testkit.internal.s3.model.XmlWriter;
import global.pixell.par.testkit.internal.s3.request.AuthorizedRequest;
import global.pixell.par.testkit.internal.s3.request.S3Operation;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** CopyObject. */
public final class CopyObject {

  private static final String SOURCE = "x-amz-copy-source";

  private final ObjectStore store;

  public CopyObject(ObjectStore store) {
    this.store = store;
  }

  /**
   * The source of a copy.
   *
   * @param versionId the version in the request
   * @param versioned whether its bucket has versioning
   */
  public record Source(
      StoredObject object, String bucket, Optional<String> versionId, boolean versioned) {}

  /**
   * Finds the source of a copy, and checks the caller's permission and the preconditions.
   *
   * @throws S3ErrorException when the source cannot be copied
   */
  public static Source source(S3Request request, AuthorizedRequest authorized, ObjectStore store)
      throws IOException {
    String header = request.header(SOURCE);
    int mark = header.indexOf("?versionId=");
    Optional<String> versionId =
        mark < 0 ? Optional.empty() : Optional.of(header.substring(mark + 11));
    String path = mark < 0 ? header : header.substring(0, mark);
    if (path.contains("?")) {
      throw invalid(header);
    }
    String name = UriEncoding.decodeForm(path).orElseThrow(() -> invalid(header));
    name = name.startsWith("/") ? name.substring(1) : name;
    int slash = name.indexOf('/');
    if (slash <= 0 || slash == name.length() - 1) {
      throw invalid(header);
    }
    String bucketName = name.substring(0, slash);
    String key = name.substring(slash + 1);
    authorized.requirePermission(
        Permission.onObject(
            S3Operation.GET_OBJECT.action(versionId.isPresent()), bucketName, key, versionId));
    Bucket bucket = store.bucket(bucketName);
    StoredObject object;
    try {
      object = ObjectResolver.object(bucket, key, versionId);
    } catch (S3ErrorException failure) {
      throw failure.code().equals("NoSuchKey")
          ? authorized.notFoundOrDenied(request.about(bucketName, key), failure)
          : failure;
    }
    Preconditions.requireOfSource(request, object, store.clock().instant());
    return new Source(object, bucketName, versionId, bucket.versioning() != Bucket.Versioning.OFF);
  }

  private static S3ErrorException invalid(String header) {
    return S3ErrorException.invalidArgument(
        SOURCE,
        header,
        "Copy Source must mention the source bucket and key: sourcebucket/sourcekey");
  }

  public S3Response copy(S3Request request, AuthorizedRequest authorized) throws IOException {
    Bucket bucket = store.bucket(request.bucket());
    boolean newMetadata = replaces(request, "metadata");
    boolean newTags = replaces(request, "tagging");
    Metadata metadata = Metadata.of(request);
    Bucket.WriteCondition condition = Preconditions.ofWrite(request);
    Source source = source(request, authorized, store);
    StoredObject from = source.object();
    if (!newTags && !from.tags().isEmpty()) {
      requireTagPermissions(request, source, authorized);
    }
    boolean toItself =
        source.bucket().equals(request.bucket())
            && from.key().equals(request.key())
            && !request.header(SOURCE).contains("?versionId=");
    boolean changes =
        newMetadata
            || !request.header("x-amz-storage-class").isEmpty()
            || !request.header(Metadata.ENCRYPTION).isEmpty()
            || !request.header("x-amz-website-redirect-location").isEmpty();
    if (toItself && !changes) {
      throw new S3ErrorException(
          400,
          "InvalidRequest",
          "This copy request is illegal because it is trying to copy an object to itself without"
              + " changing the object's metadata, storage class, website redirect location or"
              + " encryption attributes.");
    }
    StoredObject made =
        made(
            request,
            from,
            new Metadata(
                newMetadata ? metadata.headers() : kept(from, metadata),
                newTags ? metadata.tags() : from.tags()));
    StoredObject stored = bucket.put(made, condition);
    var headers = PutObject.headers(bucket, stored);
    if (source.versioned()) {
      headers.put("x-amz-copy-source-version-id", from.versionId());
    }
    XmlWriter xml =
        XmlWriter.document("CopyObjectResult")
            .element("LastModified", S3Dates.xml(stored.modified()))
            .element("ETag", stored.quotedETag());
    S3Elements.checksum(xml, stored.checksum());
    return S3Response.xml(200, headers, xml);
  }

  /** Copying tags needs permission to read those of the source and to write those of the target. */
  private static void requireTagPermissions(
      S3Request request, Source source, AuthorizedRequest authorized) throws S3ErrorException {
    authorized.requirePermission(
        Permission.onObject(
            S3Operation.GET_OBJECT_TAGGING.action(source.versionId().isPresent()),
            source.bucket(),
            source.object().key(),
            source.versionId()));
    authorized.requirePermission(
        Permission.onObject(
            "s3:PutObjectTagging", request.bucket(), request.key(), Optional.empty()));
  }

  /**
   * The headers of the copy: those of the source, but storage class and redirect come from the
   * request.
   */
  private static Map<String, String> kept(StoredObject from, Metadata requested) {
    var kept = new LinkedHashMap<>(from.headers());
    for (String name : List.of("x-amz-storage-class", "x-amz-website-redirect-location")) {
      kept.remove(name);
      if (requested.headers().containsKey(name)) {
        kept.put(name, requested.headers().getOrDefault(name, ""));
      }
    }
    return kept;
  }

  private static boolean replaces(S3Request request, String what) throws S3ErrorException {
    String name = "x-amz-" + what + "-directive";
    String directive = request.header(name);
    if (!List.of("", "COPY", "REPLACE").contains(directive)) {
      throw S3ErrorException.invalidArgument(name, directive, "Unknown " + what + " directive.");
    }
    return directive.equals("REPLACE");
  }

  /**
   * A copy is one piece: ETag and checksum cover the whole, even if the source was uploaded in
   * parts.
   */
  private StoredObject made(S3Request request, StoredObject from, Metadata metadata)
      throws IOException {
    Optional<ChecksumAlgorithm> requested =
        ChecksumAlgorithm.named(request.header("x-amz-checksum-algorithm"));
    ChecksumAlgorithm algorithm = requested.orElse(from.checksum().algorithm());
    boolean explicit = requested.isPresent() || from.checksum().explicit();
    return StoredObject.whole(request.key(), from.content(), algorithm, explicit)
        .modified(store.clock().instant())
        .headers(metadata.headers())
        .tags(metadata.tags())
        .build();
  }
}
