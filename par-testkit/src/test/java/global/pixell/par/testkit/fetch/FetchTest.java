package global.pixell.par.testkit.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.AgentPackage;
import global.pixell.par.PackageRef;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Fault;
import global.pixell.par.testkit.Policy;
import global.pixell.par.testkit.RecordedRequest;
import global.pixell.par.testkit.internal.io.ReadOnlyTreeDeleter;
import global.pixell.par.testkit.junit.ParTest;
import global.pixell.par.testkit.testing.IamFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The library against the fake S3: its requests, the packages that it accepts, and its errors. */
@ParTest
@Timeout(60)
class FetchTest {

  private static final String BUCKET = ParConfig.DEFAULT_BUCKET;
  private static final String KEY = "acme/greeter/1.2.0/greeter.apkg";
  private static final Policy SHIPPED = Policy.read(IamFolder.file("task-role-policy.json"));
  private static final PackageRef REF = PackageRef.parse("s3://" + BUCKET + "/" + KEY);

  @BeforeEach
  void underTheShippedRole(FakeS3 s3) {
    s3.defaultIdentity().policy(SHIPPED);
  }

  @AfterEach
  void nothingWasAskedForThatTheRoleDoesNotGrant(FakeS3 s3) {
    assertThat(s3.requests())
        .flatExtracting(RecordedRequest::accesses)
        .allMatch(RecordedRequest.Access::allowed);
  }

  @Test
  void a_fetch_by_name_uses_all_of_the_shipped_role_and_nothing_else(FakeS3 s3, Par par) {
    s3.put(BUCKET, KEY, greeter());

    par.fetch(PackageRef.parse("acme/greeter@^1.0"));

    s3.usedEqualsGranted(SHIPPED);
  }

  @Test
  void a_package_is_fetched_with_one_get_and_nothing_else(FakeS3 s3, Par par) {
    s3.put(BUCKET, KEY, greeter());

    AgentPackage agent = par.fetch(REF);

    assertThat(agent.manifest().name()).isEqualTo("greeter");
    assertThat(agent.directory().resolve("main.sh")).hasContent("echo hi");
    assertThat(s3.requests())
        .singleElement()
        .satisfies(r -> assertThat(r.operation()).isEqualTo("GetObject"));
  }

  @Test
  void a_pinned_package_in_the_cache_costs_no_request(FakeS3 s3, Par par) {
    byte[] apkg = greeter();
    s3.put(BUCKET, KEY, apkg);
    PackageRef pinned = PackageRef.parse(REF + "#sha256=" + Apkg.sha256(apkg));
    par.fetch(pinned);
    long before = s3.requests().size();

    AgentPackage again = par.fetch(pinned);

    assertThat(again.origin().source()).isEqualTo(AgentPackage.Source.CACHE);
    assertThat(s3.requests()).hasSize((int) before);
  }

  @Test
  void an_unpinned_package_is_revalidated_with_one_conditional_get(FakeS3 s3, Par par) {
    s3.put(BUCKET, KEY, greeter());
    par.fetch(REF);

    AgentPackage again = par.fetch(REF);

    assertThat(again.origin().source()).isEqualTo(AgentPackage.Source.CACHE);
    assertThat(s3.requests()).extracting(RecordedRequest::status).containsExactly(200, 304);
  }

  @Test
  void a_changed_object_is_fetched_anew(FakeS3 s3, Par par) {
    s3.put(BUCKET, KEY, greeter());
    par.fetch(REF);
    s3.put(BUCKET, KEY, Apkg.named("greeter").version("9.9").command("true").build());

    assertThat(par.fetch(REF).manifest().version()).isEqualTo("9.9");
  }

  @Test
  void throttling_is_waited_out(FakeS3 s3, Par par) {
    s3.put(BUCKET, KEY, greeter());
    s3.onGet(KEY).times(2).inject(Fault.slowDown());

    par.fetch(REF);

    assertThat(s3.requests()).extracting(RecordedRequest::status).containsExactly(503, 503, 200);
  }

  @Test
  void a_reset_body_goes_on_from_the_last_good_byte(FakeS3 s3, Par par) {
    byte[] apkg = large(3_000_000);
    s3.put(BUCKET, KEY, apkg);
    s3.onGet(KEY).inject(Fault.resetAt(2_000_000));

    AgentPackage agent = par.fetch(REF);

    assertThat(agent.digest().orElseThrow().hex()).isEqualTo(Apkg.sha256(apkg));
    RecordedRequest resumed = s3.requests().get(1);
    assertThat(resumed.status()).isEqualTo(206);
    // A reset discards bytes in the kernel, so the download resumes somewhere between the two.
    assertThat(resumed.range()).matches("bytes=[1-9]\\d*-");
    assertThat(resumed.bytes()).isLessThan(apkg.length);
  }

  @Test
  void a_truncated_body_is_completed_not_accepted(FakeS3 s3, Par par) {
    byte[] apkg = large(300_000);
    s3.put(BUCKET, KEY, apkg);
    s3.onGet(KEY).inject(Fault.truncateAt(100_000));

    assertThat(par.fetch(REF).digest().orElseThrow().hex()).isEqualTo(Apkg.sha256(apkg));
    assertThat(s3.requests()).extracting(RecordedRequest::status).containsExactly(200, 206);
  }

  @Test
  void a_wrong_digest_is_corrupt_at_once_and_says_both(FakeS3 s3, Par par) {
    byte[] apkg = greeter();
    s3.put(BUCKET, KEY, apkg);
    String expected = "ab".repeat(32);

    ParException e = refused(par, PackageRef.parse(REF + "#sha256=" + expected));

    assertThat(e.kind()).isEqualTo(ParException.Kind.CORRUPT);
    assertThat(e).hasMessageContaining(expected).hasMessageContaining(Apkg.sha256(apkg));
    // The second is for S3's own checksum, to see whether the bytes were damaged on their way.
    assertThat(s3.requests()).hasSize(2);
  }

  @Test
  void an_upper_case_digest_verifies(FakeS3 s3, Par par) {
    byte[] apkg = greeter();
    s3.put(BUCKET, KEY, apkg);

    par.fetch(
        PackageRef.parse(REF + "#sha256=" + Apkg.sha256(apkg).toUpperCase(java.util.Locale.ROOT)));
  }

  @Test
  void a_403_names_both_readings_the_action_and_the_resource(FakeS3 s3, Par par) {
    s3.createBucket(BUCKET);
    s3.onGet(KEY).inject(Fault.accessDenied());

    ParException e = refused(par, REF);

    assertThat(e.kind()).isEqualTo(ParException.Kind.ACCESS_DENIED);
    assertThat(e)
        .hasMessageMatching(
            "Reading s3://"
                + BUCKET
                + "/"
                + KEY
                + " failed: access was denied \\(HTTP 403 AccessDenied, request [0-9A-F]{16}\\)\\.");
    assertThat(e.hint())
        .contains("s3:GetObject on arn:aws:s3:::" + BUCKET + "/" + KEY)
        .contains("or the key does not exist");
  }

  @Test
  void an_expired_token_and_a_wrong_clock_have_their_own_sentences(FakeS3 s3, Par par) {
    s3.createBucket(BUCKET);
    s3.onGet(KEY).inject(Fault.expiredToken());
    s3.onGet(KEY).times(2).inject(Fault.clockSkew());

    assertThat(refused(par, REF)).hasMessageContaining("the session token has expired");
    assertThat(refused(par, REF)).hasMessageContaining("clock differs too much");
  }

  @Test
  void a_missing_key_and_a_missing_bucket_are_told_apart(FakeS3 s3, Par par) {
    s3.createBucket(BUCKET);

    assertThat(refused(par, REF)).hasMessageContaining("there is no such object");
    assertThat(s3.requests()).hasSize(1);
  }

  @Test
  void nobody_listening_is_unavailable(FakeS3 s3, Par par) {
    s3.close();

    ParException e = refused(par, REF);

    assertThat(e.kind()).isEqualTo(ParException.Kind.UNAVAILABLE);
    assertThat(e)
        .hasMessageContaining("the connection was refused")
        .hasMessageContaining(" attempts that failed for 120 s without progress.");
  }

  @Test
  void with_the_defaults_a_fetch_outlives_an_outage_of_half_a_minute(FakeS3 s3, @TempDir Path cache)
      throws IOException {
    s3.put(BUCKET, KEY, greeter());
    Instant end = s3.clock().instant().plusSeconds(30);
    s3.onGet(KEY).always().inject(Fault.error(503, "ServiceUnavailable", "…", Map.of()));
    Par patient =
        Par.builder(ParConfig.fromEnvironment(s3.environment()))
            .cacheDirectory(cache)
            .sleeper(
                delay -> {
                  s3.clock().sleeper().accept(delay);
                  if (!s3.clock().instant().isBefore(end)) {
                    s3.resetFaults();
                  }
                })
            .build();

    try (patient) {
      assertThat(patient.fetch(REF).manifest().name()).isEqualTo("greeter");
    }
    assertThat(s3.clock().instant()).isBetween(end, end.plusSeconds(30));
    assertThat(s3.requests().size()).isBetween(3, 60);
    ReadOnlyTreeDeleter.delete(cache);
  }

  @Test
  void coordinates_resolve_to_the_newest_version_by_listing(FakeS3 s3, Par par) {
    s3.put(BUCKET, "acme/greeter/1.9.0/greeter.apkg", greeter());
    s3.put(BUCKET, "acme/greeter/1.10.0/greeter.apkg", greeter());
    s3.put(BUCKET, "acme/greeter/2.0.0-rc.1/greeter.apkg", greeter());

    AgentPackage agent = par.fetch(PackageRef.parse("acme/greeter@latest"));

    assertThat(agent.origin().address())
        .isEqualTo("s3://" + BUCKET + "/acme/greeter/1.10.0/greeter.apkg");
  }

  @Test
  void two_packages_under_a_version_are_an_error_that_names_them(FakeS3 s3, Par par) {
    s3.put(BUCKET, "acme/greeter/1.0.0/a.apkg", greeter());
    s3.put(BUCKET, "acme/greeter/1.0.0/b.apkg", greeter());

    assertThat(refused(par, PackageRef.parse("acme/greeter@1.0.0")))
        .hasMessageContaining("a.apkg")
        .hasMessageContaining("b.apkg");
  }

  @Test
  void an_odd_key_is_asked_for_byte_by_byte(FakeS3 s3, Par par) {
    String key = "packages/code assistant/a+b%20ü.apkg";
    s3.put(BUCKET, key, greeter());

    assertThat(par.fetch(PackageRef.parse("s3://" + BUCKET + "/" + key)).manifest().name())
        .isEqualTo("greeter");
  }

  @Test
  void a_package_over_the_limit_is_refused_before_its_body(FakeS3 s3, @TempDir Path cache) {
    s3.put(BUCKET, KEY, large(200_000));
    try (Par par =
        Par.builder(ParConfig.fromEnvironment(s3.environment()))
            .cacheDirectory(cache)
            .maxPackageBytes(100_000)
            .build()) {

      ParException e = refused(par, REF);

      assertThat(e.kind()).isEqualTo(ParException.Kind.BAD_PACKAGE);
      assertThat(e.hint()).contains("maxPackageBytes(…)");
    }
  }

  @Test
  void a_copy_is_writable_and_appears_whole(FakeS3 s3, Par par, @TempDir Path parent)
      throws Exception {
    s3.put(BUCKET, KEY, greeter());
    Path copy = parent.resolve("copy");

    par.fetch(REF).copyTo(copy);

    Files.writeString(copy.resolve("main.sh"), "changed");
    assertThat(par.fetch(REF).directory().resolve("main.sh")).hasContent("echo hi");
    ParException e = catchThrowableOfType(ParException.class, () -> par.fetch(REF).copyTo(copy));
    assertThat(e.kind()).isEqualTo(ParException.Kind.CONFIG);
  }

  private static ParException refused(Par par, PackageRef ref) {
    return catchThrowableOfType(ParException.class, () -> par.fetch(ref));
  }

  private static byte[] greeter() {
    return Apkg.named("greeter")
        .version("1.2.0")
        .command("sh", "main.sh")
        .file("main.sh", "echo hi")
        .build();
  }

  private static byte[] large(int bytes) {
    byte[] noise = new byte[bytes];
    new Random(1).nextBytes(noise);
    return Apkg.named("large").command("true").file("noise", Arrays.copyOf(noise, bytes)).build();
  }
}
