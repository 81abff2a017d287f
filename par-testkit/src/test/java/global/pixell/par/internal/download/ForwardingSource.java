package global.pixell.par.internal.download;

import global.pixell.par.internal.remote.FetchFailure;
import global.pixell.par.internal.remote.ObjectSource;
import java.util.Optional;

/** Another source, whose requests or responses a test changes. */
abstract class ForwardingSource implements ObjectSource {

  private final ObjectSource source;

  ForwardingSource(ObjectSource source) {
    this.source = source;
  }

  /** The same response with another entity tag, and with another way to end it. */
  static Response changed(Response response, Optional<String> eTag, Runnable abort) {
    return new Response(
        response.unchanged(),
        response.partial(),
        response.start(),
        response.total(),
        eTag,
        response.versionId(),
        response.checksums(),
        response.body(),
        abort);
  }

  @Override
  public String address() {
    return source.address();
  }

  @Override
  public Response get(RangeRequest request) throws FetchFailure {
    return source.get(request);
  }

  @Override
  public FetchFailure broken(Exception cause) {
    return source.broken(cause);
  }

  @Override
  public void abort() {
    source.abort();
  }
}
