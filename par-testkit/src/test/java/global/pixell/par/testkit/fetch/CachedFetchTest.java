package global.pixell.par.testkit.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.AgentPackage;
import global.pixell.par.PackageRef;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.ParEvent;
import global.pixell.par.ParException;
import global.pixell.par.internal.text.Json;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Fault;
import global.pixell.par.testkit.internal.io.ReadOnlyTreeDeleter;
import global.pixell.par.testkit.testing.CacheFolder;
import global.pixell.par.testkit.testing.ParCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which fetches the cache answers, and which send requests to S3. */
@Timeout(120)
class CachedFetchTest {

  private static final String FOLDER = "acme/greeter/";
  private static final PackageRef REF = ref("1.2.0");

  private final FakeS3 s3 = FakeS3.start();
  private final CacheFolder cache = new CacheFolder(temporaryDirectory());
  private final List<ParEvent.Detail> events = new ArrayList<>();

  @AfterEach
  void close() throws IOException {
    s3.close();
    ReadOnlyTreeDeleter.delete(cache.root());
  }

  private static PackageRef ref(String version) {
    return PackageRef.parse(
        "s3://" + ParConfig.DEFAULT_BUCKET + "/" + FOLDER + version + "/greeter.apkg");
  }

  private byte[] publish(String version) {
    byte[] apkg = Apkg.named("greeter").version(version).command("true").file("a", version).build();
    s3.put(ParConfig.DEFAULT_BUCKET, FOLDER + version + "/greeter.apkg", apkg);
    return apkg;
  }

  private Par.Builder par() {
    return Par.builder(ParConfig.fromEnvironment(cache.environment(s3)))
        .attempts(2, Duration.ofSeconds(10))
        .onEvent(event -> events.add(event.detail()));
  }

  private AgentPackage fetch(Par.Builder builder, PackageRef ref) {
    try (Par par = builder.build()) {
      return par.fetch(ref);
    }
  }

  @Test
  void a_rotten_archive_is_fetched_again_and_its_tree_kept_if_it_is_sound() throws IOException {
    byte[] apkg = publish("1.2.0");
    AgentPackage first = fetch(par(), REF);
    Path blob = cache.v1().resolve("blobs/sha256/" + Apkg.sha256(apkg) + ".apkg");
    Files.setPosixFilePermissions(blob, PosixFilePermissions.fromString("rw-r--r--"));
    Files.writeString(blob, "rotten");

    AgentPackage again = fetch(par(), REF);

    assertThat(again.origin().source()).isEqualTo(AgentPackage.Source.DOWNLOAD);
    assertThat(again.directory()).isEqualTo(first.directory());
    assertThat(blob).hasBinaryContent(apkg);
    assertThat(cache.has("quarantine")).isTrue();
    assertThat(events).filteredOn(ParEvent.Unpacked.class::isInstance).hasSize(1);
    assertThat(events)
        .filteredOn(ParEvent.Warned.class::isInstance)
        .singleElement()
        .asString()
        .contains("has 6 bytes instead of " + apkg.length);
  }

  @Test
  void a_damaged_tree_is_unpacked_again_without_a_download() throws IOException {
    byte[] apkg = publish("1.2.0");
    PackageRef pinned = PackageRef.parse(REF + "#sha256=" + Apkg.sha256(apkg));
    Path tree = fetch(par(), pinned).directory();
    Files.setPosixFilePermissions(tree, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.delete(tree.resolve("a"));

    assertThat(fetch(par(), pinned).directory().resolve("a")).hasContent("1.2.0");
    assertThat(s3.requests()).hasSize(1);
  }

  @Test
  void offline_the_last_known_bytes_of_an_address_answer() {
    publish("1.2.0");
    fetch(par(), REF);

    AgentPackage offline = fetch(par().offline(true), REF);

    assertThat(offline.origin().source()).isEqualTo(AgentPackage.Source.CACHE);
    assertThat(s3.requests()).hasSize(1);
  }

  @Test
  void offline_coordinates_are_looked_up_among_the_known_addresses() {
    for (String version : List.of("1.2.0", "1.10.0", "2.0.0")) {
      publish(version);
      fetch(par(), ref(version));
    }
    int before = s3.requests().size();

    assertThat(offline("acme/greeter@1.2.0").manifest().version()).isEqualTo("1.2.0");
    assertThat(offline("acme/greeter@^1").manifest().version()).isEqualTo("1.10.0");
    assertThat(offline("acme/greeter@latest").manifest().version()).isEqualTo("2.0.0");
    ParException e = catchThrowableOfType(ParException.class, () -> offline("acme/greeter@^3.0"));
    assertThat(e.kind()).isEqualTo(ParException.Kind.NOT_FOUND);
    assertThat(e)
        .hasMessageContaining("acme/greeter@^3.0 is not in the cache " + cache.root())
        .hasMessageContaining("PAR is offline; the cache has [s3://")
        .hasMessageContaining("/1.10.0/greeter.apkg");
    assertThat(e.hint()).contains("offline(false)");
    assertThat(s3.requests()).hasSize(before);
  }

  private AgentPackage offline(String coordinates) {
    return fetch(par().offline(true), PackageRef.parse(coordinates));
  }

  @Test
  void an_unavailable_s3_is_an_error_unless_the_operator_chose_the_last_known() {
    publish("1.2.0");
    fetch(par(), REF);
    s3.onGet(FOLDER + "1.2.0/greeter.apkg").times(4).inject(Fault.internalError());

    ParException e = catchThrowableOfType(ParException.class, () -> fetch(par(), REF));
    assertThat(e.kind()).isEqualTo(ParException.Kind.UNAVAILABLE);

    AgentPackage stale = fetch(par().cacheServeStale(true), REF);
    assertThat(stale.origin().source()).isEqualTo(AgentPackage.Source.CACHE);
    assertThat(events)
        .filteredOn(ParEvent.Warned.class::isInstance)
        .singleElement()
        .asString()
        .contains(
            "S3 is unavailable, so "
                + REF
                + " is the package that it led to when S3 last answered");
  }

  @Test
  void the_last_known_package_is_served_within_seconds_of_an_outage() {
    publish("1.2.0");
    fetch(par(), REF);
    s3.onGet(FOLDER + "1.2.0/greeter.apkg").always().inject(Fault.internalError());
    Instant begin = s3.clock().instant();
    Par.Builder patient =
        par()
            .attempts(Integer.MAX_VALUE, Duration.ofMinutes(10))
            .cacheServeStale(true)
            .sleeper(s3.clock().sleeper());

    AgentPackage stale = fetch(patient, REF);

    assertThat(stale.origin().source()).isEqualTo(AgentPackage.Source.CACHE);
    assertThat(s3.clock().instant()).isBefore(begin.plusSeconds(30));
  }

  @Test
  void a_denied_or_missing_package_is_never_served_stale() {
    publish("1.2.0");
    fetch(par(), REF);
    s3.onGet(FOLDER + "1.2.0/greeter.apkg").inject(Fault.accessDenied());

    ParException e =
        catchThrowableOfType(ParException.class, () -> fetch(par().cacheServeStale(true), REF));

    assertThat(e.kind()).isEqualTo(ParException.Kind.ACCESS_DENIED);
  }

  @Test
  void the_command_lists_verifies_and_says_84_for_damage() throws Exception {
    byte[] apkg = publish("1.2.0");
    fetch(par(), REF);
    ParCommand.Outcome listed = ParCommand.run(cache.environment(s3), "cache", "ls", "--json");
    var object = Json.read(listed.out());
    assertThat(listed.exitCode()).isZero();
    assertThat(object.get("removed_bytes")).isEqualTo(0L);
    assertThat(object.get("packages"))
        .asString()
        .contains("sha256=" + Apkg.sha256(apkg), "addresses=[" + REF + "]", "removed=false");
    assertThat(ParCommand.run(cache.environment(s3), "cache", "verify").out())
        .contains("sound: 1 package,");

    Path file = cache.v1().resolve("trees/sha256/" + Apkg.sha256(apkg) + "/a");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    Files.writeString(file, "9.9.9");

    ParCommand.Outcome bad = ParCommand.run(cache.environment(s3), "cache", "verify");
    assertThat(bad.exitCode()).isEqualTo(84);
    assertThat(bad.out())
        .contains("removed: the tree has other bytes in \"a\" than were unpacked")
        .contains("1 of 1 packages damaged, 1 in quarantine");
    assertThat(fetch(par(), REF).directory().resolve("a")).hasContent("1.2.0");
    assertThat(ParCommand.run(cache.environment(s3), "cache", "prune").exitCode()).isEqualTo(80);
  }

  @Test
  void verify_and_gc_tell_programs_what_became_of_each_package() throws Exception {
    byte[] one = publish("1.2.0");
    byte[] two = publish("1.3.0");
    fetch(par(), ref("1.2.0"));
    fetch(par(), ref("1.3.0"));
    Path blob = cache.v1().resolve("blobs/sha256/" + Apkg.sha256(one) + ".apkg");
    Files.setPosixFilePermissions(blob, PosixFilePermissions.fromString("rw-r--r--"));
    Files.writeString(blob, "rotten");

    ParCommand.Outcome verified =
        ParCommand.run(cache.environment(s3), "cache", "verify", "--json");
    var environment = cache.environment(s3);
    environment.put("PAR_CACHE_MAX_AGE_DAYS", "1");
    for (String digest : List.of(Apkg.sha256(one), Apkg.sha256(two))) {
      makeOld(cache.v1().resolve("trees/sha256/" + digest));
      makeOld(cache.v1().resolve("blobs/sha256/" + digest + ".apkg"));
    }
    ParCommand.Outcome cleaned = ParCommand.run(environment, "cache", "gc", "--json");

    assertThat(verified.exitCode()).isEqualTo(84);
    assertThat(Json.read(verified.out()).get("packages"))
        .asString()
        .contains("removed=true, reason=the archive has the bytes of sha256:", "removed=false");
    assertThat(cleaned.exitCode()).isZero();
    assertThat(Json.read(cleaned.out()).get("packages"))
        .asString()
        .contains("removed=true, reason=not used for 1 days")
        .contains("removed=false, reason=the last good version of s3://");
    assertThat(Json.read(cleaned.out()).get("removed_bytes")).isNotEqualTo(0L);
  }

  private static void makeOld(Path file) throws IOException {
    if (Files.exists(file)) {
      Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
    }
  }

  @Test
  void a_lock_held_too_long_ends_the_fetch_with_86_and_names_its_holder() throws Exception {
    publish("1.2.0");
    s3.clock().freeze();
    s3.onGet(FOLDER + "1.2.0/greeter.apkg").always().inject(Fault.stallAt(10, Duration.ofHours(1)));
    try (var holder = ParCommand.start(cache.environment(s3), "fetch", REF.toString())) {
      while (s3.requests().isEmpty() && !cache.has("tmp")) {
        assertThat(holder.isAlive()).isTrue();
        Thread.sleep(5);
      }

      ParException e =
          catchThrowableOfType(
              ParException.class, () -> fetch(par().cacheLockTimeout(Duration.ofMillis(1)), REF));

      assertThat(e.kind()).isEqualTo(ParException.Kind.DISK);
      assertThat(e).hasMessageMatching("The cache lock .* was held by process \\d+ on .* s\\.");
      holder.kill();
    }
  }

  private static Path temporaryDirectory() {
    try {
      return Files.createTempDirectory("par-cached-");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
