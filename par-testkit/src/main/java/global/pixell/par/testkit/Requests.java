package global.pixell.par.testkit;

import global.pixell.par.testkit.internal.text.Glob;
import java.util.AbstractList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Requests to a {@link FakeS3}, oldest first. The methods that narrow return new lists, so they can
 * be chained:
 *
 * <pre>{@code
 * assertThat(s3.requests().operation("GetObject").key("acme/*").withFault()).hasSize(2);
 * }</pre>
 *
 * <p>A snapshot, unmodifiable. Printed, each request is one line with its fault and its verdict.
 */
public final class Requests extends AbstractList<RecordedRequest> {

  private final List<RecordedRequest> requests;

  Requests(List<RecordedRequest> requests) {
    this.requests = List.copyOf(requests);
  }

  @Override
  public RecordedRequest get(int index) {
    return requests.get(index);
  }

  @Override
  public int size() {
    return requests.size();
  }

  /**
   * Those of an operation.
   *
   * @param name such as {@code GetObject}, or {@code ListTasks} of another service
   * @return the requests of that operation
   */
  public Requests operation(String name) {
    return those(request -> request.operation().equals(name));
  }

  /**
   * Those for a bucket.
   *
   * @param name its name
   * @return the requests for that bucket
   */
  public Requests inBucket(String name) {
    return those(request -> request.bucket().equals(name));
  }

  /**
   * Those for a key.
   *
   * @param key the key or a pattern, as for {@link FakeS3#onGet}
   * @return the requests for those keys
   */
  public Requests key(String key) {
    Glob pattern = Glob.of(key);
    return those(request -> pattern.matches(request.key()));
  }

  /**
   * Those of listings with a prefix.
   *
   * @param prefix the whole prefix or a pattern, as for {@link FakeS3#onList}
   * @return the listings with those prefixes
   */
  public Requests prefix(String prefix) {
    Glob pattern = Glob.of(prefix);
    return those(request -> request.isListing() && pattern.matches(request.prefix()));
  }

  /**
   * Those that met a fault.
   *
   * @return the requests with a fault
   */
  public Requests withFault() {
    return those(request -> !request.fault().isEmpty());
  }

  /**
   * Those that the policies denied.
   *
   * @return the requests that lacked at least one permission
   */
  public Requests denied() {
    return those(request -> request.accesses().stream().anyMatch(access -> !access.allowed()));
  }

  Requests those(Predicate<RecordedRequest> wanted) {
    return new Requests(requests.stream().filter(wanted).toList());
  }

  /** One line for each request. */
  @Override
  public String toString() {
    return requests.stream().map(RecordedRequest::toString).collect(Collectors.joining("\n"));
  }
}
