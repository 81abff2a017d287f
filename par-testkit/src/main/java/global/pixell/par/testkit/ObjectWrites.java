package global.pixell.par.testkit;

import global.pixell.par.testkit.Incoming.Received;
import global.pixell.par.testkit.StoredObject.StoredChecksum;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** PutObject. */
final class ObjectWrites {

  private final ObjectStore store;

  ObjectWrites(ObjectStore store) {
    this.store = store;
  }

  Answer put(S3Request request, AuthorizedRequest pass) throws IOException {
    StoredObject stored = store(request, pass.chunkVerifier());
    var headers = headers(store.bucket(request.bucket()), stored);
    headers.put("ETag", stored.quotedETag());
    headers.put(stored.checksum().algorithm().header(), stored.checksum().value());
    headers.put("x-amz-checksum-type", stored.checksum().type());
    return Answer.empty(200, headers);
  }

  StoredObject store(S3Request request, ChunkVerifier proof) throws IOException {
    Bucket bucket = store.bucket(request.bucket());
    Metadata metadata = Metadata.of(request);
    Bucket.Condition condition = Conditions.ofWrite(request);
    Received received =
        new Incoming(request, proof).take(store.spool(), ChecksumAlgorithm.CRC64NVME);
    return bucket.put(object(request.key(), metadata, received), condition);
  }

  private StoredObject object(String key, Metadata metadata, Received received) {
    return new StoredObject(
        key,
        received.content(),
        received.md5(),
        store.clock().instant(),
        metadata.headers(),
        metadata.tags(),
        new StoredChecksum(received.algorithm(), received.checksum(), false, received.announced()),
        List.of(),
        StoredObject.NULL_VERSION,
        false);
  }

  /** What the answers of all writes say. */
  static Map<String, String> headers(Bucket bucket, StoredObject stored) throws IOException {
    var headers = new LinkedHashMap<String, String>();
    headers.put(Metadata.ENCRYPTION, "AES256");
    if (bucket.versioning() != Bucket.Versioning.OFF) {
      headers.put("x-amz-version-id", stored.versionId());
    }
    return headers;
  }
}
