package global.pixell.par.internal.download;

import global.pixell.par.DownloadConfig;
import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.internal.remote.FetchFailure;
import global.pixell.par.internal.remote.FetchFailure.Retryability;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * 1,000 boots against one S3 prefix, in virtual time and with the real {@link FetchRetry}. The same
 * seed gives the same requests at the same nanoseconds. {@link #main} prints a table.
 *
 * <p>A boot is one request, as it is for a small package at an exact address. The prefix answers
 * after 30 ms. It admits as many requests as its token bucket holds and refuses the others with
 * {@code SlowDown}, which costs no token. In an outage it refuses all with {@code
 * ServiceUnavailable}.
 *
 * <p>No client knows about a limit or an outage before its first request. So the minimum is one
 * request for each boot, and one more for each boot whose first request is refused. {@link
 * Outcome#excess} divides by this minimum.
 */
final class RetryStorm {

  static final int BOOTS = 1_000;

  static final Scenario AT_THE_LIMIT = new Scenario(Duration.ofSeconds(5), 200, 20, Duration.ZERO);
  static final Scenario A_QUARTER_OVER =
      new Scenario(Duration.ofSeconds(4), 200, 20, Duration.ZERO);
  static final Scenario TWICE_OVER = new Scenario(Duration.ofSeconds(2), 200, 200, Duration.ZERO);
  static final Scenario OUTAGE =
      new Scenario(Duration.ofSeconds(5), 200, 200, Duration.ofSeconds(30));

  private static final DownloadConfig DEFAULTS = ParConfig.fromEnvironment(Map.of()).download();
  private static final long ANSWER = Duration.ofMillis(30).toNanos();
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  /**
   * The load and the limits of the prefix.
   *
   * @param starts the time within which the boots start at random
   * @param perSecond how many requests per second the prefix admits
   * @param burst how many requests it admits at once after a rest
   * @param outage how long it refuses all requests, from the first start
   */
  record Scenario(Duration starts, int perSecond, int burst, Duration outage) {}

  /** How a task behaves after a refusal. */
  interface Client {
    /** Boots, or throws when it gives up. */
    void boot(Task task) throws FetchFailure;
  }

  /**
   * The result.
   *
   * @param requests the number of all requests
   * @param refusedFirst the number of refused first requests
   * @param succeeded the number of successful boots
   * @param peak the largest number of retries within one second, after the outage
   * @param half the time from the first start until half of the boots succeeded
   * @param last the time from the first start until the last boot succeeded
   */
  record Outcome(
      int requests, int refusedFirst, int succeeded, int peak, Duration half, Duration last) {

    /** The number of requests divided by the minimum. */
    double excess() {
      return (double) requests / (BOOTS + refusedFirst);
    }
  }

  private final ParException refused =
      new ParException(ParException.Kind.UNAVAILABLE, "S3 refused.", "Try again.");
  private final Scenario scenario;
  private final PriorityQueue<Task> queue =
      new PriorityQueue<>(Comparator.comparingLong((Task t) -> t.due).thenComparing(t -> t.id));
  private final Map<Long, Integer> retriesInSecond = new TreeMap<>();
  private final List<Long> done = new ArrayList<>();
  private int requests;
  private int refusedFirst;
  private double tokens;
  private long filled;

  private RetryStorm(Scenario scenario) {
    this.scenario = scenario;
    this.tokens = scenario.burst();
  }

  /** PAR with its defaults. */
  static Client par() {
    return task -> task.fetch(new Random(task.seed));
  }

  /** PAR with every wait at its bound: exponential but not random. */
  static Client parWithoutJitter() {
    return task ->
        task.fetch(
            new Random() {
              private static final long serialVersionUID = 1L;

              @Override
              public long nextLong(long bound) {
                return bound - 1;
              }
            });
  }

  /** The simplest loop: it retries every half second until the deadline. */
  static Client everyHalfSecond() {
    return task -> {
      for (int number = 1; ; number++) {
        try {
          task.request(number);
          return;
        } catch (FetchFailure e) {
          if (task.clock - task.start >= DEFAULTS.deadline().toNanos()) {
            throw e;
          }
          task.sleep(Duration.ofMillis(500));
        }
      }
    };
  }

  static Outcome run(Scenario scenario, Client client, long seed) {
    return new RetryStorm(scenario).run(client, new Random(seed));
  }

  private Outcome run(Client client, Random random) {
    for (int id = 0; id < BOOTS; id++) {
      queue.add(new Task(id, random.nextLong(scenario.starts().toNanos()), random.nextLong()));
    }
    while (!queue.isEmpty()) {
      queue.remove().goOn(client);
    }
    Collections.sort(done);
    return new Outcome(
        requests,
        refusedFirst,
        done.size(),
        retriesInSecond.entrySet().stream()
            .filter(e -> e.getKey() >= scenario.outage().toSeconds())
            .mapToInt(Map.Entry::getValue)
            .max()
            .orElse(0),
        Duration.ofNanos(done.isEmpty() ? 0 : done.get(done.size() / 2)),
        Duration.ofNanos(done.isEmpty() ? 0 : done.get(done.size() - 1)));
  }

  /** The prefix. */
  private Optional<FetchFailure> ask(long now, int number) {
    requests++;
    if (number > 1) {
      retriesInSecond.merge(now / SECOND, 1, Integer::sum);
    }
    Optional<FetchFailure> refusal = refusal(now);
    if (number == 1 && refusal.isPresent()) {
      refusedFirst++;
    }
    return refusal;
  }

  private Optional<FetchFailure> refusal(long now) {
    if (now < scenario.outage().toNanos()) {
      return Optional.of(FetchFailure.transientFailure(refused));
    }
    double gained = (double) (now - filled) / SECOND * scenario.perSecond();
    tokens = Math.min(scenario.burst(), tokens + gained);
    filled = now;
    if (tokens < 1) {
      return Optional.of(FetchFailure.of(Retryability.THROTTLED, refused, Optional.empty()));
    }
    tokens--;
    return Optional.empty();
  }

  /**
   * One boot, without a thread. When its next request is due, the boot is replayed from the start
   * with the earlier answers and the same random draws. Then it makes that request, and an
   * exception ends it at the following one.
   */
  final class Task {
    private final int id;
    private final long start;
    private final long seed;
    private final List<FetchFailure> refusals = new ArrayList<>();
    private long due;
    private long clock;
    private boolean asked;

    private Task(int id, long start, long seed) {
      this.id = id;
      this.start = start;
      this.seed = seed;
      this.due = start;
    }

    private void goOn(Client client) {
      clock = start;
      asked = false;
      try {
        client.boot(this);
        done.add(clock);
      } catch (Later e) {
        due = clock;
        queue.add(this);
      } catch (FetchFailure | ParException e) {
        // The boot gave up; the number of successful boots shows it.
      }
    }

    private void fetch(RandomGenerator random) {
      new FetchRetry(
              DEFAULTS.attempts(),
              FetchRetry.PATIENCE,
              DEFAULTS.deadline(),
              () -> clock,
              random,
              this::sleep)
          .run(this::request, (number, delay, failure) -> {});
    }

    private void sleep(Duration delay) {
      clock += delay.toNanos();
    }

    private boolean request(int number) throws FetchFailure {
      if (number > refusals.size()) {
        if (asked) {
          throw new Later();
        }
        asked = true;
        Optional<FetchFailure> refusal = ask(clock, number);
        clock += ANSWER;
        if (refusal.isEmpty()) {
          return true;
        }
        refusals.add(refusal.get());
      } else {
        clock += ANSWER;
      }
      throw refusals.get(number - 1);
    }
  }

  /** Suspends a boot until its next request is due. */
  private static final class Later extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Later() {
      super(null, null, false, false);
    }
  }

  /** Runs it and prints a table. */
  public static void main(String[] args) {
    print("start within 5 s, 200/s, burst 20", AT_THE_LIMIT);
    print("start within 4 s, 200/s, burst 20", A_QUARTER_OVER);
    print("start within 2 s, 200/s, burst 200", TWICE_OVER);
    print("start within 5 s, no answer but 503 for 30 s, then 200/s, burst 200", OUTAGE);
  }

  private static void print(String title, Scenario scenario) {
    PrintStream out = System.out;
    out.println(title);
    row(out, "par", run(scenario, par(), 1));
    row(out, "without jitter", run(scenario, parWithoutJitter(), 1));
    row(out, "every 500 ms", run(scenario, everyHalfSecond(), 1));
  }

  private static void row(PrintStream out, String name, Outcome o) {
    out.printf(
        Locale.ROOT,
        "  %-14s %5d requests, %.2f x the fewest, %4d booted, half by %4.1f s, last %4.1f s, peak %d retries/s%n",
        name,
        o.requests(),
        o.excess(),
        o.succeeded(),
        o.half().toMillis() / 1e3,
        o.last().toMillis() / 1e3,
        o.peak());
  }
}
