package global.pixell.par;

import global.pixell.par.internal.s3name.BucketName;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** The allowed addresses, and how PAR reaches S3. Immutable and thread-safe. */
public final class S3Config extends SettingsGroup<S3Config> {
  // A builder writes these fields. A ParConfig owns a copy that no code changes.
  Set<String> buckets = Set.of();
  Set<String> hosts = Set.of();
  Optional<String> region = Optional.empty();
  Optional<URI> endpoint = Optional.empty();
  Optional<Boolean> pathStyle = Optional.empty();
  Optional<Supplier<ParConfig.Credentials>> credentials = Optional.empty();
  String keyLayout = ParConfig.DEFAULT_KEY_LAYOUT;

  S3Config() {}

  /**
   * {@link ParSettings#allowBucket}.
   *
   * @return the allowed buckets; PAR looks up coordinates in the first one
   */
  public List<String> buckets() {
    return List.copyOf(buckets);
  }

  /**
   * {@link ParSettings#allowHost}.
   *
   * @return the hosts that are allowed besides S3's
   */
  public List<String> hosts() {
    return List.copyOf(hosts);
  }

  /**
   * {@link ParSettings#region}.
   *
   * @return empty for the SDK's chain, then {@link ParConfig#DEFAULT_REGION}
   */
  public Optional<String> region() {
    return region;
  }

  /**
   * {@link ParSettings#endpoint}.
   *
   * @return empty for AWS's own
   */
  public Optional<URI> endpoint() {
    return endpoint;
  }

  /**
   * {@link ParSettings#pathStyle}.
   *
   * @return empty for path style at every endpoint that is not AWS's own
   */
  public Optional<Boolean> pathStyle() {
    return pathStyle;
  }

  /**
   * {@link ParSettings#credentials}.
   *
   * @return empty for the SDK's chain
   */
  public Optional<Supplier<ParConfig.Credentials>> credentials() {
    return credentials;
  }

  /**
   * {@link ParSettings#keyLayout}.
   *
   * @return the layout of the keys by which PAR looks up coordinates
   */
  public String keyLayout() {
    return keyLayout;
  }

  @Override
  void check() {
    if (buckets.isEmpty() && hosts.isEmpty()) {
      throw invalid("no bucket is allowed.", "Call allowBucket(…) at least once.");
    }
    for (String bucket : buckets) {
      if (!BucketName.isValid(bucket)) {
        throw invalid("'" + bucket + "' is not a bucket name.", BucketName.RULE);
      }
    }
    endpoint.ifPresent(S3Config::requirePlain);
    if (!keyLayout.endsWith("{version}/{file}.apkg") || !keyLayout.contains("{agent}/")) {
      throw invalid(
          "the key layout '" + keyLayout + "' cannot be listed.",
          "Write it like " + ParConfig.DEFAULT_KEY_LAYOUT + ".");
    }
  }

  /** A configuration prints its endpoint, which must therefore contain no password. */
  private static void requirePlain(URI endpoint) {
    if (endpoint.getHost() == null
        || endpoint.getRawUserInfo() != null
        || endpoint.getRawQuery() != null
        || endpoint.getRawFragment() != null) {
      throw invalid(
          "the endpoint names no host, or it has a user, a query or a fragment.",
          "Write http(s)://host[:port].");
    }
  }
}
