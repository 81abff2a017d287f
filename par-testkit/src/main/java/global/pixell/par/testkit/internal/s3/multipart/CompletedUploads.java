package global.pixell.par.testkit.internal.s3.multipart;

import global.pixell.par.testkit.internal.s3.model.S3Response;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The answers to completed uploads, for clients that did not receive their answer and repeat the
 * request. Keeps the newest 1,000. Thread-safe.
 */
final class CompletedUploads {

  private static final int CAPACITY = 1000;

  /**
   * One completed upload.
   *
   * @param parts part numbers and ETags, as the client listed them
   */
  private record Completed(String bucket, String key, List<String> parts, S3Response answer) {

    boolean answers(S3Request request, List<String> listed) {
      return bucket.equals(request.bucket()) && key.equals(request.key()) && parts.equals(listed);
    }
  }

  /** The uploads by id, oldest first. */
  private final Map<String, Completed> byId =
      Collections.synchronizedMap(
          new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Completed> eldest) {
              return size() > CAPACITY;
            }
          });

  /** The answer to an earlier equal request; empty without one. */
  Optional<S3Response> answer(S3Request request, List<String> parts) {
    return Optional.ofNullable(byId.get(request.query("uploadId")))
        .filter(completed -> completed.answers(request, parts))
        .map(Completed::answer);
  }

  void add(S3Request request, List<String> parts, S3Response answer) {
    byId.put(
        request.query("uploadId"), new Completed(request.bucket(), request.key(), parts, answer));
  }

  /** Removes the uploads of a deleted bucket. */
  void removeAll(String bucket) {
    byId.values().removeIf(completed -> completed.bucket().equals(bucket));
  }
}
