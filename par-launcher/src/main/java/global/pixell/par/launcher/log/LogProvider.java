package global.pixell.par.launcher.log;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.helpers.NOPMDCAdapter;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/**
 * What libraries log through SLF4J becomes lines of the launcher's stream: warnings and errors
 * only, for a library's information is noise in a fleet.
 *
 * <p>Public for SLF4J alone, which makes it by name from the property {@code slf4j.provider}; it is
 * not registered as a service, so that the jar takes nobody's logging away.
 */
public final class LogProvider implements SLF4JServiceProvider {

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

  /** Makes SLF4J choose this provider, without a word about it. */
  public static void select() {
    System.setProperty("slf4j.provider", LogProvider.class.getName());
    System.setProperty("slf4j.internal.verbosity", "WARN");
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

  /** One library's logger. */
  private static final class StreamLogger extends LegacyAbstractLogger {
    private static final long serialVersionUID = 1L;

    StreamLogger(String name) {
      this.name = name;
    }

    @Override
    public boolean isTraceEnabled() {
      return false;
    }

    @Override
    public boolean isDebugEnabled() {
      return false;
    }

    @Override
    public boolean isInfoEnabled() {
      return false;
    }

    @Override
    public boolean isWarnEnabled() {
      return true;
    }

    @Override
    public boolean isErrorEnabled() {
      return true;
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
      LogStream target = stream;
      if (target == null) {
        return;
      }
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("logger", name);
      fields.put("message", String.valueOf(MessageFormatter.basicArrayFormat(pattern, arguments)));
      if (thrown != null) {
        fields.put("error", thrown.toString());
      }
      target.log(
          level == Level.ERROR ? LogStream.Level.ERROR : LogStream.Level.WARNING,
          "Library message",
          fields);
    }
  }
}
