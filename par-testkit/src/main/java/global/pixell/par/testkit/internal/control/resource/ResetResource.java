package global.pixell.par.testkit.internal.control.resource;

import global.pixell.par.testkit.internal.control.context.ControlContext;
import global.pixell.par.testkit.internal.control.context.StubsView;
import global.pixell.par.testkit.internal.control.http.ControlException;
import global.pixell.par.testkit.internal.control.http.ControlRequest;
import global.pixell.par.testkit.internal.control.http.ControlResponse;
import global.pixell.par.testkit.internal.control.http.Members;
import global.pixell.par.testkit.internal.server.FakeServer;
import global.pixell.par.testkit.internal.text.DidYouMean;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@code /_par/reset}: back to a fake as it starts. */
public final class ResetResource {

  private final ControlContext context;
  private final Map<String, Runnable> parts = new LinkedHashMap<>();

  public ResetResource(FakeServer server, ControlContext context) {
    this.context = context;
    parts.put("objects", server::resetObjects);
    parts.put("requests", server.journal()::clear);
    parts.put("faults", server.faults()::clear);
    parts.put("clock", context.clock()::reset);
    parts.put("network", server::resetNetwork);
    parts.put("stubs", () -> context.attachments().stubs().ifPresent(StubsView::reset));
  }

  public ControlResponse post(ControlRequest request) throws IOException, ControlException {
    request.requirePath(1);
    request.requireOnly();
    List<String> named = new Members(request.json("what")).texts("what");
    Set<String> what = named == null ? parts.keySet() : new LinkedHashSet<>(named);
    for (String name : what) {
      if (!parts.containsKey(name)) {
        throw ControlException.badRequest(
            "'" + name + "' cannot be reset" + DidYouMean.suggestion(name, parts.keySet()) + ".",
            "Name some of " + String.join(", ", parts.keySet()) + ".");
      }
    }
    if (named != null && what.contains("objects") && context.directory().isPresent()) {
      throw new ControlException(
          409,
          "The objects are the files of " + context.directory().get() + ", which are not deleted.",
          "Name the other parts, or delete the objects over S3.");
    }
    parts.forEach(
        (name, reset) -> {
          if (what.contains(name)) {
            reset.run();
          }
        });
    List<String> done = List.copyOf(what);
    context.events().publish("reset", () -> Map.of("what", done));
    return ControlResponse.noContent();
  }
}
