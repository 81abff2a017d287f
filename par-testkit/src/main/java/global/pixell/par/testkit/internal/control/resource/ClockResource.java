package global.pixell.par.testkit.internal.control.resource;

import global.pixell.par.testkit.internal.control.context.ClockControl;
import global.pixell.par.testkit.internal.control.event.EventLog;
import global.pixell.par.testkit.internal.control.http.ControlException;
import global.pixell.par.testkit.internal.control.http.ControlRequest;
import global.pixell.par.testkit.internal.control.http.ControlResponse;
import global.pixell.par.testkit.internal.control.http.Members;
import global.pixell.par.testkit.internal.text.Quantity;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code /_par/clock}: the time of the fake. */
public final class ClockResource {

  /** Dates in HTTP and in signatures have four digits for the year. */
  private static final Instant FIRST = Instant.EPOCH;

  private static final Instant LAST = Instant.parse("9999-01-01T00:00:00Z");

  private final ClockControl clock;
  private final EventLog events;

  public ClockResource(ClockControl clock, EventLog events) {
    this.clock = clock;
    this.events = events;
  }

  public static Map<String, ?> fields(ClockControl clock) {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("now", clock.now());
    fields.put("offset_ms", clock.offset().toMillis());
    fields.put("frozen", clock.isFrozen());
    return fields;
  }

  public ControlResponse get(ControlRequest request) throws ControlException {
    request.requirePath(1);
    request.requireOnly();
    return ControlResponse.json(fields(clock));
  }

  public ControlResponse patch(ControlRequest request) throws IOException, ControlException {
    request.requirePath(1);
    request.requireOnly();
    Map<String, @Nullable Object> change = request.json("advance", "freeze", "set");
    // Read all of it first, so that a wrong member changes nothing.
    Members members = new Members(change);
    Boolean freeze = members.flag("freeze");
    String set = members.text("set");
    String advance = members.text("advance");
    Instant moment = set == null ? null : moment(set);
    Duration by = advance == null ? Duration.ZERO : by(advance);
    Instant target = (moment == null ? clock.now() : moment).plus(by);
    if (target.isBefore(FIRST) || target.isAfter(LAST)) {
      throw ControlException.badRequest(
          "The clock goes from " + FIRST + " to " + LAST + ", and " + target + " is outside.",
          "Choose a time within.");
    }
    if (Boolean.TRUE.equals(freeze)) {
      clock.freeze();
    }
    if (moment != null) {
      clock.setTo(moment);
    }
    if (!by.isZero()) {
      clock.advance(by);
    }
    if (Boolean.FALSE.equals(freeze)) {
      clock.resume();
    }
    events.publish("clock", () -> fields(clock));
    return ControlResponse.json(fields(clock));
  }

  private static Instant moment(String text) throws ControlException {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw ControlException.badRequest(
          "set must be a time such as 2030-01-01T00:00:00Z, and '" + text + "' is not.",
          "Write it in UTC, with a Z.");
    }
  }

  private static Duration by(String text) throws ControlException {
    boolean back = text.startsWith("-");
    Duration by =
        Members.quantity(() -> Quantity.duration("advance", back ? text.substring(1) : text));
    return back ? by.negated() : by;
  }
}
