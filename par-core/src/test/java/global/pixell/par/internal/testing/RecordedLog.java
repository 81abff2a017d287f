package global.pixell.par.internal.testing;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.event.LoggingEvent;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.NOPMDCAdapter;
import org.slf4j.spi.LoggingEventAware;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/** The SLF4J provider of the tests: it records the library's log lines and prints nothing. */
public final class RecordedLog implements SLF4JServiceProvider {

  /** One line of the logger {@code global.pixell.par}. */
  public record Line(
      Level level, String message, Map<String, Object> pairs, @Nullable Throwable cause) {}

  private static final List<Line> LINES = new CopyOnWriteArrayList<>();

  /** The lines of one call, by the id in its events. */
  public static List<Line> of(String fetchId) {
    return LINES.stream().filter(line -> fetchId.equals(line.pairs().get("fetch_id"))).toList();
  }

  @Override
  public ILoggerFactory getLoggerFactory() {
    return name -> new Recorder(name.equals("global.pixell.par"));
  }

  @Override
  public IMarkerFactory getMarkerFactory() {
    return new BasicMarkerFactory();
  }

  @Override
  public MDCAdapter getMDCAdapter() {
    return new NOPMDCAdapter();
  }

  @Override
  public String getRequestedApiVersion() {
    return "2.0.99";
  }

  @Override
  public void initialize() {}

  private static final class Recorder extends LegacyAbstractLogger implements LoggingEventAware {
    private static final long serialVersionUID = 1L;
    private final boolean enabled;

    Recorder(boolean enabled) {
      this.enabled = enabled;
    }

    @Override
    public void log(LoggingEvent event) {
      var pairs = new LinkedHashMap<String, Object>();
      if (event.getKeyValuePairs() != null) {
        event.getKeyValuePairs().forEach(pair -> pairs.put(pair.key, pair.value));
      }
      LINES.add(new Line(event.getLevel(), event.getMessage(), pairs, event.getThrowable()));
    }

    @Override
    protected void handleNormalizedLoggingCall(
        Level level,
        @Nullable Marker marker,
        String message,
        Object @Nullable [] arguments,
        @Nullable Throwable cause) {
      LINES.add(new Line(level, message, Map.of(), cause));
    }

    @Override
    protected @Nullable String getFullyQualifiedCallerName() {
      return null;
    }

    @Override
    public boolean isTraceEnabled() {
      return enabled;
    }

    @Override
    public boolean isDebugEnabled() {
      return enabled;
    }

    @Override
    public boolean isInfoEnabled() {
      return enabled;
    }

    @Override
    public boolean isWarnEnabled() {
      return enabled;
    }

    @Override
    public boolean isErrorEnabled() {
      return enabled;
    }
  }
}
