package global.pixell.par.testkit;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Whose signatures are known, by access key. */
final class Identities {

  private final Map<String, Identity> byAccessKey = new ConcurrentHashMap<>();

  /**
   * Makes an identity known.
   *
   * @throws IllegalArgumentException when its access key is somebody else's
   */
  Identity add(Identity identity) {
    Identity known = byAccessKey.putIfAbsent(identity.accessKey(), identity);
    if (known != null) {
      throw new IllegalArgumentException(
          "the access key \""
              + identity.accessKey()
              + "\" is already that of "
              + known.arn()
              + "; give each identity its own");
    }
    return identity;
  }

  Optional<Identity> find(String accessKey) {
    return Optional.ofNullable(byAccessKey.get(accessKey));
  }
}
