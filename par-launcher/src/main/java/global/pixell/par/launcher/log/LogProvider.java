package global.pixell.par.launcher.log;

import global.pixell.par.launcher.failure.OperatorHints;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;
import org.slf4j.event.LoggingEvent;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.helpers.NOPMDCAdapter;
import org.slf4j.spi.LoggingEventAware;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/**
 * Writes SLF4J records as lines of the launcher's stream. PAR's own library logs to {@value #PAR}:
 * its message is the event of the line, its key-values are the fields. Other libraries' records are
 * written from warning on, because their info is noise.
 *
 * <p>Public because SLF4J creates it by name from the property {@code slf4j.provider}. It is not
 * registered as a service, so the jar on a class path never replaces another provider.
 */
public final class LogProvider implements SLF4JServiceProvider {

  /** The logger of par-core's events. */
  static final String PAR = "global.pixell.par";

  private static final String PROVIDER = "slf4j.provider";

  private static volatile @Nullable LogStream stream;

  private final IMarkerFactory markers = new BasicMarkerFactory();
  private final MDCAdapter mdc = new NOPMDCAdapter();

  /** For SLF4J. */
  public LogProvider() {}

  /** Sends what libraries log to this stream from now on. */
  public static void install(LogStream target) {
    stream = target;
    select();
  }

  /** Makes SLF4J choose this provider, without a message about it. */
  public static void select() {
    System.setProperty(PROVIDER, LogProvider.class.getName());
    System.setProperty("slf4j.internal.verbosity", "WARN");
  }

  /**
   * Makes SLF4J choose this provider at once, and hides the choice from other copies of SLF4J in
   * this JVM. WireMock's jar has one: it reads the same property, and reports with a stack trace
   * that it cannot use this class.
   */
  public static void selectNow() {
    select();
    ILoggerFactory unused = LoggerFactory.getILoggerFactory();
    System.clearProperty(PROVIDER);
  }

  @Override
  public ILoggerFactory getLoggerFactory() {
    return StreamLogger::new;
  }

  @Override
  public IMarkerFactory getMarkerFactory() {
    return markers;
  }

  @Override
  public MDCAdapter getMDCAdapter() {
    return mdc;
  }

  @Override
  public String getRequestedApiVersion() {
    return "2.0.99";
  }

  @Override
  public void initialize() {}

  private static LogStream.Level levelOf(Level level) {
    return switch (level) {
      case TRACE, DEBUG -> LogStream.Level.DEBUG;
      case INFO -> LogStream.Level.INFO;
      case WARN -> LogStream.Level.WARNING;
      case ERROR -> LogStream.Level.ERROR;
    };
  }

  /** One logger. */
  private static final class StreamLogger extends LegacyAbstractLogger
      implements LoggingEventAware {
    private static final long serialVersionUID = 1L;

    private final boolean pars;

    StreamLogger(String name) {
      this.name = name;
      this.pars = name.equals(PAR);
    }

    private boolean isEnabled(Level level) {
      LogStream target = stream;
      return target != null
          && (pars || level == Level.WARN || level == Level.ERROR)
          && target.isEnabled(levelOf(level));
    }

    @Override
    public boolean isTraceEnabled() {
      return false;
    }

    @Override
    public boolean isDebugEnabled() {
      return isEnabled(Level.DEBUG);
    }

    @Override
    public boolean isInfoEnabled() {
      return isEnabled(Level.INFO);
    }

    @Override
    public boolean isWarnEnabled() {
      return isEnabled(Level.WARN);
    }

    @Override
    public boolean isErrorEnabled() {
      return isEnabled(Level.ERROR);
    }

    @Override
    public void log(LoggingEvent event) {
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      List<KeyValuePair> pairs = event.getKeyValuePairs();
      if (pairs != null) {
        pairs.forEach(
            pair ->
                fields.put(
                    pair.key,
                    pair.key.equals("hint") && pair.value instanceof String hint
                        ? OperatorHints.of(hint)
                        : pair.value));
      }
      write(
          event.getLevel(),
          event.getMessage(),
          event.getArgumentArray(),
          fields,
          event.getThrowable());
    }

    @Override
    protected String getFullyQualifiedCallerName() {
      return name;
    }

    @Override
    protected void handleNormalizedLoggingCall(
        Level level,
        @Nullable Marker marker,
        @Nullable String pattern,
        Object @Nullable [] arguments,
        @Nullable Throwable thrown) {
      write(level, pattern, arguments, new LinkedHashMap<>(), thrown);
    }

    private void write(
        Level level,
        @Nullable String pattern,
        Object @Nullable [] arguments,
        Map<String, @Nullable Object> fields,
        @Nullable Throwable thrown) {
      LogStream target = stream;
      if (target == null || !isEnabled(level)) {
        return;
      }
      String message = String.valueOf(MessageFormatter.basicArrayFormat(pattern, arguments));
      if (thrown != null) {
        fields.putIfAbsent("error", thrown.toString());
      }
      if (pars) {
        target.log(levelOf(level), message, fields);
        return;
      }
      Map<String, @Nullable Object> library = new LinkedHashMap<>();
      library.put("logger", name);
      library.put("message", message);
      fields.forEach(library::putIfAbsent);
      target.log(levelOf(level), "Library message", library);
    }
  }
}
