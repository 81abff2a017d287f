package global.pixell.par.internal.cache;

import global.pixell.par.CachedPackage;
import global.pixell.par.Digest;
import global.pixell.par.ParException;
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

/** Looks after a cache as a whole: what is in it, whether it is sound, what may go. */
public record CacheMaintenance(
    CacheLayout layout, CacheRefs refs, Leases leases, Eviction eviction, Quarantine quarantine) {

  /** What is in the cache, the longest unused first. */
  public List<CachedPackage> list() throws IOException {
    var addresses = addresses();
    var packages = new ArrayList<CachedPackage>();
    for (CacheEntry entry : CacheEntry.list(layout)) {
      packages.add(describe(entry, addresses, false, ""));
    }
    return packages;
  }

  /** Keeps the cache within its limits, and says what went and why, and what did not. */
  public List<CachedPackage> clean() throws IOException {
    var addresses = addresses();
    var packages = new ArrayList<CachedPackage>();
    for (Eviction.Fate fate : eviction.run(0)) {
      packages.add(describe(fate.entry(), addresses, fate.evicted(), fate.reason()));
    }
    return packages;
  }

  /** Reads every byte, and puts aside what is bad and not in use. */
  public List<CachedPackage> verify() throws IOException {
    var addresses = addresses();
    var packages = new ArrayList<CachedPackage>();
    for (CacheEntry entry : CacheEntry.list(layout)) {
      try {
        packages.add(verified(entry, addresses));
      } catch (NoSuchFileException e) {
        // Evicted by another process meanwhile.
      } catch (ParException e) {
        if (!(e.getCause() instanceof NoSuchFileException)) {
          throw e;
        }
      }
    }
    return packages;
  }

  private CachedPackage verified(CacheEntry entry, Map<Digest, TreeSet<String>> addresses)
      throws IOException {
    Digest digest = entry.digest();
    Path blob = layout.blob(digest);
    boolean hasBlob = Files.isRegularFile(blob);
    if (hasBlob) {
      Optional<Object> key = AtomicFiles.keyOf(blob);
      Digest found = Sha256.of(blob);
      if (!found.equals(digest)) {
        Files.deleteIfExists(layout.seal(digest));
        return quarantine.take(blob, digest, key, layout.temporary())
            ? describe(entry, addresses, true, "the archive has the bytes of " + found)
            : verified(entry, addresses);
      }
    }
    Path tree = layout.tree(digest);
    if (!Files.isDirectory(tree)) {
      return describe(entry, addresses, false, "");
    }
    Optional<Object> key = AtomicFiles.keyOf(tree);
    Optional<String> damage = treeDamage(digest, blob, hasBlob);
    if (damage.isEmpty()) {
      return describe(entry, addresses, false, "");
    }
    boolean removed = leases.evict(digest, gone -> putTreeAside(digest, key, gone));
    return describe(entry, addresses, removed, "the tree " + damage.get());
  }

  private Optional<String> treeDamage(Digest digest, Path blob, boolean hasBlob)
      throws IOException {
    Path tree = layout.tree(digest);
    if (hasBlob) {
      return TreeVerifier.damage(tree, blob);
    }
    Optional<TreeFingerprint> seal = TreeFingerprint.read(layout.seal(digest));
    return seal.isPresent()
        ? seal.get().damage(tree)
        : Optional.of("has neither its archive nor its seal beside it");
  }

  private void putTreeAside(Digest digest, Optional<Object> key, Path gone) throws IOException {
    if (quarantine.take(layout.tree(digest), digest, key, gone.resolve("tree"))) {
      Files.deleteIfExists(layout.seal(digest));
    }
  }

  private CachedPackage describe(
      CacheEntry entry, Map<Digest, TreeSet<String>> addresses, boolean removed, String reason)
      throws IOException {
    return new CachedPackage(
        entry.digest(),
        entry.packageBytes(),
        entry.treeBytes(),
        entry.lastUsed(),
        List.copyOf(addresses.getOrDefault(entry.digest(), new TreeSet<>())),
        leases.users(entry.digest()).stream().map(Leases::holder).toList(),
        removed,
        reason);
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
