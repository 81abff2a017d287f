package global.pixell.par.testkit.internal.auth;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The credentials known to a server, by access key. */
public final class CredentialStore {

  private final Map<String, Credentials> byAccessKey = new ConcurrentHashMap<>();

  /**
   * Adds credentials.
   *
   * @throws IllegalArgumentException when other credentials have the same access key
   */
  public Credentials add(Credentials credentials) {
    Credentials known = byAccessKey.putIfAbsent(credentials.accessKey(), credentials);
    if (known != null) {
      throw new IllegalArgumentException(
          "the access key \""
              + credentials.accessKey()
              + "\" is already that of "
              + known.principal().arn()
              + "; give each identity its own");
    }
    return credentials;
  }

  Optional<Credentials> find(String accessKey) {
    return Optional.ofNullable(byAccessKey.get(accessKey));
  }
}
