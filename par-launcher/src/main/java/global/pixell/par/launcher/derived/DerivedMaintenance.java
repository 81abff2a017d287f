package global.pixell.par.launcher.derived;

import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.internal.io.DiskErrors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Lists, verifies and removes the directories of the {@link DerivedCache}. */
public final class DerivedMaintenance {

  /**
   * The result of {@link #verify} for one directory.
   *
   * @param damage what is wrong with it, as the end of a sentence about it; empty if the directory
   *     is undamaged
   * @param removed whether it was removed; a directory in use stays
   */
  public record Verification(
      DerivedDirectory directory, Optional<String> damage, boolean removed) {}

  private static final Pattern NAME = Pattern.compile("([a-z]+)-[0-9a-f]{64}");

  private final DerivedLayout layout;
  private final DerivedLeases leases;

  private DerivedMaintenance(DerivedLayout layout) {
    this.layout = layout;
    this.leases = new DerivedLeases(layout.leases());
  }

  /**
   * The maintenance of a cache.
   *
   * @param config says where the cache is
   * @return an object that has not touched any file yet
   */
  public static DerivedMaintenance of(ParConfig config) {
    return new DerivedMaintenance(DerivedLayout.of(config));
  }

  /**
   * Lists the directories.
   *
   * @return the least recently used first
   * @throws ParException of kind {@code DISK} when they cannot be read
   */
  public List<DerivedDirectory> list() {
    try {
      var all = new ArrayList<DerivedDirectory>();
      for (Path place : AtomicFiles.list(layout.root(), "*")) {
        Matcher name = NAME.matcher(place.getFileName().toString());
        if (name.matches()) {
          describe(place, name.group(1)).ifPresent(all::add);
        }
      }
      all.sort(Comparator.comparing(DerivedDirectory::lastUsed));
      return all;
    } catch (IOException e) {
      throw DiskErrors.of("read the cache " + layout.root(), layout.root(), e);
    }
  }

  private Optional<DerivedDirectory> describe(Path place, String kind) throws IOException {
    SealFile file = new SealFile(place);
    Optional<SealFile.Contents> record = file.read();
    try {
      return Optional.of(
          new DerivedDirectory(
              place,
              kind,
              record.map(r -> r.seal().files()).orElse(0L),
              record.isPresent() ? record.get().seal().bytes() : AtomicFiles.sizeOf(place),
              record.isPresent() ? file.lastUsed() : Files.getLastModifiedTime(place).toInstant(),
              leases.users(place),
              record.map(r -> String.valueOf(r.facts().getOrDefault("source", ""))).orElse("")));
    } catch (NoSuchFileException e) {
      // Evicted by another process meanwhile.
      return Optional.empty();
    }
  }

  /**
   * Reads every byte of every directory, and removes damaged directories that are not in use.
   *
   * @return a result for each
   * @throws ParException of kind {@code DISK} when they cannot be read
   */
  public List<Verification> verify() {
    var results = new ArrayList<Verification>();
    for (DerivedDirectory directory : list()) {
      try {
        Optional<SealFile.Contents> record = new SealFile(directory.path()).read();
        Optional<String> damage =
            record.isPresent()
                ? DerivedCache.contentDamage(directory.path(), record.get())
                : Optional.of("has no seal");
        boolean removed = damage.isPresent() && remove(directory);
        results.add(new Verification(directory, damage, removed));
      } catch (NoSuchFileException e) {
        // Evicted by another process meanwhile.
      } catch (IOException e) {
        throw DiskErrors.of("read the directory " + directory.path(), directory.path(), e);
      }
    }
    return results;
  }

  /**
   * Removes a directory that no process uses. Moves the directory away first and then checks the
   * leases again: a boot writes its lease first and then checks the directory, so at least one of
   * the two sees the other.
   *
   * @return whether it was removed
   */
  boolean remove(DerivedDirectory directory) throws IOException {
    Path place = directory.path();
    if (!leases.users(place).isEmpty()) {
      return false;
    }
    Files.createDirectories(layout.temporary());
    Path gone = layout.newTemporary(place, "gone");
    AtomicFiles.rename(place, gone);
    if (!leases.users(place).isEmpty() && Files.isDirectory(gone)) {
      try {
        Files.move(gone, place, StandardCopyOption.ATOMIC_MOVE);
        DerivedCache.closeToWrites(place);
        return false;
      } catch (IOException e) {
        // Its user has made it again meanwhile.
        AtomicFiles.deleteTree(gone);
        return true;
      }
    }
    new SealFile(place).delete();
    AtomicFiles.deleteTree(gone);
    return true;
  }
}
