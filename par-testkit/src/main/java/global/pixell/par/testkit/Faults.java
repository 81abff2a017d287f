package global.pixell.par.testkit;

import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Faults yet to come, by key, in the order they were scripted. */
final class Faults {
  private final Map<String, Queue<Fault>> byKey = new ConcurrentHashMap<>();

  void add(String key, Fault fault) {
    byKey.computeIfAbsent(key, k -> new ConcurrentLinkedQueue<>()).add(fault);
  }

  Optional<Fault> next(String key) {
    return Optional.ofNullable(byKey.get(key)).map(Queue::poll);
  }
}
