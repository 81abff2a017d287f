package global.pixell.par.testkit.internal.control.event;

import global.pixell.par.testkit.internal.s3.request.JournalEntry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The events of the fake, for all readers. It keeps the last {@value #KEPT} events from the first
 * reader on, so that a reader can continue after a break; before that, {@link #publish} only reads
 * a field. A slow reader loses events, and learns how many; it never blocks a publisher.
 * Thread-safe.
 */
public final class EventLog {

  static final int KEPT = 2_000;

  /** How many events may wait for one reader. */
  static final int PENDING = 1_000;

  /**
   * One event.
   *
   * @param data made when it is sent, because often there is no reader
   */
  record Event(long id, String type, Supplier<? extends Map<String, ?>> data) {}

  /** One reader's events, in their order. */
  final class Reader implements AutoCloseable {
    private final BlockingQueue<Event> pending = new ArrayBlockingQueue<>(PENDING);
    private long lost;

    private Reader() {}

    /** Once an event is lost, later events are lost, too, so that the notice stands at the gap. */
    private synchronized void offer(Event event) {
      if (lost > 0 || !pending.offer(event)) {
        lost++;
      }
    }

    /**
     * The next event; waits for it.
     *
     * @return null when there is none within the time
     */
    @Nullable Event next(long millis) throws InterruptedException {
      return pending.poll(millis, TimeUnit.MILLISECONDS);
    }

    /** How many events were lost at this place; reading continues after them. */
    synchronized long takeLost() {
      long count = pending.isEmpty() ? lost : 0;
      lost -= count;
      return count;
    }

    @Override
    public void close() {
      leave(this);
    }
  }

  /**
   * A new reader.
   *
   * @param missed the kept events after the one that the reader had seen last
   * @param complete whether these are all events since then
   */
  record Subscription(Reader reader, List<Event> missed, boolean complete) {}

  private final Deque<Event> kept = new ArrayDeque<>();
  private final List<Reader> readers = new ArrayList<>();
  private volatile boolean active;
  private long lastId;

  /** Sends all readers a request that has been answered. */
  public void answered(JournalEntry entry) {
    if (active) {
      publish("request", () -> RequestJson.of(entry));
      if (!entry.fault().isEmpty()) {
        publish("fault", EventLog::faultMet);
      }
    }
  }

  private static Map<String, ?> faultMet() {
    var data = new LinkedHashMap<String, @Nullable Object>();
    data.put("change", "met");
    data.put("fault", null);
    return data;
  }

  /**
   * Sends all readers an event.
   *
   * @param type such as {@code request}
   * @param data a JSON object; called later, by other threads
   */
  public void publish(String type, Supplier<? extends Map<String, ?>> data) {
    if (!active) {
      return;
    }
    synchronized (this) {
      var event = new Event(++lastId, type, data);
      kept.add(event);
      if (kept.size() > KEPT) {
        kept.poll();
      }
      for (Reader reader : readers) {
        reader.offer(event);
      }
    }
  }

  /**
   * Adds a reader.
   *
   * @param after the last event that it has seen; 0 for none, so that it misses none
   */
  synchronized Subscription subscribe(long after) {
    active = true;
    var reader = new Reader();
    readers.add(reader);
    if (after == 0) {
      return new Subscription(reader, List.of(), true);
    }
    Event oldest = kept.peek();
    boolean complete =
        after <= lastId && (oldest == null ? after == lastId : after >= oldest.id() - 1);
    List<Event> missed = kept.stream().filter(event -> event.id() > after).toList();
    return new Subscription(reader, complete ? missed : List.of(), complete);
  }

  private synchronized void leave(Reader reader) {
    readers.remove(reader);
  }
}
