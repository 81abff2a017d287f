package global.pixell.par.launcher.failure;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Rewrites the hints of the library for operators. The library names the settings of its API, such
 * as {@code cacheDirectory(…)}; an operator sets the variables that PAR reads them from.
 */
public final class OperatorHints {

  /** A text in the hints of the library, and the text for operators that replaces it. */
  private static final Map<String, String> PHRASES = new LinkedHashMap<>();

  static {
    PHRASES.put("Allow it with allowBucket(…)", "Add it to S3_BUCKET");
    PHRASES.put("set offline(false)", "unset PAR_OFFLINE");
    PHRASES.put("call evict()", "run par cache gc");
    PHRASES.put("entries with maxUnpacked(…)", "entries with PAR_MAX_ENTRIES");
    PHRASES.put("bytes with maxUnpacked(…)", "bytes with PAR_MAX_UNPACKED_MB");
    PHRASES.put("by its key, s3://bucket/key", "by its key with PACKAGE_URL");
    PHRASES.put("(-Djavax.net.ssl.trustStore)", "(-Djavax.net.ssl.trustStore in PAR_JAVA_OPTS)");
    PHRASES.put(
        "Java's proxy settings (https.proxyHost, http.nonProxyHosts)",
        "HTTPS_PROXY (HTTP_PROXY for an http endpoint) and NO_PROXY");
    PHRASES.put("exclude that host (http.nonProxyHosts)", "list that host in NO_PROXY");
    flag("requireDigest", "PAR_REQUIRE_SHA256");
    flag("cacheServeStale", "PAR_CACHE_SERVE_STALE");
    flag("cacheLocks", "PAR_CACHE_LOCKS");
    value("cacheDirectory", "PAR_CACHE_DIR");
    value("cacheMaxBytes", "PAR_CACHE_MAX_MB");
    value("cacheMaxAge", "PAR_CACHE_MAX_AGE_DAYS");
    value("cacheMinFreeBytes", "PAR_CACHE_MIN_FREE_MB");
    value("cacheVerifyDigests", "PAR_CACHE_VERIFY");
    value("region", "AWS_REGION");
    value("endpoint", "AWS_ENDPOINT_URL_S3");
    value("credentials", "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
    value("maxPackageBytes", "MAX_PACKAGE_SIZE_MB");
    value("downloadConnections", "PAR_DOWNLOAD_CONNECTIONS");
    value("attempts", "PAR_FETCH_ATTEMPTS");
    value("pathStyle", "PAR_S3_ADDRESSING");
    value("withDigest", "PACKAGE_SHA256");
  }

  private OperatorHints() {}

  private static void flag(String setting, String variable) {
    PHRASES.put(setting + "(true)", variable + "=true");
    PHRASES.put(setting + "(false)", variable + "=false");
  }

  private static void value(String setting, String variable) {
    PHRASES.put(setting + "(…)", variable);
  }

  /** The hint with variables in the place of settings. */
  public static String of(String hint) {
    String text = hint;
    if (text.indexOf('(') >= 0 || text.contains("s3://")) {
      for (Map.Entry<String, String> phrase : PHRASES.entrySet()) {
        text = text.replace(phrase.getKey(), phrase.getValue());
      }
    }
    return text;
  }

  /** For the test that compares the table with the API. */
  static Map<String, String> phrases() {
    return PHRASES;
  }
}
