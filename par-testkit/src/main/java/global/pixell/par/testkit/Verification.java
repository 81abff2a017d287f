package global.pixell.par.testkit;

import global.pixell.par.testkit.internal.fault.FaultQueue.FaultStatus;
import global.pixell.par.testkit.internal.s3.request.S3Operation;
import global.pixell.par.testkit.internal.text.DidYouMean;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Checks how many requests a {@link FakeS3} has received, failed ones included:
 *
 * <pre>{@code
 * s3.verify(2).getObject("acme/greeter/1.2.0/greeter.apkg");
 * s3.verify(never()).inBucket("packages").putObject("*");
 * }</pre>
 *
 * <p>Keys and prefixes may be patterns, as for {@link FakeS3#onGet}. A failure lists all requests,
 * each with its fault and the verdict of the policies. Every method that checks throws {@link
 * AssertionError} when the number is another one. Immutable.
 */
public final class Verification {

  private static final Set<String> OPERATIONS =
      Arrays.stream(S3Operation.values()).map(S3Operation::title).collect(Collectors.toSet());

  private final Requests requests;
  private final Times expected;
  private final Optional<String> bucket;

  Verification(Requests requests, Times expected, Optional<String> bucket) {
    this.requests = requests;
    this.expected = expected;
    this.bucket = bucket;
  }

  /**
   * Counts only requests for one bucket.
   *
   * @param name its name
   * @return a verification of those requests
   */
  public Verification inBucket(String name) {
    return new Verification(requests, expected, Optional.of(name));
  }

  /**
   * Checks the number of GetObject requests.
   *
   * @param key the key or a pattern
   */
  public void getObject(String key) {
    operation("GetObject", key);
  }

  /**
   * Checks the number of HeadObject requests.
   *
   * @param key the key or a pattern
   */
  public void headObject(String key) {
    operation("HeadObject", key);
  }

  /**
   * Checks the number of PutObject requests. An upload in parts has none; see {@link #operation}.
   *
   * @param key the key or a pattern
   */
  public void putObject(String key) {
    operation("PutObject", key);
  }

  /**
   * Checks the number of CopyObject requests.
   *
   * @param key the key of the copy, or a pattern
   */
  public void copyObject(String key) {
    operation("CopyObject", key);
  }

  /**
   * Checks the number of DeleteObject requests.
   *
   * @param key the key or a pattern
   */
  public void deleteObject(String key) {
    operation("DeleteObject", key);
  }

  /**
   * Checks the number of listings of both versions, ListObjects and ListObjectsV2.
   *
   * @param prefix the whole prefix or a pattern; empty for listings without a prefix
   */
  public void listObjects(String prefix) {
    check(
        "ListObjects with the prefix '" + prefix + "'",
        requests.prefix(prefix).those(request -> request.operation().startsWith("ListObjects")));
  }

  /**
   * Checks the number of requests of an operation of S3, for any key.
   *
   * @param name such as {@code HeadBucket}
   * @throws IllegalArgumentException for an operation that the fake does not have
   */
  public void operation(String name) {
    check(name, requests.operation(known(name)));
  }

  /**
   * Checks the number of requests of an operation of S3.
   *
   * @param name such as {@code UploadPart}
   * @param key the key or a pattern
   * @throws IllegalArgumentException for an operation that the fake does not have
   */
  public void operation(String name, String key) {
    check(name + " " + key, requests.operation(known(name)).key(key), key);
  }

  /** Checks the number of all requests, those for other services included. */
  public void anyRequest() {
    check("any operation", requests);
  }

  /** Checks that there is no fault that no request met. */
  static void faultsUsed(List<FaultStatus> unmet, Requests requests) {
    if (!unmet.isEmpty()) {
      String faults =
          unmet.stream()
              .map(each -> each.target() + ": " + each.fault())
              .collect(Collectors.joining("', nor '"));
      String key = unmet.get(0).target().replaceFirst("^[A-Z]+ ", "").replaceFirst(" in .*$", "");
      throw new AssertionError(
          "no request met the fault '" + faults + "'" + nearest(key, requests) + listed(requests));
    }
  }

  private static String nearest(String key, Requests requests) {
    return DidYouMean.suggestion(
        key, requests.stream().map(RecordedRequest::key).collect(Collectors.toSet()));
  }

  private static String listed(Requests requests) {
    return requests.isEmpty() ? "\nNo request has arrived." : "\nAll requests:\n" + requests;
  }

  /** A misspelt operation would make {@code never()} always succeed. */
  private static String known(String operation) {
    if (!OPERATIONS.contains(operation)) {
      throw new IllegalArgumentException(
          "there is no operation '"
              + operation
              + "'"
              + DidYouMean.suggestion(operation, OPERATIONS));
    }
    return operation;
  }

  private void check(String what, Requests found) {
    check(what, found, "");
  }

  private void check(String what, Requests found, String key) {
    Requests counted = bucket.map(found::inBucket).orElse(found);
    if (expected.includes(counted.size())) {
      return;
    }
    String hint = counted.isEmpty() && !key.isEmpty() ? nearest(key, requests) : "";
    throw new AssertionError(
        what
            + bucket.map(name -> " in " + name).orElse("")
            + ": expected "
            + expected
            + ", but there were "
            + counted.size()
            + hint
            + (requests.isEmpty()
                ? "\nNo request has arrived."
                : "\nAll requests:\n" + marked(counted)));
  }

  /** All requests, those that counted with an arrow. */
  private String marked(Requests counted) {
    // By identity, because two requests may be equal.
    Set<RecordedRequest> arrows = Collections.newSetFromMap(new IdentityHashMap<>());
    arrows.addAll(counted);
    return requests.stream()
        .map(request -> (arrows.contains(request) ? "-> " : "   ") + request)
        .collect(Collectors.joining("\n"));
  }
}
