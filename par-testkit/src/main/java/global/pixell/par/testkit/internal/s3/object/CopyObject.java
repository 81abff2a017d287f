package global.pixell.par.testkit.internal.s3.object;

import global.pixell.par.testkit.internal.http.S3Dates;
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

  private final ObjectStore store;

  public CopyObject(ObjectStore store) {
    this.store = store;
  }

  public S3Response copy(S3Request request, AuthorizedRequest authorized) throws IOException {
    Bucket bucket = store.bucket(request.bucket());
    boolean newMetadata = replaces(request, "metadata");
    boolean newTags = replaces(request, "tagging");
    Metadata metadata = Metadata.of(request);
    Bucket.WriteCondition condition = Preconditions.ofWrite(request);
    CopySource source = CopySource.find(request, authorized, store);
    StoredObject from = source.object();
    if (!newTags && !from.tags().isEmpty()) {
      requireTagPermissions(request, source, authorized);
    }
    if (!newMetadata) {
      requireChange(request, source);
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
    headers.putAll(source.headers());
    XmlWriter xml =
        XmlWriter.document("CopyObjectResult")
            .element("LastModified", S3Dates.xml(stored.modified()))
            .element("ETag", stored.quotedETag());
    S3Elements.checksum(xml, stored.checksum());
    return S3Response.xml(200, headers, xml);
  }

  /** S3 copies an object to itself only if that changes something besides its content. */
  private static void requireChange(S3Request request, CopySource source) throws S3ErrorException {
    boolean changes =
        !request.header("x-amz-storage-class").isEmpty()
            || !request.header(Metadata.ENCRYPTION).isEmpty()
            || !request.header("x-amz-website-redirect-location").isEmpty();
    if (source.isNewest(request.bucket(), request.key()) && !changes) {
      throw new S3ErrorException(
          400,
          "InvalidRequest",
          "This copy request is illegal because it is trying to copy an object to itself without"
              + " changing the object's metadata, storage class, website redirect location or"
              + " encryption attributes.");
    }
  }

  /** Copying tags needs permission to read those of the source and to write those of the target. */
  private static void requireTagPermissions(
      S3Request request, CopySource source, AuthorizedRequest authorized) throws S3ErrorException {
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
   * The headers of the copy: those of the source, with storage class and redirect from the request.
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
   * A copy is a single piece: its ETag and checksum cover the whole object, even if the source was
   * uploaded in parts.
   */
  private StoredObject made(S3Request request, StoredObject from, Metadata metadata)
      throws IOException {
    Optional<ChecksumAlgorithm> requested = request.checksumAlgorithm();
    ChecksumAlgorithm algorithm = requested.orElse(from.checksum().algorithm());
    boolean explicit = requested.isPresent() || from.checksum().explicit();
    return StoredObject.whole(request.key(), from.content(), algorithm, explicit)
        .modified(store.clock().instant())
        .headers(metadata.headers())
        .tags(metadata.tags())
        .build();
  }
}
