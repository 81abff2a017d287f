package global.pixell.par.testkit.internal.fault;

import global.pixell.par.testkit.internal.s3.request.S3Operation;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import global.pixell.par.testkit.internal.text.Glob;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The requests that a fault script applies to. Keys and prefixes are patterns, see {@link Glob}.
 *
 * @param title such as {@code GET a/b.apkg}, for messages
 */
public record FaultTarget(String title, Predicate<S3Request> matches) {

  private static final Set<S3Operation> UPLOADS =
      Set.of(S3Operation.PUT_OBJECT, S3Operation.UPLOAD_PART);
  private static final Set<S3Operation> LISTINGS =
      Set.of(S3Operation.LIST_OBJECTS, S3Operation.LIST_OBJECTS_V2);

  public static FaultTarget get(String key) {
    return ofKey("GET", Set.of(S3Operation.GET_OBJECT), key);
  }

  public static FaultTarget head(String key) {
    return ofKey("HEAD", Set.of(S3Operation.HEAD_OBJECT), key);
  }

  public static FaultTarget put(String key) {
    return ofKey("PUT", UPLOADS, key);
  }

  private static FaultTarget ofKey(String word, Set<S3Operation> operations, String key) {
    Glob pattern = Glob.of(key);
    return new FaultTarget(
        word + " " + key,
        request -> operations.contains(request.operation()) && pattern.matches(request.key()));
  }

  /** Listings whose whole prefix matches. */
  public static FaultTarget list(String prefix) {
    Glob pattern = Glob.of(prefix);
    return new FaultTarget(
        "LIST " + prefix,
        request ->
            LISTINGS.contains(request.operation()) && pattern.matches(request.query("prefix")));
  }

  public static FaultTarget any() {
    return new FaultTarget("ANY", request -> true);
  }

  /** Those of these requests that are for one bucket. */
  public FaultTarget inBucket(String bucket) {
    return new FaultTarget(
        title + " in " + bucket, matches.and(request -> request.bucket().equals(bucket)));
  }
}
