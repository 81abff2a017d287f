package global.pixell.par;

import global.pixell.par.ParException.Problem;
import global.pixell.par.internal.text.DidYouMean;
import global.pixell.par.internal.text.Redactor;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Reads variables by rules. The reader records each faulty variable and returns the default
 * instead, so that one pass finds all faults.
 *
 * <p>A blank value counts as absent, and blanks around a value do not count. Mutable, for one
 * thread; read everything, then call {@link #throwIfFaulty()}.
 */
public final class EnvironmentReader {

  private final Map<String, String> environment;
  private final List<Problem> problems = new ArrayList<>();

  /**
   * A reader of these variables.
   *
   * @param environment name to value; copied
   */
  public EnvironmentReader(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /**
   * Text as it is, trimmed.
   *
   * @param name the variable
   * @return empty when absent or blank
   */
  public Optional<String> text(String name) {
    return Optional.ofNullable(environment.get(name)).map(String::strip).filter(s -> !s.isEmpty());
  }

  /**
   * {@code true} or {@code false}, also {@code 1}, {@code 0}, {@code yes}, {@code no}, in any case.
   *
   * @param name the variable
   * @param fallback the value when absent or faulty
   * @return the value
   */
  public boolean flag(String name, boolean fallback) {
    return text(name)
        .map(
            value ->
                switch (value.toLowerCase(Locale.ROOT)) {
                  case "true", "1", "yes" -> true;
                  case "false", "0", "no" -> false;
                  default -> {
                    refuse(name, value, "is not a boolean.", "Use true or false.");
                    yield fallback;
                  }
                })
        .orElse(fallback);
  }

  /**
   * A whole number.
   *
   * @param name the variable
   * @param fallback the value when absent or faulty
   * @param min the smallest allowed value
   * @param max the largest allowed value
   * @return the value
   */
  public int integer(String name, int fallback, int min, int max) {
    Optional<String> value = text(name);
    if (value.isEmpty()) {
      return fallback;
    }
    String rule =
        max == Integer.MAX_VALUE
            ? "Use a whole number of at least " + min + "."
            : "Use a whole number from " + min + " to " + max + ".";
    try {
      int number = Integer.parseInt(value.get());
      if (number >= min && number <= max) {
        return number;
      }
      refuse(name, value.get(), "is out of range.", rule);
    } catch (NumberFormatException e) {
      refuse(name, value.get(), "is not a whole number.", rule);
    }
    return fallback;
  }

  /**
   * One of a few words, in any case.
   *
   * @param name the variable
   * @param fallback the value when absent or faulty
   * @param allowed the words, in lower case
   * @return the word, in lower case
   */
  public String oneOf(String name, String fallback, String... allowed) {
    Optional<String> value = text(name);
    if (value.isEmpty()) {
      return fallback;
    }
    String word = value.get().toLowerCase(Locale.ROOT);
    if (Arrays.asList(allowed).contains(word)) {
      return word;
    }
    refuse(name, value.get(), "is not known.", "Use one of " + String.join(", ", allowed) + ".");
    return fallback;
  }

  /**
   * Items separated by commas; empty items are skipped.
   *
   * @param name the variable
   * @param fallback the value when absent or when no item is good
   * @param allowed what an item must satisfy
   * @param rule the same rule as a sentence, which the fault shows
   * @return the good items
   */
  public List<String> list(
      String name, List<String> fallback, Predicate<String> allowed, String rule) {
    Optional<String> value = text(name);
    if (value.isEmpty()) {
      return fallback;
    }
    var items = new ArrayList<String>();
    for (String item : value.get().split(",", -1)) {
      String trimmed = item.strip();
      if (trimmed.isEmpty()) {
        continue;
      }
      if (allowed.test(trimmed)) {
        items.add(trimmed);
      } else {
        refuse(name, trimmed, "is not allowed in this list.", rule);
      }
    }
    return items.isEmpty() ? fallback : List.copyOf(items);
  }

  /**
   * A path of this machine's file system.
   *
   * @param name the variable
   * @return empty when absent or faulty
   */
  public Optional<Path> path(String name) {
    return text(name)
        .flatMap(
            value -> {
              try {
                return Optional.of(Path.of(value));
              } catch (InvalidPathException e) {
                refuse(name, value, "is not a path.", "Use a path of this file system.");
                return Optional.empty();
              }
            });
  }

  /**
   * An {@code http} or {@code https} address with a host and no user.
   *
   * @param name the variable
   * @return empty when absent or faulty
   */
  public Optional<URI> uri(String name) {
    return text(name)
        .flatMap(
            value -> {
              try {
                URI uri = new URI(value);
                String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
                if (uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && (scheme.equals("http") || scheme.equals("https"))) {
                  return Optional.of(uri);
                }
              } catch (URISyntaxException e) {
                // Refused below, like an address without a host.
              }
              refuse(
                  name, value, "is not an http(s) address.", "Use http(s)://host[:port], no user.");
              return Optional.empty();
            });
  }

  /**
   * Records a fault of a variable.
   *
   * @param name the variable
   * @param message what is wrong, as the end of a sentence that begins with the name
   * @param hint what to write instead
   */
  public void fault(String name, String message, String hint) {
    problems.add(new Problem(name, name + " " + message, hint));
  }

  /**
   * Records that a value breaks its rule. The fault shows the value without secrets.
   *
   * @param name the variable
   * @param value its value
   * @param message what is wrong, as the end of a sentence that begins with name and value
   * @param hint what to write instead
   */
  public void refuse(String name, String value, String message, String hint) {
    fault(name, "'" + Redactor.standard().redact(name, value) + "' " + message, hint);
  }

  /**
   * Records the refusal of a value.
   *
   * @param name the variable at fault
   * @param e the refusal
   */
  public void refuse(String name, ParException e) {
    problems.add(new Problem(name, name + ": " + e.getMessage(), e.hint()));
  }

  /**
   * Records every variable that begins with {@code prefix} and is not known.
   *
   * @param prefix such as {@code PAR_}
   * @param known all known names
   */
  public void refuseUnknown(String prefix, Collection<String> known) {
    environment.keySet().stream()
        .filter(name -> name.startsWith(prefix) && !known.contains(name))
        .sorted()
        .forEach(
            name ->
                fault(
                    name,
                    "is not a variable of PAR.",
                    DidYouMean.nearest(name, known)
                        .map(near -> "Did you mean " + near + "?")
                        .orElse("Remove it, or see the table of variables.")));
  }

  /**
   * A variable that is set and probably means {@code wanted}, because its name is nearly the same.
   *
   * @param wanted the missing variable
   * @param known names of existing variables, which are therefore no misspellings
   * @return the misspelt name; empty when no set variable is close enough
   */
  public Optional<String> nearMiss(String wanted, Collection<String> known) {
    return DidYouMean.nearest(
        wanted, environment.keySet().stream().filter(n -> !known.contains(n)).sorted().toList());
  }

  /**
   * Every fault so far.
   *
   * @return in the order they were found
   */
  public List<Problem> problems() {
    return List.copyOf(problems);
  }

  /**
   * Throws when this reader has recorded a fault.
   *
   * @throws ParException of kind {@code CONFIG} with all recorded faults
   */
  public void throwIfFaulty() {
    if (!problems.isEmpty()) {
      throw ParException.ofProblems(ParException.Kind.CONFIG, "The environment", problems);
    }
  }
}
