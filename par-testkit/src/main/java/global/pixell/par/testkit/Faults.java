package global.pixell.par.testkit;

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
final class Faults {

  /** As a number of times: until the faults are cleared. */
  static final int ALWAYS = Integer.MAX_VALUE;

  private final List<Script> scripts = new ArrayList<>();

  /** One target and its faults, in order. Guarded by the faults it belongs to. */
  static final class Script {
    private final Predicate<S3Request> target;
    private final String title;
    private final Deque<Step> steps = new ArrayDeque<>();

    private Script(String title, Predicate<S3Request> target) {
      this.title = title;
      this.target = target;
    }
  }

  /** A fault, and for whom. */
  private static final class Step {
    private Fault fault;
    private final OptionalLong covering;
    private int skip;
    private int times;

    Step(Fault fault, OptionalLong covering, int skip, int times) {
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

  synchronized Script begin(String title, Predicate<S3Request> target) {
    var script = new Script(title, target);
    scripts.add(script);
    return script;
  }

  synchronized void add(Script script, Fault fault, OptionalLong covering, int skip, int times) {
    script.steps.add(new Step(fault, covering, skip, times));
  }

  /** Joins a fault to the one added last. */
  synchronized void join(Script script, Fault fault) {
    Step last = script.steps.getLast();
    last.fault = last.fault.and(fault);
  }

  synchronized void clear() {
    scripts.forEach(script -> script.steps.clear());
  }

  /** What befalls this request: used up by that. */
  synchronized Fault next(S3Request request) {
    for (Script script : scripts) {
      Step step = script.steps.peek();
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
  synchronized List<String> left() {
    return scripts.stream().flatMap(Faults::left).toList();
  }

  private static Stream<String> left(Script script) {
    return script.steps.stream()
        .filter(step -> step.times != ALWAYS)
        .map(step -> script.title + ": " + step.times + " x " + step.fault.name());
  }
}
