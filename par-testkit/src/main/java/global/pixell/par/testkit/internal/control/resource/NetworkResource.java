package global.pixell.par.testkit.internal.control.resource;

import global.pixell.par.testkit.internal.control.event.EventLog;
import global.pixell.par.testkit.internal.control.http.ControlException;
import global.pixell.par.testkit.internal.control.http.ControlRequest;
import global.pixell.par.testkit.internal.control.http.ControlResponse;
import global.pixell.par.testkit.internal.control.http.Members;
import global.pixell.par.testkit.internal.http.NetworkConditions;
import global.pixell.par.testkit.internal.server.FakeServer;
import global.pixell.par.testkit.internal.text.Quantity;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** {@code /_par/network}: the way between the fake and the clients of S3. */
public final class NetworkResource {

  private final FakeServer server;
  private final EventLog events;

  public NetworkResource(FakeServer server, EventLog events) {
    this.server = server;
    this.events = events;
  }

  public static Map<String, ?> fields(NetworkConditions network) {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("latency_ms", network.latency().toMillis());
    fields.put("bytes_per_second", network.bandwidth());
    fields.put("connected", network.isConnected());
    return fields;
  }

  public ControlResponse get(ControlRequest request) throws ControlException {
    request.requirePath(1);
    request.requireOnly();
    return ControlResponse.json(fields(server.network()));
  }

  public ControlResponse patch(ControlRequest request) throws IOException, ControlException {
    request.requirePath(1);
    request.requireOnly();
    Members members = new Members(request.json("latency", "bandwidth", "connected"));
    // Read all of it first, so that a wrong member changes nothing.
    String latency = members.text("latency");
    String bandwidth = members.text("bandwidth");
    Boolean connected = members.flag("connected");
    Duration wait =
        latency == null
            ? server.network().latency()
            : Members.quantity(() -> Quantity.duration("latency", latency));
    long rate =
        bandwidth == null
            ? server.network().bandwidth()
            : Members.quantity(() -> Quantity.bytes("bandwidth", bandwidth));
    server.network().latency(wait);
    server.network().bandwidth(rate);
    if (Boolean.TRUE.equals(connected)) {
      server.reconnect();
    } else if (Boolean.FALSE.equals(connected)) {
      server.cut();
    }
    events.publish("network", () -> fields(server.network()));
    return ControlResponse.json(fields(server.network()));
  }
}
