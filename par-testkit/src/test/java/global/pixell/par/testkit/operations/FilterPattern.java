package global.pixell.par.testkit.operations;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A JSON filter pattern of CloudWatch Logs, as the user guide ("Filter and pattern syntax")
 * describes it. It refuses everything that the guide does not describe, so that no pattern passes
 * here that AWS would refuse or interpret in another way.
 */
final class FilterPattern {

  /** A pattern that CloudWatch would refuse. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;

    Refused(String message) {
      super(message);
    }
  }

  /** The longest pattern that PutMetricFilter accepts. */
  private static final int MAX_LENGTH = 1024;

  private static final ObjectMapper JSON = new ObjectMapper();

  private static final Pattern TOKEN =
      Pattern.compile(
          "\\s*(?:(?<selector>\\$(?:\\.[A-Za-z0-9_-]+|\\[\\d+\\])+)"
              + "|(?<operator>&&|\\|\\||[()]|!=|<=|>=|=|<|>)"
              + "|\"(?<quoted>(?:[^\"\\\\]|\\\\.)*)\""
              + "|(?<word>[A-Za-z0-9_*.+-]+))");

  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:[eE][+-]?\\d+)?");

  private record Token(String kind, String text) {
    boolean is(String operator) {
      return kind.equals("operator") && text.equals(operator);
    }

    boolean isWord(String word) {
      return kind.equals("word") && text.equals(word);
    }
  }

  private final List<Token> tokens;
  private final Predicate<JsonNode> expression;
  private int at;

  private FilterPattern(List<Token> tokens) {
    this.tokens = tokens;
    this.expression = or();
    if (at < tokens.size()) {
      throw new Refused("\"" + tokens.get(at).text() + "\" follows a whole expression");
    }
  }

  static FilterPattern parse(String pattern) {
    if (pattern.length() > MAX_LENGTH) {
      throw new Refused("longer than " + MAX_LENGTH + " characters");
    }
    String text = pattern.strip();
    if (!text.startsWith("{") || !text.endsWith("}")) {
      throw new Refused("a JSON pattern stands in braces");
    }
    return new FilterPattern(tokens(text.substring(1, text.length() - 1).strip()));
  }

  private static List<Token> tokens(String text) {
    List<Token> tokens = new ArrayList<>();
    Matcher matcher = TOKEN.matcher(text);
    int end = 0;
    while (end < text.length()) {
      if (!matcher.find(end) || matcher.start() != end) {
        throw new Refused("cannot read \"" + text.substring(end) + "\"");
      }
      for (String kind : List.of("selector", "operator", "quoted", "word")) {
        String found = matcher.group(kind);
        if (found != null) {
          tokens.add(new Token(kind, found));
        }
      }
      end = matcher.end();
    }
    return tokens;
  }

  /** Whether a log event matches. A line that is not a JSON object never matches. */
  boolean matches(String line) {
    try {
      JsonNode event = JSON.readTree(line);
      return event != null && event.isObject() && expression.test(event);
    } catch (JsonProcessingException e) {
      return false;
    }
  }

  private Predicate<JsonNode> or() {
    Predicate<JsonNode> left = and();
    while (next("||")) {
      left = left.or(and());
    }
    return left;
  }

  private Predicate<JsonNode> and() {
    Predicate<JsonNode> left = term();
    while (next("&&")) {
      left = left.and(term());
    }
    return left;
  }

  private Predicate<JsonNode> term() {
    if (next("(")) {
      Predicate<JsonNode> inner = or();
      if (!next(")")) {
        throw new Refused("a parenthesis is not closed");
      }
      return inner;
    }
    Token selector = take();
    if (!selector.kind().equals("selector")) {
      throw new Refused("\"" + selector.text() + "\" is not a selector such as $.event");
    }
    Token operator = take();
    if (operator.isWord("NOT")) {
      expect("EXISTS");
      return event -> select(event, selector.text()).isEmpty();
    }
    if (operator.isWord("IS")) {
      return is(selector.text(), take());
    }
    if (!operator.kind().equals("operator") || operator.text().matches("&&|\\|\\||[()]")) {
      throw new Refused("\"" + operator.text() + "\" is not a comparison");
    }
    return comparison(selector.text(), operator.text(), take());
  }

  private static Predicate<JsonNode> is(String selector, Token value) {
    if (value.isWord("NULL")) {
      return event -> select(event, selector).filter(JsonNode::isNull).isPresent();
    }
    if (value.isWord("TRUE") || value.isWord("FALSE")) {
      boolean wanted = value.isWord("TRUE");
      return event ->
          select(event, selector)
              .filter(JsonNode::isBoolean)
              .filter(found -> found.booleanValue() == wanted)
              .isPresent();
    }
    throw new Refused("IS " + value.text() + " is none of IS NULL, IS TRUE and IS FALSE");
  }

  private static Predicate<JsonNode> comparison(String selector, String operator, Token value) {
    boolean number = value.kind().equals("word") && NUMBER.matcher(value.text()).matches();
    if (number) {
      BigDecimal wanted = new BigDecimal(value.text());
      return event ->
          select(event, selector)
              .filter(JsonNode::isNumber)
              .filter(found -> holds(found.decimalValue().compareTo(wanted), operator))
              .isPresent();
    }
    if (!operator.equals("=") && !operator.equals("!=")) {
      throw new Refused(operator + " compares numbers, and \"" + value.text() + "\" is none");
    }
    if (!value.kind().equals("quoted") && !value.kind().equals("word")) {
      throw new Refused("\"" + value.text() + "\" is no value; quote it");
    }
    Pattern wanted = wildcards(value.text().replaceAll("\\\\(.)", "$1"));
    return event ->
        select(event, selector)
            .filter(found -> found.isTextual() || found.isNumber())
            .filter(found -> wanted.matcher(found.asText()).matches() == operator.equals("="))
            .isPresent();
  }

  private static boolean holds(int compared, String operator) {
    return switch (operator) {
      case "=" -> compared == 0;
      case "!=" -> compared != 0;
      case "<" -> compared < 0;
      case "<=" -> compared <= 0;
      case ">" -> compared > 0;
      default -> compared >= 0;
    };
  }

  /** An asterisk is a wildcard at the ends of a term, and literal within it. */
  private static Pattern wildcards(String term) {
    boolean before = term.startsWith("*");
    boolean after = term.length() > 1 && term.endsWith("*");
    String literal = term.substring(before ? 1 : 0, term.length() - (after ? 1 : 0));
    return Pattern.compile(
        (before ? ".*" : "") + Pattern.quote(literal) + (after ? ".*" : ""), Pattern.DOTALL);
  }

  /** The selected value; empty without one. For comparisons a list or object is no value. */
  private static Optional<JsonNode> select(JsonNode event, String selector) {
    JsonNode found = event;
    Matcher step = Pattern.compile("\\.([A-Za-z0-9_-]+)|\\[(\\d+)\\]").matcher(selector);
    while (step.find()) {
      found =
          step.group(1) != null
              ? found.path(step.group(1))
              : found.path(Integer.parseInt(step.group(2)));
    }
    return found.isMissingNode() ? Optional.empty() : Optional.of(found);
  }

  private boolean next(String operator) {
    if (at < tokens.size() && tokens.get(at).is(operator)) {
      at++;
      return true;
    }
    return false;
  }

  private Token take() {
    if (at == tokens.size()) {
      throw new Refused("the pattern ends too early");
    }
    return tokens.get(at++);
  }

  private void expect(String word) {
    Token token = take();
    if (!token.isWord(word)) {
      throw new Refused("\"" + token.text() + "\" stands where " + word + " must");
    }
  }
}
