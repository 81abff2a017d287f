package global.pixell.par.testkit.internal.fault;

import global.pixell.par.testkit.internal.s3.request.S3Request;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * The injected faults, those that will happen and the last of those that have happened. When
 * several schedules match a request, the oldest one applies. A schedule without faults costs
 * nothing. Thread-safe.
 */
public final class FaultQueue {

  /** A number of times that means: until {@link #clear}. */
  public static final int ALWAYS = Integer.MAX_VALUE;

  /** How many used-up faults {@link #statuses} still shows. */
  private static final int KEPT = 100;

  private final NavigableMap<Long, FaultSchedule> active = new TreeMap<>();
  private final Map<Long, QueuedFault> faults = new LinkedHashMap<>();
  private final Deque<Long> usedUp = new ArrayDeque<>();
  private long nextNumber;
  private long nextId = 1;

  /** One target and its faults, in order. Guarded by its queue. */
  public static final class FaultSchedule {
    private final long number;
    private final FaultTarget target;
    private final Deque<QueuedFault> faults = new ArrayDeque<>();

    private FaultSchedule(long number, FaultTarget target) {
      this.number = number;
      this.target = target;
    }

    public FaultTarget target() {
      return target;
    }
  }

  /**
   * A fault, and the requests of its schedule that meet it.
   *
   * @param covering if present, only requests for this byte of the object meet the fault
   * @param skip how many requests pass before the fault
   * @param times how many requests meet the fault, or {@link #ALWAYS}
   */
  public record ScheduledFault(FaultEffect effect, OptionalLong covering, int skip, int times) {

    public ScheduledFault {
      if (times < 1) {
        throw new IllegalArgumentException("a fault happens to at least 1 request, not " + times);
      }
      if (skip < 0) {
        throw new IllegalArgumentException(
            "at least 0 requests succeed before a fault, not " + skip);
      }
    }

    private boolean concerns(S3Request request) {
      return covering.isEmpty() || covers(request.header("Range"), covering.getAsLong());
    }

    /** A suffix range covers nothing, because its start depends on the size of the object. */
    private static boolean covers(String range, long offset) {
      if (range.isEmpty()) {
        return true;
      }
      String[] ends = range.replace("bytes=", "").split("-", -1);
      return ends.length == 2
          && ends[0].matches("\\d{1,18}")
          && Long.parseLong(ends[0]) <= offset
          && (ends[1].isEmpty()
              || (ends[1].matches("\\d{1,18}") && offset <= Long.parseLong(ends[1])));
    }
  }

  /**
   * The state of a fault.
   *
   * @param id the number for {@link #remove}
   * @param spec the text that it was parsed from; empty for a fault that a Java call injected
   * @param target such as {@code GET a/b.apkg}
   * @param fault such as {@code resetAt(1000)}
   * @param met how many requests have met it
   * @param remaining how many requests will still meet it; empty for an endless fault
   */
  public record FaultStatus(
      long id, String spec, String target, String fault, int met, OptionalInt remaining) {}

  /** A fault in its schedule, with what has happened to it. */
  private static final class QueuedFault {
    private final long id;
    private final String spec;
    private final FaultSchedule schedule;
    private final ScheduledFault fault;
    private int passed;
    private int met;

    private QueuedFault(long id, String spec, FaultSchedule schedule, ScheduledFault fault) {
      this.id = id;
      this.spec = spec;
      this.schedule = schedule;
      this.fault = fault;
    }

    private boolean endless() {
      return fault.times == ALWAYS;
    }

    private int remaining() {
      return fault.times - met;
    }

    private FaultStatus status() {
      return new FaultStatus(
          id,
          spec,
          schedule.target.title(),
          fault.effect.name(),
          met,
          endless() ? OptionalInt.empty() : OptionalInt.of(remaining()));
    }
  }

  /** Begins a schedule. It precedes all schedules that begin later. */
  public synchronized FaultSchedule begin(FaultTarget target) {
    return new FaultSchedule(nextNumber++, target);
  }

  /** Adds a fault to the end of a schedule. */
  public void add(FaultSchedule schedule, ScheduledFault fault) {
    add(schedule, fault, "");
  }

  /** Adds the fault of a specification, as a schedule of its own. */
  public synchronized FaultStatus add(FaultSpec spec) {
    return add(begin(spec.target()), spec.fault(), spec.text()).status();
  }

  private synchronized QueuedFault add(FaultSchedule schedule, ScheduledFault fault, String spec) {
    var queued = new QueuedFault(nextId++, spec, schedule, fault);
    faults.put(queued.id, queued);
    schedule.faults.add(queued);
    active.put(schedule.number, schedule);
    return queued;
  }

  /** Removes all faults, including those that have happened. */
  public synchronized void clear() {
    active.values().forEach(schedule -> schedule.faults.clear());
    active.clear();
    faults.clear();
    usedUp.clear();
  }

  /** Removes a fault; returns whether there was one. */
  public synchronized boolean remove(long id) {
    QueuedFault fault = faults.remove(id);
    if (fault == null) {
      return false;
    }
    usedUp.remove(id);
    fault.schedule.faults.remove(fault);
    if (fault.schedule.faults.isEmpty()) {
      active.remove(fault.schedule.number);
    }
    return true;
  }

  /** Takes the fault for this request from the queue; {@link FaultEffect#NONE} without one. */
  public synchronized FaultEffect next(S3Request request) {
    for (Iterator<FaultSchedule> all = active.values().iterator(); all.hasNext(); ) {
      FaultSchedule schedule = all.next();
      QueuedFault first = schedule.faults.getFirst();
      if (!schedule.target.matches().test(request) || !first.fault.concerns(request)) {
        continue;
      }
      if (first.passed < first.fault.skip) {
        first.passed++;
        continue;
      }
      first.met++;
      if (!first.endless() && first.remaining() == 0) {
        schedule.faults.removeFirst();
        keep(first);
        if (schedule.faults.isEmpty()) {
          all.remove();
        }
      }
      return first.fault.effect;
    }
    return FaultEffect.NONE;
  }

  private void keep(QueuedFault fault) {
    usedUp.add(fault.id);
    if (usedUp.size() > KEPT) {
      faults.remove(usedUp.removeFirst());
    }
  }

  /** The faults, oldest first: all that will happen, and the last ones that have happened. */
  public synchronized List<FaultStatus> statuses() {
    return faults.values().stream().map(QueuedFault::status).toList();
  }

  /** The faults that no request has met, without endless ones. */
  public synchronized List<FaultStatus> unmet() {
    return active.values().stream()
        .flatMap(schedule -> schedule.faults.stream())
        .filter(fault -> !fault.endless() && fault.met == 0)
        .map(QueuedFault::status)
        .toList();
  }

  /** The faults that will still happen, as sentences, without endless ones. */
  public synchronized List<String> pending() {
    return active.values().stream()
        .flatMap(schedule -> schedule.faults.stream())
        .filter(fault -> !fault.endless())
        .map(
            fault ->
                fault.schedule.target.title()
                    + ": "
                    + fault.remaining()
                    + " x "
                    + fault.fault.effect.name())
        .toList();
  }
}
