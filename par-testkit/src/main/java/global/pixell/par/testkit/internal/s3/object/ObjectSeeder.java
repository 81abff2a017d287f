package global.pixell.par.testkit.internal.s3.object;

import global.pixell.par.testkit.internal.auth.ChunkVerifier;
import global.pixell.par.testkit.internal.http.HttpRequest;
import global.pixell.par.testkit.internal.s3.model.Bucket;
import global.pixell.par.testkit.internal.s3.model.ChecksumAlgorithm;
import global.pixell.par.testkit.internal.s3.model.Content;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.StoredObject;
import global.pixell.par.testkit.internal.s3.request.S3Operation;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** Puts objects into the store without a request. */
public final class ObjectSeeder {

  private final ObjectStore store;

  public ObjectSeeder(ObjectStore store) {
    this.store = store;
  }

  /** Puts an object as PutObject with these headers would. */
  public StoredObject put(String bucket, String key, byte[] content, Map<String, String> headers)
      throws IOException {
    var all = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    all.putAll(headers);
    all.put("Content-Length", String.valueOf(content.length));
    return put(bucket, key, Content.of(content).open(), all);
  }

  /**
   * Puts an object as PutObject with these headers would.
   *
   * @param headers with {@code Content-Length} or {@code Transfer-Encoding}
   */
  public StoredObject put(
      String bucket, String key, InputStream content, Map<String, String> headers)
      throws IOException {
    var wire = new HttpRequest("PUT", "/", headers, content);
    var request = new S3Request(wire, S3Operation.PUT_OBJECT, bucket, key, Map.of());
    store.createBucket(bucket);
    try {
      return new PutObject(store).store(request, ChunkVerifier.NONE);
    } catch (S3ErrorException failure) {
      throw new IllegalArgumentException(
          failure.code() + ": " + failure.getMessage() + " (" + bucket + "/" + key + ")", failure);
    }
  }

  /** Puts a file. A bucket in memory refers to the file; a bucket that is a folder copies it. */
  public void put(String bucket, String key, Path file) throws IOException {
    Content content = Content.of(file, Files.size(file));
    StoredObject object =
        StoredObject.whole(key, content, ChecksumAlgorithm.CRC64NVME, false)
            .modified(store.clock().instant())
            .build();
    store.createBucket(bucket).put(object, Bucket.WriteCondition.NONE);
  }
}
