package global.pixell.par.launcher.log;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How serious a JSON line of the agent's is, in the words and numbers of the common loggers: Python
 * and structlog, pino and bunyan, zap, logrus, log4j, ECS, Google's and syslog's severities.
 */
final class AgentLevel {

  private static final List<String> FIELDS =
      List.of("level", "severity", "levelname", "log.level", "lvl", "severity_text");

  /** Under it a number is syslog's, where 0 is the worst; from it on pino's, where 10 is trace. */
  private static final int FIRST_PINO = 10;

  private AgentLevel() {}

  /** The level of a line; {@code INFO} when it has none or an unknown one. */
  static LogStream.Level of(Map<String, ? extends @Nullable Object> line) {
    // A word is clearer than a number: 30 is a warning for Python, and info for pino.
    for (String field : FIELDS) {
      Optional<LogStream.Level> level =
          line.get(field) instanceof String word ? ofWord(word) : Optional.empty();
      if (level.isPresent()) {
        return level.get();
      }
    }
    for (String field : FIELDS) {
      if (line.get(field) instanceof Number number) {
        return ofNumber(number.longValue());
      }
    }
    return LogStream.Level.INFO;
  }

  /** The level that a word means, in upper or lower case; empty for other words. */
  static Optional<LogStream.Level> ofWord(String word) {
    String level = word.strip().toLowerCase(Locale.ROOT);
    return switch (level) {
      case "trace", "debug", "verbose", "fine", "finer", "finest", "silly" ->
          Optional.of(LogStream.Level.DEBUG);
      case "info", "information", "informational", "notice", "log", "config", "default" ->
          Optional.of(LogStream.Level.INFO);
      case "warn", "warning" -> Optional.of(LogStream.Level.WARNING);
      case "err",
          "error",
          "severe",
          "crit",
          "critical",
          "alert",
          "emerg",
          "emergency",
          "panic",
          "dpanic",
          "fatal" ->
          Optional.of(LogStream.Level.ERROR);
      default ->
          !level.isEmpty() && level.length() <= 3 && level.chars().allMatch(Character::isDigit)
              ? Optional.of(ofNumber(Long.parseLong(level)))
              : Optional.empty();
    };
  }

  private static LogStream.Level ofNumber(long number) {
    if (number < FIRST_PINO) {
      if (number >= 7) {
        return LogStream.Level.DEBUG;
      }
      if (number >= 5) {
        return LogStream.Level.INFO;
      }
      return number == 4 ? LogStream.Level.WARNING : LogStream.Level.ERROR;
    }
    if (number >= 50) {
      return LogStream.Level.ERROR;
    }
    if (number >= 40) {
      return LogStream.Level.WARNING;
    }
    return number >= 30 ? LogStream.Level.INFO : LogStream.Level.DEBUG;
  }
}
