package global.pixell.par.testkit.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.AgentPackage;
import global.pixell.par.PackageRef;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.ParEvent;
import global.pixell.par.ParException;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.RecordedRequest;
import global.pixell.par.testkit.junit.ParTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** From a reference to one pinned object, and the requests for it. */
@ParTest
@Timeout(120)
class ResolutionTest {

  private static final String BUCKET = ParConfig.DEFAULT_BUCKET;
  private static final String KEY = "acme/greeter/1.2.0/greeter.apkg";
  private static final String ADDRESS = "s3://" + BUCKET + "/" + KEY;

  @Test
  void over_a_thousand_versions_are_listed_page_by_page(FakeS3 s3, Par par) {
    byte[] apkg = greeter("1");
    for (int patch = 0; patch < 1_100; patch++) {
      s3.put(BUCKET, "acme/greeter/0.0." + patch + "/greeter.apkg", apkg);
    }

    AgentPackage agent = par.fetch(PackageRef.parse("acme/greeter@latest"));

    assertThat(agent.origin().address())
        .isEqualTo("s3://" + BUCKET + "/acme/greeter/0.0.1099/greeter.apkg");
    assertThat(s3.count("ListObjectsV2")).isEqualTo(3);
    assertThat(s3.count("GetObject")).isEqualTo(1);
  }

  @Test
  void an_address_costs_no_listing(FakeS3 s3, Par par) {
    s3.put(BUCKET, KEY, greeter("1"));

    par.fetch(PackageRef.parse(ADDRESS));

    assertThat(s3.requests()).extracting(RecordedRequest::operation).containsOnly("GetObject");
  }

  @Test
  void what_was_resolved_is_told_once_and_pinned(FakeS3 s3, @TempDir Path cache) {
    byte[] apkg = greeter("1");
    s3.enableVersioning(BUCKET);
    String version = s3.put(BUCKET, KEY, apkg, Map.of());
    var events = new ArrayList<ParEvent.Detail>();
    try (Par par = builder(s3, cache).onEvent(event -> events.add(event.detail())).build()) {
      par.fetch(PackageRef.parse("acme/greeter@^1"));
    }

    List<ParEvent.Resolved> resolved =
        events.stream()
            .filter(ParEvent.Resolved.class::isInstance)
            .map(ParEvent.Resolved.class::cast)
            .toList();
    assertThat(resolved).hasSize(1);
    assertThat(resolved.get(0).address()).isEqualTo(ADDRESS);
    assertThat(resolved.get(0).bucket()).contains(BUCKET);
    assertThat(resolved.get(0).key()).contains(KEY);
    assertThat(resolved.get(0).versionId()).contains(version);
    assertThat(resolved.get(0).eTag()).hasValueSatisfying(t -> assertThat(t).hasSize(32));
    assertThat(resolved.get(0).bytes()).hasValue(apkg.length);
    assertThat(resolved.get(0).digest()).isEmpty();
  }

  @Test
  void what_was_resolved_is_told_also_where_it_is_still_the_same(FakeS3 s3, @TempDir Path cache) {
    s3.put(BUCKET, KEY, greeter("1"));
    var resolved = new ArrayList<ParEvent.Resolved>();
    for (int i = 0; i < 2; i++) {
      try (Par par =
          builder(s3, cache)
              .onEvent(
                  event -> {
                    if (event.detail() instanceof ParEvent.Resolved each) {
                      resolved.add(each);
                    }
                  })
              .build()) {
        par.fetch(PackageRef.parse("acme/greeter@^1"));
      }
    }

    assertThat(s3.requests()).extracting(RecordedRequest::status).endsWith(304);
    assertThat(resolved).hasSize(2);
    assertThat(resolved.get(1)).isEqualTo(resolved.get(0));
  }

  @Test
  void an_older_version_does_not_stand_in_for_the_newest(FakeS3 s3, @TempDir Path cache) {
    s3.enableVersioning(BUCKET);
    String older = s3.put(BUCKET, KEY, greeter("1"), Map.of());
    s3.put(BUCKET, KEY, greeter("2"));
    PackageRef versioned = PackageRef.parse(ADDRESS + "?versionId=" + older);
    try (Par par = builder(s3, cache).build()) {
      assertThat(par.fetch(versioned).manifest().version()).isEqualTo("1");
    }
    try (Par offline = builder(s3, cache).offline(true).build()) {
      assertThat(offline.fetch(versioned).manifest().version()).isEqualTo("1");
      assertThat(refused(offline, ADDRESS).kind()).isEqualTo(ParException.Kind.NOT_FOUND);
    }
    try (Par par = builder(s3, cache).build()) {
      assertThat(par.fetch(PackageRef.parse(ADDRESS)).manifest().version()).isEqualTo("2");
    }
  }

  @Test
  void a_missing_key_is_told_from_a_denied_one_as_far_as_the_role_may_know(
      FakeS3 s3, Par par, @TempDir Path work) throws Exception {
    s3.put(BUCKET, KEY, greeter("1"));
    s3.defaultIdentity().policy(Path.of("../iam/task-role-policy.json"));

    ParException mayList = refused(par, ADDRESS + ".gone");

    assertThat(mayList.kind()).isEqualTo(ParException.Kind.NOT_FOUND);
    Path getOnly =
        Files.writeString(
            work.resolve("policy.json"),
            """
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject",
             "Resource": "arn:aws:s3:::pixell-agent-packages/acme/*"}]}
            """);
    s3.defaultIdentity().policy(getOnly);

    ParException missing = refused(par, ADDRESS + ".gone");
    ParException denied = refused(par, "s3://" + BUCKET + "/other/key.apkg");

    String role = s3.defaultIdentity().arn();
    assertThat(missing.kind()).isEqualTo(ParException.Kind.ACCESS_DENIED);
    assertThat(missing.hint())
        .isEqualTo(
            "S3 did not find the key; it answers 403 and not 404 because "
                + role
                + " may not s3:ListBucket. Check the key; reading it needs s3:GetObject on arn:aws:s3:::"
                + BUCKET
                + "/"
                + KEY
                + ".gone.");
    assertThat(denied.kind()).isEqualTo(ParException.Kind.ACCESS_DENIED);
    assertThat(denied.hint())
        .startsWith(
            "Either " + role + " may not s3:GetObject on arn:aws:s3:::" + BUCKET + "/other/")
        .endsWith(
            "S3 says: it may not s3:GetObject because no identity-based policy allows the s3:GetObject action.");
  }

  @Test
  void a_version_that_the_role_may_not_read_is_told_with_its_own_action(FakeS3 s3, Par par) {
    s3.enableVersioning(BUCKET);
    String version = s3.put(BUCKET, KEY, greeter("1"), Map.of());
    s3.defaultIdentity().policy(Path.of("../iam/task-role-policy.json"));

    ParException denied = refused(par, ADDRESS + "?versionId=" + version);

    String role = s3.defaultIdentity().arn();
    assertThat(denied.kind()).isEqualTo(ParException.Kind.ACCESS_DENIED);
    assertThat(denied.hint())
        .isEqualTo(
            "Either "
                + role
                + " may not s3:GetObjectVersion on arn:aws:s3:::"
                + BUCKET
                + "/"
                + KEY
                + ", which a versionId needs, or the key does not exist: without s3:ListBucket S3 answers both alike. Check the key, then the policy, or leave out versionId."
                + " S3 says: it may not s3:GetObjectVersion because no identity-based policy allows the s3:GetObjectVersion action.");
    assertThat(par.fetch(PackageRef.parse(ADDRESS)).manifest().version()).isEqualTo("1");
  }

  private static ParException refused(Par par, String ref) {
    return catchThrowableOfType(ParException.class, () -> par.fetch(PackageRef.parse(ref)));
  }

  private static Par.Builder builder(FakeS3 s3, Path cache) {
    return Par.builder(ParConfig.fromEnvironment(s3.environment())).cacheDirectory(cache);
  }

  private static byte[] greeter(String version) {
    return Apkg.named("greeter").version(version).command("true").build();
  }
}
