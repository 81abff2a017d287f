package global.pixell.par.internal.fetch;

import global.pixell.par.ParEvent;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** A host's listener, whose exceptions change nothing: the first is logged, the others dropped. */
final class EventListener {

  private final Consumer<? super ParEvent> listener;
  private final AtomicBoolean failed = new AtomicBoolean();

  EventListener(Consumer<? super ParEvent> listener) {
    this.listener = listener;
  }

  void accept(ParEvent event) {
    try {
      listener.accept(event);
    } catch (RuntimeException | Error e) {
      if (!failed.getAndSet(true)) {
        EventLog.listenerFailed(event, e);
      }
    }
  }
}
