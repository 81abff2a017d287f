package global.pixell.par.testkit.internal.s3.object;

import global.pixell.par.testkit.internal.auth.ChunkVerifier;
import global.pixell.par.testkit.internal.s3.model.Bucket;
import global.pixell.par.testkit.internal.s3.model.ChecksumAlgorithm;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import global.pixell.par.testkit.internal.s3.model.StoredObject;
import global.pixell.par.testkit.internal.s3.model.StoredObject.StoredChecksum;
import global.pixell.par.testkit.internal.s3.request.AuthorizedRequest;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import global.pixell.par.testkit.internal.s3.request.UploadBody;
import global.pixell.par.testkit.internal.s3.request.UploadBody.ReceivedBody;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** PutObject. */
public final class PutObject {

  private final ObjectStore store;

  public PutObject(ObjectStore store) {
    this.store = store;
  }

  public S3Response put(S3Request request, AuthorizedRequest authorized) throws IOException {
    StoredObject stored = store(request, authorized.chunkVerifier());
    return S3Response.empty(200, headersOfUpload(request, stored));
  }

  /** The headers in the answer to an upload in one piece. */
  Map<String, String> headersOfUpload(S3Request request, StoredObject stored) throws IOException {
    var headers = headers(store.bucket(request.bucket()), stored);
    headers.put("ETag", stored.quotedETag());
    headers.put(stored.checksum().algorithm().header(), stored.checksum().value());
    headers.put("x-amz-checksum-type", stored.checksum().type());
    return headers;
  }

  public StoredObject store(S3Request request, ChunkVerifier chunkVerifier) throws IOException {
    Bucket bucket = store.bucket(request.bucket());
    Metadata metadata = Metadata.of(request);
    Bucket.WriteCondition condition = Preconditions.ofWrite(request);
    ReceivedBody received =
        new UploadBody(request, chunkVerifier).receive(store.bodies(), ChecksumAlgorithm.CRC64NVME);
    return bucket.put(object(request.key(), metadata, received), condition);
  }

  private StoredObject object(String key, Metadata metadata, ReceivedBody received) {
    return StoredObject.builder(key, received.content())
        .eTag(received.md5())
        .modified(store.clock().instant())
        .headers(metadata.headers())
        .tags(metadata.tags())
        .checksum(
            new StoredChecksum(
                received.algorithm(), received.checksum(), false, received.announced()))
        .build();
  }

  /**
   * The headers in the answers of all writes. S3 sends no version id while versioning is suspended.
   */
  public static Map<String, String> headers(Bucket bucket, StoredObject stored) throws IOException {
    var headers = new LinkedHashMap<String, String>();
    headers.put(Metadata.ENCRYPTION, "AES256");
    if (bucket.versioning() == Bucket.Versioning.ENABLED) {
      headers.put("x-amz-version-id", stored.versionId());
    }
    return headers;
  }
}
