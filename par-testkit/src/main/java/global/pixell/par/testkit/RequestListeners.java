package global.pixell.par.testkit;

import global.pixell.par.testkit.internal.control.event.EventLog;
import global.pixell.par.testkit.internal.s3.request.JournalEntry;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Passes each request to the listeners, after its answer. Thread-safe. */
final class RequestListeners implements Consumer<JournalEntry> {

  private final List<Consumer<? super RecordedRequest>> listeners = new CopyOnWriteArrayList<>();
  private final EventLog events;

  RequestListeners(EventLog events) {
    this.events = events;
  }

  void add(Consumer<? super RecordedRequest> listener) {
    listeners.add(listener);
  }

  @Override
  public void accept(JournalEntry entry) {
    events.answered(entry);
    if (listeners.isEmpty()) {
      return;
    }
    RecordedRequest request = RecordedRequest.of(entry);
    for (Consumer<? super RecordedRequest> listener : listeners) {
      try {
        listener.accept(request);
      } catch (RuntimeException | Error e) {
        // A failed listener must not change the client's answer. The logger is looked up only here,
        // because the look-up takes long when a logging library is on the class path.
        System.getLogger(FakeS3.class.getName())
            .log(System.Logger.Level.WARNING, "A request listener of the fake S3 failed.", e);
      }
    }
  }
}
