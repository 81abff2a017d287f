package global.pixell.par.internal.cache;

import global.pixell.par.Digest;
import global.pixell.par.internal.io.AtomicFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A package in the cache: its archive, its tree, or both.
 *
 * @param packageBytes the size of the archive; 0 when there is only the tree
 * @param treeBytes the bytes of the tree's files; 0 when there is only the archive
 * @param lastUsed when it was last opened
 */
record CacheEntry(Digest digest, long packageBytes, long treeBytes, Instant lastUsed) {

  long bytes() {
    return packageBytes + treeBytes;
  }

  /** All entries of the cache, least recently used first. */
  static List<CacheEntry> list(CacheLayout layout) throws IOException {
    Map<Digest, CacheEntry> entries = new HashMap<>();
    each(
        layout.blobs(),
        CacheLayout.BLOB_SUFFIX,
        (digest, attributes) -> {
          Instant used = attributes.lastModifiedTime().toInstant();
          entries.put(digest, new CacheEntry(digest, attributes.size(), 0, used));
        });
    for (String suffix : List.of("", CacheLayout.FINGERPRINT_SUFFIX)) {
      each(
          layout.trees(),
          suffix,
          (digest, attributes) -> {
            Instant used = attributes.lastModifiedTime().toInstant();
            entries.putIfAbsent(digest, new CacheEntry(digest, 0, 0, used));
          });
    }
    var all = new ArrayList<CacheEntry>();
    for (CacheEntry entry : entries.values()) {
      long bytes = treeBytes(layout, entry.digest());
      all.add(new CacheEntry(entry.digest(), entry.packageBytes(), bytes, entry.lastUsed()));
    }
    all.sort(Comparator.comparing(CacheEntry::lastUsed).thenComparing(e -> e.digest().hex()));
    return all;
  }

  private interface Visitor {
    void visit(Digest digest, BasicFileAttributes attributes);
  }

  private static void each(Path directory, String suffix, Visitor visitor) throws IOException {
    for (Path file : AtomicFiles.list(directory, "*" + suffix)) {
      Optional<Digest> digest = digest(file, suffix);
      if (digest.isPresent()) {
        try {
          visitor.visit(digest.get(), Files.readAttributes(file, BasicFileAttributes.class));
        } catch (NoSuchFileException e) {
          // Evicted by another process meanwhile.
        }
      }
    }
  }

  private static Optional<Digest> digest(Path file, String suffix) {
    String name = file.getFileName().toString();
    boolean matches = name.length() == 64 + suffix.length() && name.endsWith(suffix);
    return matches ? CacheLayout.digestOf(file) : Optional.empty();
  }

  private static long treeBytes(CacheLayout layout, Digest digest) throws IOException {
    Path tree = layout.tree(digest);
    if (!Files.isDirectory(tree)) {
      return 0;
    }
    Optional<TreeFingerprint> known = TreeFingerprint.read(layout.fingerprint(digest));
    return known.isPresent() ? known.get().bytes() : AtomicFiles.sizeOf(tree);
  }
}
