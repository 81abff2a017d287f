package global.pixell.par.internal.cache;

import global.pixell.par.CachedPackage;
import global.pixell.par.Digest;
import global.pixell.par.EvictionResult;
import global.pixell.par.ParException;
import global.pixell.par.VerificationResult;
import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.internal.io.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;

/** Work on a cache as a whole: list, verify, evict. */
public record CacheMaintenance(
    CacheLayout layout,
    CacheRefs refs,
    Leases leases,
    Eviction eviction,
    Quarantine quarantine,
    BooleanSupplier cancelled) {

  /** The packages of the cache, least recently used first. */
  public List<CachedPackage> list() throws IOException {
    var addresses = addresses();
    var packages = new ArrayList<CachedPackage>();
    for (CacheEntry entry : CacheEntry.list(layout)) {
      packages.add(describe(entry, addresses));
    }
    return packages;
  }

  /** Brings the cache within its limits, with a result for each package. */
  public List<EvictionResult> evict() throws IOException {
    var addresses = addresses();
    var results = new ArrayList<EvictionResult>();
    for (Eviction.Result result : eviction.run(0)) {
      results.add(describe(result, addresses));
    }
    return results;
  }

  /** Evicts one package; empty when the cache does not have it. */
  public Optional<EvictionResult> evict(Digest digest) throws IOException {
    var addresses = addresses();
    for (CacheEntry entry : CacheEntry.list(layout)) {
      if (entry.digest().equals(digest)) {
        return Optional.of(describe(eviction.run(entry), addresses));
      }
    }
    return Optional.empty();
  }

  private EvictionResult describe(Eviction.Result result, Map<Digest, TreeSet<String>> addresses)
      throws IOException {
    return new EvictionResult(
        describe(result.entry(), addresses), result.outcome(), result.reason());
  }

  /** Reads every byte, and moves bad packages that are not in use to quarantine. */
  public List<VerificationResult> verify() throws IOException {
    var addresses = addresses();
    var results = new ArrayList<VerificationResult>();
    for (CacheEntry entry : CacheEntry.list(layout)) {
      try {
        results.add(verified(entry, addresses));
      } catch (NoSuchFileException e) {
        // Evicted by another process meanwhile.
      } catch (ParException e) {
        if (!(e.getCause() instanceof NoSuchFileException)) {
          throw e;
        }
      }
    }
    return results;
  }

  private VerificationResult verified(CacheEntry entry, Map<Digest, TreeSet<String>> addresses)
      throws IOException {
    Digest digest = entry.digest();
    Path blob = layout.blob(digest);
    boolean hasBlob = Files.isRegularFile(blob);
    if (hasBlob) {
      Optional<Object> key = AtomicFiles.fileKey(blob);
      Digest found = Sha256.of(blob, cancelled);
      if (!found.equals(digest)) {
        Files.deleteIfExists(layout.fingerprint(digest));
        return quarantine.moveIfSame(blob, digest, key, layout.temporary())
            ? new VerificationResult(
                describe(entry, addresses),
                Optional.of("the archive has the bytes of " + found),
                true)
            : verified(entry, addresses);
      }
    }
    Path tree = layout.tree(digest);
    if (!Files.isDirectory(tree)) {
      return new VerificationResult(describe(entry, addresses), Optional.empty(), false);
    }
    Optional<Object> key = AtomicFiles.fileKey(tree);
    Optional<String> damage = treeDamage(digest, blob, hasBlob);
    if (damage.isEmpty()) {
      return new VerificationResult(describe(entry, addresses), Optional.empty(), false);
    }
    boolean removed = leases.evict(digest, folder -> quarantineTree(digest, key, folder));
    return new VerificationResult(
        describe(entry, addresses), Optional.of("the tree " + damage.get()), removed);
  }

  private Optional<String> treeDamage(Digest digest, Path blob, boolean hasBlob)
      throws IOException {
    Path tree = layout.tree(digest);
    if (hasBlob) {
      return TreeVerifier.of(tree, blob, cancelled).damage();
    }
    Optional<TreeFingerprint> expected = TreeFingerprint.read(layout.fingerprint(digest));
    return expected.isPresent()
        ? expected.get().damage(tree)
        : Optional.of("has neither its archive nor its fingerprint beside it");
  }

  private void quarantineTree(Digest digest, Optional<Object> key, Path folder) throws IOException {
    if (quarantine.moveIfSame(layout.tree(digest), digest, key, folder.resolve("tree"))) {
      Files.deleteIfExists(layout.fingerprint(digest));
    }
  }

  private CachedPackage describe(CacheEntry entry, Map<Digest, TreeSet<String>> addresses)
      throws IOException {
    return new CachedPackage(
        entry.digest(),
        entry.packageBytes(),
        entry.treeBytes(),
        entry.lastUsed(),
        List.copyOf(addresses.getOrDefault(entry.digest(), new TreeSet<>())),
        leases.users(entry.digest()).stream().map(Leases::user).toList());
  }

  private Map<Digest, TreeSet<String>> addresses() throws IOException {
    var addresses = new HashMap<Digest, TreeSet<String>>();
    for (CacheRefs.Known known : refs.all()) {
      addresses
          .computeIfAbsent(known.ref().digest(), digest -> new TreeSet<>())
          .add(known.address());
    }
    return addresses;
  }
}
