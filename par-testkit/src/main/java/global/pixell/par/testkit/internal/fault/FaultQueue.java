package global.pixell.par.testkit.internal.fault;

import global.pixell.par.testkit.internal.s3.S3Request;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Faults yet to come. Scripts are asked in the order they were begun; the first that has one wins.
 */
public final class FaultQueue {

  /** As a number of times: until the faults are cleared. */
  public static final int ALWAYS = Integer.MAX_VALUE;

  private final List<FaultSchedule> scripts = new ArrayList<>();

  /** One target and its faults, in order. Guarded by the faults it belongs to. */
  public static final class FaultSchedule {
    private final Predicate<S3Request> target;
    private final String title;
    private final Deque<ScheduledFault> steps = new ArrayDeque<>();

    private FaultSchedule(String title, Predicate<S3Request> target) {
      this.title = title;
      this.target = target;
    }
  }

  /** A fault, and for whom. */
  private static final class ScheduledFault {
    private Fault fault;
    private final OptionalLong covering;
    private int skip;
    private int times;

    ScheduledFault(Fault fault, OptionalLong covering, int skip, int times) {
      this.fault = fault;
      this.covering = covering;
      this.skip = skip;
      this.times = times;
    }

    boolean concerns(S3Request request) {
      return covering.isEmpty() || covers(request.header("Range"), covering.getAsLong());
    }

    /** A suffix range covers nothing: where it begins is known only to who has the object. */
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

  public synchronized FaultSchedule begin(String title, Predicate<S3Request> target) {
    var script = new FaultSchedule(title, target);
    scripts.add(script);
    return script;
  }

  public synchronized void add(
      FaultSchedule script, Fault fault, OptionalLong covering, int skip, int times) {
    script.steps.add(new ScheduledFault(fault, covering, skip, times));
  }

  /** Joins a fault to the one added last. */
  public synchronized void join(FaultSchedule script, Fault fault) {
    ScheduledFault last = script.steps.getLast();
    last.fault = last.fault.and(fault);
  }

  public synchronized void clear() {
    scripts.forEach(script -> script.steps.clear());
  }

  /** What befalls this request: used up by that. */
  public synchronized Fault next(S3Request request) {
    for (FaultSchedule script : scripts) {
      ScheduledFault step = script.steps.peek();
      if (step == null || !script.target.test(request) || !step.concerns(request)) {
        continue;
      }
      if (step.skip > 0) {
        step.skip--;
        continue;
      }
      if (step.times != ALWAYS && --step.times == 0) {
        script.steps.remove();
      }
      return step.fault;
    }
    return Fault.NONE;
  }

  /** What has befallen nobody yet, as sentences. */
  public synchronized List<String> left() {
    return scripts.stream().flatMap(FaultQueue::left).toList();
  }

  private static Stream<String> left(FaultSchedule script) {
    return script.steps.stream()
        .filter(step -> step.times != ALWAYS)
        .map(step -> script.title + ": " + step.times + " x " + step.fault.name());
  }
}
