package global.pixell.par.launcher;

import java.util.List;

/**
 * What follows the name of a command that can print JSON.
 *
 * @param json whether {@code --json} is among the words, wherever it stands
 * @param words all other words, in their order
 */
record Arguments(boolean json, List<String> words) {

  static Arguments of(List<String> arguments) {
    List<String> words = arguments.stream().filter(word -> !word.equals("--json")).toList();
    return new Arguments(words.size() < arguments.size(), words);
  }
}
