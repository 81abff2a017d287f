package global.pixell.par.testkit.internal.control.resource;

import global.pixell.par.testkit.internal.control.event.EventLog;
import global.pixell.par.testkit.internal.control.http.ControlException;
import global.pixell.par.testkit.internal.control.http.ControlRequest;
import global.pixell.par.testkit.internal.control.http.ControlResponse;
import global.pixell.par.testkit.internal.control.http.Members;
import global.pixell.par.testkit.internal.fault.FaultQueue;
import global.pixell.par.testkit.internal.fault.FaultQueue.FaultStatus;
import global.pixell.par.testkit.internal.fault.FaultSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code /_par/faults}: the injected faults, in the words of {@code --fault}. */
public final class FaultsResource {

  private static final String SYNTAX =
      "Write TARGET[:HOW OFTEN]:WHAT, such as GET:acme/*:2x:slow-down; GET /_par/faults/words lists"
          + " the words.";

  private final FaultQueue faults;
  private final EventLog events;

  public FaultsResource(FaultQueue faults, EventLog events) {
    this.faults = faults;
    this.events = events;
  }

  public ControlResponse get(ControlRequest request) throws ControlException {
    request.requireOnly();
    request.requirePath(2);
    if (request.segment(1).equals("words")) {
      var words = new LinkedHashMap<String, Object>();
      words.put("words", FaultSpec.words());
      words.put("help", FaultSpec.HELP);
      return ControlResponse.json(words);
    }
    if (request.path().size() > 1) {
      FaultStatus fault = find(request.segment(1));
      return ControlResponse.json(fields(fault));
    }
    return ControlResponse.json(list(faults.statuses()));
  }

  public ControlResponse post(ControlRequest request) throws IOException, ControlException {
    request.requireOnly();
    request.requirePath(1);
    String spec = new Members(request.json("spec")).text("spec");
    if (spec == null) {
      throw ControlException.badRequest("The member spec is missing.", SYNTAX);
    }
    FaultStatus added = faults.add(parse(spec));
    publish("added", Optional.of(added));
    return ControlResponse.json(201, list(List.of(added)));
  }

  private static FaultSpec parse(String spec) throws ControlException {
    if (FaultSpec.readsFile(spec)) {
      throw new ControlException(
          403,
          "change-to reads a file of the fake's owner, which no other user of this host may ask"
              + " for.",
          "Pass it as --fault, or put the other object over S3.");
    }
    try {
      return FaultSpec.parse(spec);
    } catch (IllegalArgumentException e) {
      throw ControlException.badRequest(sentence(e), SYNTAX);
    }
  }

  private static String sentence(IllegalArgumentException e) {
    String message = String.valueOf(e.getMessage());
    String end = message.endsWith("?") ? "" : ".";
    return Character.toUpperCase(message.charAt(0)) + message.substring(1) + end;
  }

  public ControlResponse delete(ControlRequest request) throws ControlException {
    request.requireOnly();
    request.requirePath(2);
    if (request.path().size() == 1) {
      faults.clear();
      publish("removed", Optional.empty());
      return ControlResponse.noContent();
    }
    FaultStatus fault = find(request.segment(1));
    faults.remove(fault.id());
    publish("removed", Optional.of(fault));
    return ControlResponse.noContent();
  }

  private FaultStatus find(String id) throws ControlException {
    return faults.statuses().stream()
        .filter(fault -> String.valueOf(fault.id()).equals(id))
        .findFirst()
        .orElseThrow(
            () ->
                ControlException.notFound(
                    "There is no fault with the id '" + id + "'.",
                    "GET /_par/faults lists the faults with their ids."));
  }

  private void publish(String change, Optional<FaultStatus> fault) {
    events.publish(
        "fault",
        () -> {
          var data = new LinkedHashMap<String, @Nullable Object>();
          data.put("change", change);
          data.put("fault", fault.map(FaultsResource::fields).orElse(null));
          return data;
        });
  }

  private static Map<String, ?> list(List<FaultStatus> statuses) {
    var all = new ArrayList<Map<String, ?>>();
    statuses.forEach(status -> all.add(fields(status)));
    return Map.of("faults", all);
  }

  private static Map<String, ?> fields(FaultStatus status) {
    var fields = new LinkedHashMap<String, @Nullable Object>();
    fields.put("id", status.id());
    fields.put("spec", status.spec());
    fields.put("target", status.target());
    fields.put("what", status.fault());
    fields.put("remaining", status.remaining().isPresent() ? status.remaining().getAsInt() : null);
    fields.put("met", status.met());
    return fields;
  }
}
