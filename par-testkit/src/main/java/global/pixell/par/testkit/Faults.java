package global.pixell.par.testkit;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** Faults yet to come, by key, in the order they were scripted. */
final class Faults {
  private final Map<String, Queue<Fault>> byKey = new ConcurrentHashMap<>();

  void add(String key, Fault fault) {
    byKey.computeIfAbsent(key, k -> new ConcurrentLinkedQueue<>()).add(fault);
  }

  Optional<Fault> next(S3Request request) {
    return request.operation() == S3Operation.GET_OBJECT
        ? Optional.ofNullable(byKey.get(request.key())).map(Queue::poll)
        : Optional.empty();
  }

  /** Faults that come before the head. Tells whether the request is answered by that. */
  static boolean before(Fault fault, AnswerWriter writer) throws IOException {
    switch (fault.kind()) {
      case SLOW_DOWN -> throw new S3Failure(503, "SlowDown", "Please reduce your request rate.");
      case INTERNAL_ERROR ->
          throw new S3Failure(
              500, "InternalError", "We encountered an internal error. Please try again.");
      case ACCESS_DENIED -> throw new S3Failure(403, "AccessDenied", "Access Denied");
      case EXPIRED_TOKEN ->
          throw new S3Failure(400, "ExpiredToken", "The provided token has expired.");
      case CLOCK_SKEW ->
          throw new S3Failure(
              403,
              "RequestTimeTooSkewed",
              "The difference between the request time and the current time is too large.");
      case UNAVAILABLE ->
          throw new S3Failure(503, "ServiceUnavailable", "Service is unable to handle request.")
              .with("Retry-After", String.valueOf(fault.delay().toSeconds()));
      case RESET_BEFORE_HEADERS -> {
        writer.connection().reset();
        return true;
      }
      case SLOW_FIRST_BYTE -> {
        try {
          TimeUnit.MILLISECONDS.sleep(fault.delay().toMillis());
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        return false;
      }
      default -> {
        return false;
      }
    }
  }
}
