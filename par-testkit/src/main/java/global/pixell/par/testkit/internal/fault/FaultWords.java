package global.pixell.par.testkit.internal.fault;

import static global.pixell.par.testkit.internal.text.Quantity.bytes;
import static global.pixell.par.testkit.internal.text.Quantity.duration;

import global.pixell.par.testkit.internal.fault.ConnectionFault.Ending;
import global.pixell.par.testkit.internal.text.DidYouMean;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The names of faults in a specification: {@code slow-down}, {@code reset-at=1000+bandwidth=1MB}.
 */
final class FaultWords {

  /** The fault that reads a file of this machine. */
  static final String CHANGE_TO = "change-to=";

  private static final Set<String> FREE_TEXT = Set.of("error=", CHANGE_TO);

  private static final Map<String, Function<String, FaultEffect>> WORDS = new LinkedHashMap<>();

  static {
    WORDS.put("slow-down", none -> ErrorFault.slowDown());
    WORDS.put("internal-error", none -> ErrorFault.internalError());
    WORDS.put("unavailable=", wait -> ErrorFault.unavailable(duration("unavailable", wait)));
    WORDS.put(
        "unavailable-millis=", n -> ErrorFault.unavailableMillis(bytes("unavailable-millis", n)));
    WORDS.put("unavailable-until=", FaultWords::unavailableUntil);
    WORDS.put("access-denied", none -> ErrorFault.accessDenied());
    WORDS.put("kms-denied", none -> ErrorFault.kmsDenied());
    WORDS.put("expired-token", none -> ErrorFault.expiredToken());
    WORDS.put("clock-skew", none -> ErrorFault.clockSkew());
    WORDS.put("wrong-region=", ErrorFault::wrongRegion);
    WORDS.put("error=", FaultWords::error);
    WORDS.put("reset", none -> ending(Ending.RESET, ConnectionFault.BEFORE_HEAD));
    WORDS.put("reset-at=", at -> ending(Ending.RESET, bytes("reset-at", at)));
    WORDS.put("truncate-at=", at -> ending(Ending.TRUNCATE, bytes("truncate-at", at)));
    WORDS.put("stall", none -> ending(Ending.STALL, ConnectionFault.BEFORE_HEAD));
    WORDS.put("stall-at=", FaultWords::stallAt);
    WORDS.put(
        "slow-first-byte=",
        wait -> new DelayFault(ConnectionFault.BEFORE_HEAD, duration("slow-first-byte", wait)));
    WORDS.put("drip=", FaultWords::drip);
    WORDS.put("bandwidth=", rate -> new ThrottleFault.Bandwidth(bytes("bandwidth", rate)));
    WORDS.put("flip-byte-at=", at -> new CorruptionFault.FlippedByte(bytes("flip-byte-at", at)));
    WORDS.put(CHANGE_TO, FaultWords::changeTo);
    WORDS.put("wrong-checksum", none -> new CorruptionFault.WrongChecksum());
  }

  private FaultWords() {}

  /** All names; those that end in an equals sign take a value. */
  static Set<String> all() {
    return WORDS.keySet();
  }

  /** Whether the text begins with a name. */
  static boolean isFault(String text) {
    return WORDS.containsKey(word(text.split("\\+", 2)[0]));
  }

  /**
   * Parses faults that happen to one request, separated by plus signs.
   *
   * @throws IllegalArgumentException naming the wrong part
   */
  static FaultEffect parse(String text) {
    return split(text).stream()
        .map(FaultWords::fault)
        .reduce(FaultEffect::and)
        .orElse(FaultEffect.NONE);
  }

  /** Splits at plus signs, except in a message or a file name. */
  static List<String> split(String text) {
    var faults = new ArrayList<String>();
    for (String part : text.split("\\+", -1)) {
      int last = faults.size() - 1;
      boolean free = last >= 0 && FREE_TEXT.contains(word(faults.get(last)));
      if (free && !WORDS.containsKey(word(part))) {
        faults.set(last, faults.get(last) + "+" + part);
      } else {
        faults.add(part);
      }
    }
    return faults;
  }

  /** The name of a fault, as a key of {@link #WORDS}. */
  private static String word(String fault) {
    int equals = fault.indexOf('=');
    return equals < 0 ? fault : fault.substring(0, equals + 1);
  }

  private static FaultEffect fault(String fault) {
    String word = word(fault);
    Function<String, FaultEffect> known = WORDS.get(word);
    if (known == null) {
      throw new IllegalArgumentException(
          "there is no fault '" + fault + "'" + DidYouMean.suggestion(word, WORDS.keySet()));
    }
    return known.apply(fault.substring(word.length()));
  }

  private static FaultEffect ending(Ending ending, long at) {
    return new ConnectionFault(ending, at);
  }

  private static FaultEffect error(String text) {
    String[] parts = text.split("/", 3);
    if (parts.length < 2 || !parts[0].matches("[3-5]\\d\\d")) {
      throw new IllegalArgumentException(
          "error must be STATUS/CODE[/MESSAGE] such as 503/SlowDown, and '" + text + "' is not");
    }
    return ErrorFault.of(
        Integer.parseInt(parts[0]), parts[1], parts.length == 3 ? parts[2] : parts[1], Map.of());
  }

  private static FaultEffect unavailableUntil(String text) {
    try {
      return ErrorFault.unavailableUntil(Instant.parse(text));
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException(
          "unavailable-until must be a time such as 2030-01-01T00:00:00Z, and '"
              + text
              + "' is not",
          e);
    }
  }

  private static FaultEffect changeTo(String file) {
    try {
      return new CorruptionFault.Changed(Files.readAllBytes(Path.of(file)));
    } catch (IOException | InvalidPathException e) {
      throw new IllegalArgumentException("change-to cannot read the file '" + file + "'", e);
    }
  }

  private static FaultEffect stallAt(String text) {
    String[] parts = text.split("/", 2);
    long at = bytes("stall-at", parts[0]);
    return parts.length == 1
        ? ending(Ending.STALL, at)
        : new DelayFault(at, duration("the pause of stall-at", parts[1]));
  }

  private static FaultEffect drip(String text) {
    String[] parts = text.split("/", 2);
    if (parts.length < 2) {
      throw new IllegalArgumentException(
          "drip must be BYTES/INTERVAL such as 100/50ms, and '" + text + "' is not");
    }
    long each = bytes("drip", parts[0]);
    if (each > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "drip is at most " + Integer.MAX_VALUE + " bytes at a time, and '" + text + "' is more");
    }
    Duration interval = duration("the interval of drip", parts[1]);
    return new ThrottleFault.Drip((int) each, interval);
  }
}
