package global.pixell.par.internal.fetch;

import global.pixell.par.PackageRef;
import global.pixell.par.internal.remote.FetchFailure;
import global.pixell.par.internal.remote.InterruptibleRequests;
import global.pixell.par.internal.remote.ObjectSource;
import java.util.Optional;

/**
 * A source whose requests do not hold up the thread of the call: an interrupt ends its wait at
 * once. Download threads, which nobody waits for, make their requests themselves.
 */
final class InterruptibleSource implements ObjectSource {

  private final ObjectSource source;
  private final InterruptibleRequests requests = new InterruptibleRequests();
  private final Thread caller = Thread.currentThread();

  InterruptibleSource(ObjectSource source) {
    this.source = source;
  }

  @Override
  public String address() {
    return source.address();
  }

  @Override
  public Optional<PackageRef.S3Object> object() {
    return source.object();
  }

  @Override
  public Response get(RangeRequest ask) throws FetchFailure {
    return Thread.currentThread() == caller
        ? requests.run(
            "Reading " + address(),
            () -> source.get(ask),
            source::abort,
            response -> response.abort().run())
        : source.get(ask);
  }

  @Override
  public FetchFailure broken(Exception cause) {
    return source.broken(cause);
  }

  @Override
  public void abort() {
    requests.abort();
    source.abort();
  }
}
