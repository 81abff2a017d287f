package global.pixell.par.testkit.cli.serve;

import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.internal.control.context.Attachments;
import global.pixell.par.testkit.internal.control.context.StubsView;
import global.pixell.par.testkit.internal.stub.StubServer;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Shows the stubs of a command in the control API of its fake. */
public final class StubsControl implements StubsView {

  private final StubServer server;

  private StubsControl(StubServer server) {
    this.server = server;
  }

  /** Attaches the stubs to a fake, if there are any. */
  public static void attach(FakeS3 s3, Stubs stubs) {
    stubs.server().ifPresent(server -> Attachments.of(s3).addStubs(new StubsControl(server)));
  }

  @Override
  public URI url() {
    return URI.create(server.baseUrl());
  }

  @Override
  public int mappings() {
    return server.mappings();
  }

  @Override
  public List<Map<String, ?>> unmatched() {
    var calls = new ArrayList<Map<String, ?>>();
    for (StubServer.UnmatchedCall call : server.unmatched()) {
      var fields = new LinkedHashMap<String, Object>();
      fields.put("method", call.method());
      fields.put("url", call.url());
      fields.put("near_misses", call.closest().isEmpty() ? List.of() : List.of(call.closest()));
      calls.add(fields);
    }
    return calls;
  }

  @Override
  public void resetRequests() {
    server.resetRequests();
  }

  @Override
  public void reset() {
    server.reset();
  }
}
