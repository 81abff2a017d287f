package global.pixell.par.testkit.cli;

import global.pixell.par.testkit.internal.iam.DidYouMean;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The parsed arguments of a command. */
final class Options {

  /**
   * The arguments a command accepts.
   *
   * @param valued options with a value, {@code --port 80} or {@code --port=80}
   * @param flags options without a value
   * @param words the names of the other arguments, in order; all are required
   */
  record Syntax(Set<String> valued, Set<String> flags, List<String> words) {}

  private final Map<String, List<String>> values = new HashMap<>();
  private final Set<String> flags = new HashSet<>();
  private final List<String> words = new ArrayList<>();

  private Options() {}

  /**
   * Parses arguments.
   *
   * @throws UsageException naming the first invalid argument
   */
  static Options parse(List<String> args, Syntax syntax) {
    var options = new Options();
    for (int i = 0; i < args.size(); i++) {
      String arg = args.get(i);
      int equals = arg.startsWith("--") ? arg.indexOf('=') : -1;
      String name = equals < 0 ? arg : arg.substring(0, equals);
      if (syntax.valued().contains(name)) {
        if (equals < 0 && i + 1 == args.size()) {
          throw new UsageException(name + " needs a value");
        }
        String value = equals < 0 ? args.get(++i) : arg.substring(equals + 1);
        options.values.computeIfAbsent(name, n -> new ArrayList<>()).add(value);
      } else if (syntax.flags().contains(arg)) {
        options.flags.add(arg);
      } else if (arg.startsWith("-") && arg.length() > 1) {
        var known = new TreeSet<>(syntax.valued());
        known.addAll(syntax.flags());
        throw new UsageException("there is no option " + name + DidYouMean.suggestion(name, known));
      } else {
        options.words.add(arg);
      }
    }
    options.count(syntax.words());
    return options;
  }

  private void count(List<String> names) {
    if (words.size() < names.size()) {
      throw new UsageException(names.get(words.size()) + " is missing");
    }
    if (words.size() > names.size()) {
      throw new UsageException(
          "'" + words.get(names.size()) + "' is one argument more than the command takes");
    }
  }

  /** The last value of an option; empty without one. */
  Optional<String> value(String name) {
    List<String> all = values(name);
    return all.isEmpty() ? Optional.empty() : Optional.of(all.get(all.size() - 1));
  }

  List<String> values(String name) {
    return values.getOrDefault(name, List.of());
  }

  boolean has(String flag) {
    return flags.contains(flag);
  }

  String word(int index) {
    return words.get(index);
  }
}
