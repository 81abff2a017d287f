package global.pixell.par.internal.fetch;

import global.pixell.par.Digest;
import global.pixell.par.PackageRef;
import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.cache.CacheRefs;
import global.pixell.par.internal.cache.PackageCache;
import global.pixell.par.internal.remote.Listing;
import global.pixell.par.internal.resolve.PackageResolver;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Resolves a reference to the digest that it last had, from the records of the cache. Coordinates
 * are looked up among the known addresses as they would be in the bucket.
 */
record OfflineResolver(PackageCache cache, ParConfig config) {

  /** Resolves without a network; empty when the cache has no record. */
  Optional<Digest> resolve(PackageRef ref) {
    if (ref.address() instanceof PackageRef.Coordinates coordinates) {
      return resolve(coordinates);
    }
    return cache.ref(ref.toString()).map(PackageCache.Ref::digest);
  }

  private Optional<Digest> resolve(PackageRef.Coordinates coordinates) {
    List<String> addresses = cache.knownAddresses().stream().map(CacheRefs.Known::address).toList();
    try {
      PackageRef.S3Object found =
          new PackageResolver(config.s3().buckets().get(0), config.s3().keyLayout())
              .resolve(coordinates, (bucket, prefix) -> list(addresses, bucket, prefix));
      return cache.ref("s3://" + found.bucket() + "/" + found.key()).map(PackageCache.Ref::digest);
    } catch (ParException e) {
      if (e.kind() == Kind.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** The versions of a name in the cache, newest first. */
  List<String> versions(PackageRef.Coordinates coordinates) {
    List<String> addresses = cache.knownAddresses().stream().map(CacheRefs.Known::address).toList();
    return new PackageResolver(config.s3().buckets().get(0), config.s3().keyLayout())
        .versions(coordinates, (bucket, prefix) -> list(addresses, bucket, prefix));
  }

  /** The other versions in the cache, as the end of a sentence. */
  String alternatives(PackageRef ref) {
    String wanted = CacheRefs.packageOf(ref.toString());
    List<String> known =
        cache.knownAddresses().stream()
            .map(CacheRefs.Known::address)
            .filter(address -> address.contains("/" + wanted + "/"))
            .sorted()
            .limit(10)
            .toList();
    return known.isEmpty() ? "" : "; the cache has " + known;
  }

  private static Listing list(List<String> addresses, String bucket, String prefix) {
    String start = "s3://" + bucket + "/" + prefix;
    var folders = new TreeSet<String>();
    var keys = new TreeSet<String>();
    for (String address : addresses) {
      if (address.startsWith(start)) {
        int slash = address.indexOf('/', start.length());
        String key = address.substring(("s3://" + bucket + "/").length());
        if (slash < 0) {
          keys.add(key);
        } else {
          folders.add(prefix + address.substring(start.length(), slash + 1));
        }
      }
    }
    return new Listing(List.copyOf(folders), List.copyOf(keys));
  }
}
