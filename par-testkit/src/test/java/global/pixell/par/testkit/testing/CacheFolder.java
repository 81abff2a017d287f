package global.pixell.par.testkit.testing;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.AgentPackage;
import global.pixell.par.PackageRef;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Examines a cache on the disk from outside. */
public record CacheFolder(Path root) {

  public Map<String, String> environment(FakeS3 s3) {
    var environment = new HashMap<>(s3.environment());
    environment.put("PAR_CACHE_DIR", root.toString());
    return environment;
  }

  public Par open(FakeS3 s3) {
    return Par.builder(ParConfig.fromEnvironment(environment(s3))).build();
  }

  public Path v1() {
    return root.resolve("v1");
  }

  public boolean has(String directory) {
    try (Stream<Path> content = Files.list(v1().resolve(directory))) {
      return content.findAny().isPresent();
    } catch (IOException | java.io.UncheckedIOException e) {
      return false;
    }
  }

  /** The size of the cache in bytes, including unfinished files. */
  public long bytes() {
    try (Stream<Path> all = Files.walk(v1())) {
      return all.filter(Files::isRegularFile).mapToLong(f -> f.toFile().length()).sum();
    } catch (IOException | java.io.UncheckedIOException e) {
      return 0;
    }
  }

  /**
   * Checks a fetch after a failure: it succeeds, its result is valid, and the cache contains only
   * its files.
   */
  public void recoverAndVerify(FakeS3 s3, PackageRef ref, byte[] apkg) throws IOException {
    try (Par par = open(s3)) {
      AgentPackage agent = par.fetch(ref);
      assertThat(agent.digest().orElseThrow().hex()).isEqualTo(Apkg.sha256(apkg));
      assertThat(par.verifyCache()).allSatisfy(p -> assertThat(p.damage()).isEmpty());
    }
    assertHoldsOnly(Apkg.sha256(apkg));
  }

  /** Checks that the cache contains one package, its tree, its resolutions, and nothing else. */
  public void assertHoldsOnly(String sha256) throws IOException {
    Map<String, List<String>> content = new TreeMap<>(content());
    assertThat(content.remove("blobs/sha256")).containsExactly(sha256 + ".apkg");
    assertThat(content.remove("trees/sha256")).containsExactly(sha256, sha256 + ".seal");
    assertThat(content.remove("refs")).isNotEmpty();
    List<String> locks = content.remove("locks");
    assertThat(locks == null ? List.<String>of() : locks)
        .allSatisfy(name -> assertThat(name).endsWith(".lock"));
    assertThat(content).as("debris").allSatisfy((folder, names) -> assertThat(names).isEmpty());
    assertReadOnly(v1().resolve("blobs/sha256/" + sha256 + ".apkg"));
    assertReadOnly(v1().resolve("trees/sha256/" + sha256));
  }

  /** Checks that a published file or tree is read-only. */
  private static void assertReadOnly(Path published) throws IOException {
    try (Stream<Path> all = Files.walk(published)) {
      for (Path path : all.toList()) {
        assertThat(Files.getPosixFilePermissions(path))
            .as(path.toString())
            .noneMatch(permission -> permission.name().endsWith("WRITE"));
      }
    }
  }

  /** Checks that a failed fetch left no unfinished package. */
  public void assertNoDebris() throws IOException {
    Map<String, List<String>> content = content();
    assertThat(content.getOrDefault("tmp", List.of())).isEmpty();
    assertThat(content.getOrDefault("leases", List.of())).isEmpty();
    assertThat(content.getOrDefault("quarantine", List.of())).isEmpty();
  }

  /** The folders of the cache with the names in them, without the content of trees. */
  private Map<String, List<String>> content() throws IOException {
    Map<String, List<String>> content = new TreeMap<>();
    if (!Files.isDirectory(v1())) {
      return content;
    }
    try (Stream<Path> folders = Files.list(v1())) {
      for (Path folder : folders.toList()) {
        Path named =
            Files.isDirectory(folder.resolve("sha256")) ? folder.resolve("sha256") : folder;
        try (Stream<Path> files = Files.list(named)) {
          content.put(
              v1().relativize(named).toString(),
              files.map(f -> f.getFileName().toString()).sorted().toList());
        }
      }
    }
    return content;
  }
}
