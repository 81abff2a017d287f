package global.pixell.par.testkit.cli.console;

import global.pixell.par.testkit.internal.text.DidYouMean;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The parsed arguments of a command. A value follows its option ({@code --port 80}, {@code -o F})
 * or is attached to it ({@code --port=80}, {@code -o=F}, {@code -oF}). After {@code --} nothing is
 * an option.
 */
public final class Options {

  /**
   * The arguments a command accepts.
   *
   * @param valued options with a value
   * @param flags options without a value
   * @param words the names of the required other arguments, in order
   * @param optional the names of the other arguments that may follow them
   */
  public record Syntax(
      Set<String> valued, Set<String> flags, List<String> words, List<String> optional) {

    /** A syntax without optional arguments. */
    public Syntax(Set<String> valued, Set<String> flags, List<String> words) {
      this(valued, flags, words, List.of());
    }
  }

  /** The options of every command; the command line answers them, not the command. */
  public static final Set<String> HELP = Set.of("-h", "--help");

  private final List<Map.Entry<String, String>> values = new ArrayList<>();
  private final Set<String> flags = new HashSet<>();
  private final List<String> words = new ArrayList<>();

  private Options() {}

  /**
   * Parses arguments.
   *
   * @throws UsageException naming the first invalid argument
   */
  public static Options parse(List<String> args, Syntax syntax) {
    var options = new Options();
    for (int i = 0; i < args.size(); i++) {
      String arg = args.get(i);
      if (arg.equals("--")) {
        options.words.addAll(args.subList(i + 1, args.size()));
        break;
      }
      String name = name(arg, syntax);
      if (syntax.valued().contains(name)) {
        boolean attached = arg.length() > name.length();
        if (!attached && i + 1 == args.size()) {
          throw new UsageException(name + " needs a value");
        }
        String value = attached ? value(arg, name) : args.get(++i);
        options.values.add(Map.entry(name, value));
      } else if (syntax.flags().contains(arg) || HELP.contains(arg)) {
        options.flags.add(arg);
      } else if (arg.startsWith("-") && arg.length() > 1) {
        throw unknown(name, arg, syntax);
      } else {
        options.words.add(arg);
      }
    }
    if (!options.asksForHelp()) {
      options.count(syntax);
    }
    return options;
  }

  /** The option of an argument, without an attached value. */
  private static String name(String arg, Syntax syntax) {
    if (arg.startsWith("--")) {
      int equals = arg.indexOf('=');
      return equals < 0 ? arg : arg.substring(0, equals);
    }
    boolean attached =
        arg.length() > 2 && arg.charAt(0) == '-' && syntax.valued().contains(arg.substring(0, 2));
    return attached ? arg.substring(0, 2) : arg;
  }

  private static String value(String arg, String name) {
    String attached = arg.substring(name.length());
    return attached.startsWith("=") ? attached.substring(1) : attached;
  }

  private static UsageException unknown(String name, String arg, Syntax syntax) {
    if (syntax.flags().contains(name) || HELP.contains(name)) {
      return new UsageException(
          name + " takes no value, and '" + arg.substring(name.length() + 1) + "' is one");
    }
    var known = new TreeSet<>(syntax.valued());
    known.addAll(syntax.flags());
    known.addAll(HELP);
    return new UsageException("there is no option " + name + DidYouMean.suggestion(name, known));
  }

  private void count(Syntax syntax) {
    int required = syntax.words().size();
    if (words.size() < required) {
      throw new UsageException(syntax.words().get(words.size()) + " is missing");
    }
    int most = required + syntax.optional().size();
    if (words.size() > most) {
      throw new UsageException(
          "'" + words.get(most) + "' is one argument more than the command takes");
    }
  }

  public boolean asksForHelp() {
    return flags.stream().anyMatch(HELP::contains);
  }

  /** The last value of an option, under any of its names; empty without one. */
  public Optional<String> value(String... names) {
    List<String> all = values(names);
    return all.isEmpty() ? Optional.empty() : Optional.of(all.get(all.size() - 1));
  }

  /** All values of an option, under any of its names, in the order of the command line. */
  public List<String> values(String... names) {
    return values.stream()
        .filter(value -> Set.of(names).contains(value.getKey()))
        .map(Map.Entry::getValue)
        .toList();
  }

  /** Whether a flag is set, under any of its names. */
  public boolean has(String... names) {
    return Set.of(names).stream().anyMatch(flags::contains);
  }

  public String word(int index) {
    return words.get(index);
  }

  /** The arguments that are not options. */
  public List<String> words() {
    return List.copyOf(words);
  }
}
