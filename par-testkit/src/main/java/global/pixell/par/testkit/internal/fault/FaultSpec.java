package global.pixell.par.testkit.internal.fault;

import static global.pixell.par.testkit.internal.text.Quantity.bytes;

import global.pixell.par.testkit.internal.fault.FaultQueue.ScheduledFault;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A fault script as one text:
 *
 * <pre>{@code
 * GET:acme/greeter/1.2.0/greeter.apkg:2x:slow-down
 * GET:acme/*:bucket=packages:after=1:covering=20MB:reset-at=1000
 * ANY:always:slow-first-byte=2s+flip-byte-at=17
 * }</pre>
 *
 * @param text the whole specification
 */
public record FaultSpec(String text, FaultTarget target, ScheduledFault fault) {

  /** The help of the commands that take specifications. */
  public static final String HELP =
      """
      A fault is TARGET[:HOW OFTEN]:WHAT. Several happen in the order of the options.
        TARGET     GET:key  HEAD:key  PUT:key  LIST:prefix  ANY
                   In a key and a prefix, * matches any text and ? any character; \\* and \\? do not.
        HOW OFTEN  2x (default 1x)  always  after=N (after N requests that succeed)
                   covering=N (only requests for byte N of the object)
                   bucket=NAME (only requests for that bucket)
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
  private static final String COVERING = "covering=";
  private static final String BUCKET = "bucket=";

  /** All fault names; those that end in an equals sign take a value. */
  public static Set<String> words() {
    return FaultWords.all();
  }

  /**
   * Parses a specification. {@code change-to} reads its file here.
   *
   * @throws IllegalArgumentException with a sentence that names the wrong part
   */
  public static FaultSpec parse(String spec) {
    int what = whatBegins(spec);
    if (what == 0) {
      throw new IllegalArgumentException(
          "the fault '" + spec + "' has no target; write GET:key:" + spec);
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
    String[] words = how.isEmpty() ? new String[0] : how.split(":", -1);
    FaultTarget target = target(left);
    for (String word : words) {
      if (word.startsWith(BUCKET)) {
        target = target.inBucket(word.substring(BUCKET.length()));
      }
    }
    return new FaultSpec(spec, target, scheduled(spec.substring(what), words));
  }

  /**
   * Whether the fault reads a file of this machine, which only its owner may ask for. Must be
   * decided before {@link #parse}, which reads the file.
   */
  public static boolean readsFile(String spec) {
    return FaultWords.split(spec.substring(whatBegins(spec))).stream()
        .anyMatch(fault -> fault.startsWith(FaultWords.CHANGE_TO));
  }

  /** Searches from the right, because keys, messages, dates and file names may contain colons. */
  private static int whatBegins(String spec) {
    for (int colon = spec.lastIndexOf(':'); colon >= 0; colon = spec.lastIndexOf(':', colon - 1)) {
      if (FaultWords.isFault(spec.substring(colon + 1))) {
        return colon + 1;
      }
    }
    return spec.lastIndexOf(':') + 1;
  }

  private static boolean isHow(String word) {
    return word.equals("always")
        || word.startsWith(COVERING)
        || word.startsWith(BUCKET)
        || TIMES.matcher(word).matches()
        || AFTER.matcher(word).matches();
  }

  private static FaultTarget target(String text) {
    int colon = text.indexOf(':');
    String verb = colon < 0 ? text : text.substring(0, colon);
    String rest = colon < 0 ? "" : text.substring(colon + 1);
    return switch (verb) {
      case "ANY" -> FaultTarget.any();
      case "GET" -> FaultTarget.get(rest);
      case "HEAD" -> FaultTarget.head(rest);
      case "PUT" -> FaultTarget.put(rest);
      case "LIST" -> FaultTarget.list(rest);
      default ->
          throw new IllegalArgumentException(
              "the target of a fault is GET:key, HEAD:key, PUT:key, LIST:prefix or ANY, and '"
                  + text
                  + "' is not one of them");
    };
  }

  private static ScheduledFault scheduled(String what, String[] how) {
    int times = 1;
    int skip = 0;
    OptionalLong covering = OptionalLong.empty();
    for (String word : how) {
      Matcher count = TIMES.matcher(word);
      Matcher after = AFTER.matcher(word);
      if (count.matches()) {
        times = Integer.parseInt(count.group(1));
      } else if (after.matches()) {
        skip = Integer.parseInt(after.group(1));
      } else if (word.equals("always")) {
        times = FaultQueue.ALWAYS;
      } else if (word.startsWith(COVERING)) {
        covering = OptionalLong.of(bytes("covering", word.substring(COVERING.length())));
      }
    }
    return new ScheduledFault(FaultWords.parse(what), covering, skip, times);
  }
}
