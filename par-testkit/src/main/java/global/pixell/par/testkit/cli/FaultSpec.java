package global.pixell.par.testkit.cli;

import static global.pixell.par.testkit.cli.Quantity.bytes;
import static global.pixell.par.testkit.cli.Quantity.duration;

import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Fault;
import global.pixell.par.testkit.FaultScript;
import global.pixell.par.testkit.internal.iam.DidYouMean;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A fault script as one argument, in the words of {@link Fault}:
 *
 * <pre>{@code
 * GET:acme/greeter/1.2.0/greeter.apkg:2x:slow-down
 * GET:big.apkg:after=1:covering=20MB:reset-at=1000
 * ANY:always:slow-first-byte=2s+flip-byte-at=17
 * }</pre>
 */
final class FaultSpec {

  static final String HELP =
      """
      A fault is TARGET[:HOW OFTEN]:WHAT. Several happen in the order of the options.
        TARGET     GET:key  HEAD:key  PUT:key  LIST:prefix  ANY
        HOW OFTEN  2x (default 1x)  always  after=N (after N requests that succeed)
                   covering=N (only requests for byte N of the object)
        WHAT       slow-down  internal-error  unavailable=3s  unavailable-millis=250
                   unavailable-until=2030-01-01T00:00:00Z
                   access-denied  kms-denied  expired-token  clock-skew  wrong-region=eu-west-1
                   error=STATUS/CODE[/MESSAGE]  reset  reset-at=N  truncate-at=N  stall
                   stall-at=N[/2s]  slow-first-byte=2s  drip=N/100ms  bandwidth=90MB
                   flip-byte-at=N  wrong-checksum  change-to=FILE (the object is replaced just before)
                   two faults at once: reset-at=9+bandwidth=1MB
      """;

  private static final Pattern TIMES = Pattern.compile("(\\d{1,9})x");
  private static final Pattern AFTER = Pattern.compile("after=(\\d{1,9})");

  private static final Set<String> FREE_TEXT = Set.of("error=", "change-to=");

  private static final Map<String, Function<String, Fault>> WORDS = new LinkedHashMap<>();

  static {
    WORDS.put("slow-down", none -> Fault.slowDown());
    WORDS.put("internal-error", none -> Fault.internalError());
    WORDS.put("unavailable=", wait -> Fault.unavailable(duration("unavailable", wait)));
    WORDS.put("unavailable-millis=", n -> Fault.unavailableMillis(bytes("unavailable-millis", n)));
    WORDS.put("unavailable-until=", FaultSpec::unavailableUntil);
    WORDS.put("access-denied", none -> Fault.accessDenied());
    WORDS.put("kms-denied", none -> Fault.kmsDenied());
    WORDS.put("expired-token", none -> Fault.expiredToken());
    WORDS.put("clock-skew", none -> Fault.clockSkew());
    WORDS.put("wrong-region=", Fault::wrongRegion);
    WORDS.put("error=", FaultSpec::error);
    WORDS.put("reset", none -> Fault.reset());
    WORDS.put("reset-at=", at -> Fault.resetAt(bytes("reset-at", at)));
    WORDS.put("truncate-at=", at -> Fault.truncateAt(bytes("truncate-at", at)));
    WORDS.put("stall", none -> Fault.stall());
    WORDS.put("stall-at=", FaultSpec::stallAt);
    WORDS.put("slow-first-byte=", wait -> Fault.slowFirstByte(duration("slow-first-byte", wait)));
    WORDS.put("drip=", FaultSpec::drip);
    WORDS.put("bandwidth=", rate -> Fault.bandwidth(bytes("bandwidth", rate)));
    WORDS.put("flip-byte-at=", at -> Fault.flipByteAt(bytes("flip-byte-at", at)));
    WORDS.put("change-to=", FaultSpec::changeTo);
    WORDS.put("wrong-checksum", none -> Fault.wrongChecksum());
  }

  private FaultSpec() {}

  /** All fault names; those that end in an equals sign take a value. */
  static List<String> words() {
    return List.copyOf(WORDS.keySet());
  }

  /**
   * Injects the faults of a specification, all of them or none.
   *
   * @throws UsageException naming the wrong part
   */
  static void apply(FakeS3 s3, String spec) {
    int what = whatBegins(spec);
    if (what == 0) {
      throw new UsageException("the fault '" + spec + "' has no target; write GET:key:" + spec);
    }
    String left = spec.substring(0, what - 1);
    String how = "";
    // From the right, because a key may contain colons.
    for (int colon = left.lastIndexOf(':');
        colon >= 0 && isHow(left.substring(colon + 1));
        colon = left.lastIndexOf(':')) {
      how = left.substring(colon + 1) + ":" + how;
      left = left.substring(0, colon);
    }
    try {
      FaultScript script = often(target(s3, left), how);
      faults(spec.substring(what)).stream()
          .map(FaultSpec::fault)
          .reduce(Fault::and)
          .ifPresent(script::inject);
    } catch (IllegalArgumentException e) {
      throw new UsageException("the fault '" + spec + "' is invalid: " + e.getMessage());
    }
  }

  /** Searches from the right, because keys, messages, dates and file names may contain colons. */
  private static int whatBegins(String spec) {
    for (int colon = spec.lastIndexOf(':'); colon >= 0; colon = spec.lastIndexOf(':', colon - 1)) {
      if (WORDS.containsKey(word(spec.substring(colon + 1).split("\\+", 2)[0]))) {
        return colon + 1;
      }
    }
    return spec.lastIndexOf(':') + 1;
  }

  /** Splits at plus signs, except in a message or a file name. */
  private static List<String> faults(String what) {
    var faults = new ArrayList<String>();
    for (String part : what.split("\\+", -1)) {
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

  private static boolean isHow(String word) {
    return word.equals("always") || word.startsWith("covering=") || isCount(word);
  }

  private static boolean isCount(String word) {
    return TIMES.matcher(word).matches() || AFTER.matcher(word).matches();
  }

  private static FaultScript target(FakeS3 s3, String text) {
    int colon = text.indexOf(':');
    String verb = colon < 0 ? text : text.substring(0, colon);
    String rest = colon < 0 ? "" : text.substring(colon + 1);
    return switch (verb) {
      case "ANY" -> s3.onAny();
      case "GET" -> s3.onGet(rest);
      case "HEAD" -> s3.onHead(rest);
      case "PUT" -> s3.onPut(rest);
      case "LIST" -> s3.onList(rest);
      default ->
          throw new UsageException(
              "the target of a fault is GET:key, HEAD:key, PUT:key, LIST:prefix or ANY, and '"
                  + text
                  + "' is not one of them");
    };
  }

  private static FaultScript often(FaultScript target, String how) {
    FaultScript script = target;
    for (String word : how.isEmpty() ? new String[0] : how.split(":", -1)) {
      Matcher times = TIMES.matcher(word);
      Matcher after = AFTER.matcher(word);
      if (times.matches()) {
        script = script.times(Integer.parseInt(times.group(1)));
      } else if (after.matches()) {
        script = script.after(Integer.parseInt(after.group(1)));
      } else if (word.equals("always")) {
        script = script.always();
      } else if (word.startsWith("covering=")) {
        script = script.covering(bytes("covering", word.substring("covering=".length())));
      }
    }
    return script;
  }

  private static Fault fault(String fault) {
    String word = word(fault);
    Function<String, Fault> known = WORDS.get(word);
    if (known == null) {
      throw new UsageException(
          "there is no fault '" + fault + "'" + DidYouMean.suggestion(word, WORDS.keySet()));
    }
    return known.apply(fault.substring(word.length()));
  }

  private static Fault error(String text) {
    String[] parts = text.split("/", 3);
    if (parts.length < 2 || !parts[0].matches("[3-5]\\d\\d")) {
      throw new UsageException(
          "error must be STATUS/CODE[/MESSAGE] such as 503/SlowDown, and '" + text + "' is not");
    }
    return Fault.error(
        Integer.parseInt(parts[0]), parts[1], parts.length == 3 ? parts[2] : parts[1], Map.of());
  }

  private static Fault unavailableUntil(String text) {
    try {
      return Fault.unavailableUntil(Instant.parse(text));
    } catch (DateTimeParseException e) {
      throw new UsageException(
          "unavailable-until must be a time such as 2030-01-01T00:00:00Z, and '"
              + text
              + "' is not");
    }
  }

  private static Fault changeTo(String file) {
    try {
      return Fault.changeTo(Files.readAllBytes(Path.of(file)));
    } catch (IOException e) {
      throw new UsageException("change-to cannot read the file '" + file + "'");
    }
  }

  private static Fault stallAt(String text) {
    String[] parts = text.split("/", 2);
    long at = bytes("stall-at", parts[0]);
    return parts.length == 1
        ? Fault.stallAt(at)
        : Fault.stallAt(at, duration("the pause of stall-at", parts[1]));
  }

  private static Fault drip(String text) {
    String[] parts = text.split("/", 2);
    if (parts.length < 2) {
      throw new UsageException(
          "drip must be BYTES/INTERVAL such as 100/50ms, and '" + text + "' is not");
    }
    long each = bytes("drip", parts[0]);
    if (each > Integer.MAX_VALUE) {
      throw new UsageException(
          "drip is at most " + Integer.MAX_VALUE + " bytes at a time, and '" + text + "' is more");
    }
    return Fault.drip((int) each, duration("the interval of drip", parts[1]));
  }
}
