package global.pixell.par.testkit.internal.fault;

import global.pixell.par.testkit.internal.s3.request.S3Request;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Faults that have not happened yet. When several schedules match a request, the oldest one
 * applies. A schedule without faults costs nothing. Thread-safe.
 */
public final class FaultQueue {

  /** A number of times that means: until {@link #clear}. */
  public static final int ALWAYS = Integer.MAX_VALUE;

  private final NavigableMap<Long, FaultSchedule> active = new TreeMap<>();
  private long nextNumber;

  /** One target and its faults, in order. Guarded by its queue. */
  public static final class FaultSchedule {
    private final long number;
    private final Predicate<S3Request> target;
    private final String title;
    private final Deque<ScheduledFault> faults = new ArrayDeque<>();

    private FaultSchedule(long number, String title, Predicate<S3Request> target) {
      this.number = number;
      this.title = title;
      this.target = target;
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

  /** Begins a schedule. It precedes all schedules that begin later. */
  public synchronized FaultSchedule begin(FaultTarget target) {
    return new FaultSchedule(nextNumber++, target.title(), target.matches());
  }

  public synchronized void add(FaultSchedule schedule, ScheduledFault fault) {
    schedule.faults.add(fault);
    active.put(schedule.number, schedule);
  }

  public synchronized void clear() {
    active.values().forEach(schedule -> schedule.faults.clear());
    active.clear();
  }

  /** Takes the fault for this request from the queue; {@link FaultEffect#NONE} without one. */
  public synchronized FaultEffect next(S3Request request) {
    for (Iterator<FaultSchedule> all = active.values().iterator(); all.hasNext(); ) {
      FaultSchedule schedule = all.next();
      ScheduledFault fault = schedule.faults.getFirst();
      if (!schedule.target.test(request) || !fault.concerns(request)) {
        continue;
      }
      schedule.faults.removeFirst();
      if (fault.skip > 0) {
        schedule.faults.addFirst(
            new ScheduledFault(fault.effect, fault.covering, fault.skip - 1, fault.times));
        continue;
      }
      if (fault.times == ALWAYS) {
        schedule.faults.addFirst(fault);
      } else if (fault.times > 1) {
        schedule.faults.addFirst(
            new ScheduledFault(fault.effect, fault.covering, 0, fault.times - 1));
      } else if (schedule.faults.isEmpty()) {
        all.remove();
      }
      return fault.effect;
    }
    return FaultEffect.NONE;
  }

  /** The faults that no request has met yet, as sentences, without endless ones. */
  public synchronized List<String> pending() {
    return active.values().stream().flatMap(FaultQueue::pending).toList();
  }

  private static Stream<String> pending(FaultSchedule schedule) {
    return schedule.faults.stream()
        .filter(fault -> fault.times != ALWAYS)
        .map(fault -> schedule.title + ": " + fault.times + " x " + fault.effect.name());
  }
}
