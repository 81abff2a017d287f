package global.pixell.par.testkit;

import java.time.Duration;

/**
 * What goes wrong with one answer. Immutable; given to {@link FakeS3#onGet}.
 *
 * @param kind what happens
 * @param at the byte of the body it happens at; 0 where that means nothing
 * @param delay the wait it means, for {@link Kind#SLOW_FIRST_BYTE} and the {@code Retry-After} of
 *     {@link Kind#UNAVAILABLE}
 */
record Fault(Kind kind, long at, Duration delay) {

  /** The ways in which an answer goes wrong. */
  enum Kind {
    SLOW_DOWN,
    INTERNAL_ERROR,
    UNAVAILABLE,
    ACCESS_DENIED,
    EXPIRED_TOKEN,
    CLOCK_SKEW,
    RESET_BEFORE_HEADERS,
    RESET,
    TRUNCATE,
    FLIP,
    STALL,
    SLOW_FIRST_BYTE
  }

  static Fault of(Kind kind) {
    return new Fault(kind, 0, Duration.ZERO);
  }

  static Fault at(Kind kind, long at) {
    return new Fault(kind, at, Duration.ZERO);
  }
}
