package global.pixell.par.internal.resolve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import global.pixell.par.PackageRef;
import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.internal.testing.Soak;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The permitted addresses, and addresses that only resemble them. */
class AddressRuleTest {

  private static final AddressRule RULE =
      rule(
          ParConfig.builder()
              .allowBucket("packages")
              .allowBucket("my.packages")
              .allowHost("mirror.example")
              .allowHost("mirror.example:8443")
              .endpoint(URI.create("https://store.example:9000")));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://packages.s3.us-east-2.amazonaws.com/k",
        "https://packages.s3.amazonaws.com/k",
        "https://PACKAGES.S3.US-EAST-2.AMAZONAWS.COM/k",
        "https://packages.s3.us-east-2.amazonaws.com:443/k",
        "https://my.packages.s3.us-east-2.amazonaws.com/k",
        "https://packages.s3-eu-west-1.amazonaws.com/k",
        "https://packages.s3.dualstack.eu-west-1.amazonaws.com/k",
        "https://packages.s3-fips.us-gov-west-1.amazonaws.com/k",
        "https://packages.s3-fips.dualstack.us-east-1.amazonaws.com/k",
        "https://packages.s3-accelerate.amazonaws.com/k",
        "https://packages.s3-accelerate.dualstack.amazonaws.com/k",
        "https://packages.s3.cn-north-1.amazonaws.com.cn/k",
        "https://packages.s3.us-iso-east-1.c2s.ic.gov/k",
        "https://packages.s3.us-isob-east-1.sc2s.sgov.gov/k",
        "https://packages.s3.eusc-de-east-1.amazonaws.eu/k",
        "https://s3.us-east-2.amazonaws.com/packages/k",
        "https://s3.amazonaws.com/packages/k",
        "https://s3-external-1.amazonaws.com/packages/k",
        "https://store.example:9000/packages/k",
        "https://packages.store.example:9000/k",
        "https://mirror.example/anything",
        "https://mirror.example:8443/anything"
      })
  void allowed_buckets_at_s3_the_endpoint_and_named_hosts_may_be_asked(String url) {
    assertThat(RULE.allows(URI.create(url))).isTrue();
    RULE.check(PackageRef.parse(url));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Another bucket.
        "https://others.s3.us-east-2.amazonaws.com/k",
        "https://s3.us-east-2.amazonaws.com/others/k",
        "https://s3.us-east-2.amazonaws.com/packages",
        "https://x.packages.s3.amazonaws.com/k",
        "https://packages.others.s3.amazonaws.com/k",
        // Another bucket by way of dots and escapes.
        "https://s3.us-east-2.amazonaws.com/packages/../others/k",
        "https://s3.us-east-2.amazonaws.com/packages/%2e%2E/others/k",
        "https://s3.us-east-2.amazonaws.com/packages%2F..%2Fothers/k",
        "https://s3.us-east-2.amazonaws.com/./packages/k",
        "https://s3.us-east-2.amazonaws.com//packages/k",
        "https://s3.us-east-2.amazonaws.com/%70ackages/k",
        "https://store.example:9000/packages/../others/k",
        // Another host.
        "https://packages.s3.amazonaws.com.evil.example/k",
        "https://s3.amazonaws.com.evil.example/packages/k",
        "https://evil.example/packages.s3.amazonaws.com/k",
        "https://evil.example/packages/k",
        "https://packages.s3.amazonaws.com@evil.example/k",
        "https://packages.s3.evil.com/k",
        "https://packages.s3.us-east-2.amazonaws.co/k",
        "https://packages.s3.us-east-2.amazonaws.com.cn.evil.example/k",
        "https://packages.xs3.amazonaws.com/k",
        "https://xs3.amazonaws.com/packages/k",
        "https://packages-s3.amazonaws.com/k",
        "https://packages.s3.us-east-2.amazonaws.com./k",
        "https://packages.s3-website-us-east-1.amazonaws.com/k",
        "https://packages-123456789012.s3-accesspoint.us-east-2.amazonaws.com/k",
        "https://packages.execute-api.us-east-2.amazonaws.com/k",
        "https://mirror.example.evil.example/k",
        "https://sub.mirror.example/k",
        "https://xstore.example:9000/packages/k",
        "https://127.0.0.1/packages/k",
        "https://2130706433/packages/k",
        "https://0x7f000001/packages/k",
        "https://[::1]/packages/k",
        "https://[::ffff:169.254.169.254]/packages/k",
        "https://169.254.169.254/latest/meta-data/",
        // A port other than 443 is another service.
        "https://packages.s3.us-east-2.amazonaws.com:8443/k",
        "https://mirror.example:9443/k",
        "https://store.example/packages/k",
        // Another scheme.
        "http://packages.s3.us-east-2.amazonaws.com/k",
        "ftp://mirror.example/k"
      })
  void what_only_looks_like_them_may_not(String url) {
    assertThat(RULE.allows(URI.create(url))).isFalse();
    assertThatThrownBy(() -> RULE.check(PackageRef.parse(url)))
        .isInstanceOfSatisfying(
            ParException.class, e -> assertThat(e.kind()).isEqualTo(ParException.Kind.CONFIG));
  }

  @Test
  void a_host_of_other_letters_is_no_host() {
    for (String url :
        new String[] {
          "https://packages.s3.amazonaws.c\u043em/k", // a Cyrillic o
          "https://packages\u3002s3.amazonaws.com/k", // an ideographic full stop
          "https://packages%2Es3.amazonaws.com/k",
          "https://packages_.s3.amazonaws.com/k",
          "https:packages.s3.amazonaws.com/k",
          "https:///packages/k",
          "https://"
        }) {
      assertThatThrownBy(() -> RULE.check(PackageRef.parse(url)))
          .isInstanceOfSatisfying(
              ParException.class, e -> assertThat(e.kind()).isEqualTo(ParException.Kind.CONFIG));
    }
  }

  @Test
  void an_unencrypted_endpoint_allows_no_https_address() {
    AddressRule local =
        rule(
            ParConfig.builder()
                .allowBucket("packages")
                .endpoint(URI.create("http://127.0.0.1:9000")));

    assertThat(local.allows(URI.create("https://127.0.0.1:9000/packages/k"))).isFalse();
  }

  @Test
  void a_bucket_outside_the_list_is_refused_by_name() {
    assertThatThrownBy(() -> RULE.check(PackageRef.parse("s3://others/k.apkg")))
        .hasMessage(
            "The bucket 'others' of s3://others/k.apkg is not allowed. Allowed buckets: packages, my.packages.");
  }

  /** Every permitted address, parsed again by other code, is at one of the three known places. */
  @Test
  void hostile_addresses_are_allowed_only_at_known_places() {
    String[] parts = {
      "https://",
      "http://",
      "packages",
      "others",
      ".",
      "s3",
      "s3.",
      "-",
      "us-east-2",
      ".amazonaws.com",
      ".cn",
      "mirror.example",
      "store.example",
      ":9000",
      ":443",
      ":8443",
      ":",
      "/",
      "@",
      "%2e",
      "..",
      "?",
      "#",
      "\\",
      "evil",
      "[::1]",
      "k"
    };
    var random = new Random(20260102);
    for (int i = 0; i < Soak.rounds(20_000, 100_000); i++) {
      var text = new StringBuilder(random.nextInt(4) == 0 ? "" : "https://");
      for (int n = random.nextInt(9); n >= 0; n--) {
        text.append(parts[random.nextInt(parts.length)]);
      }
      URI uri;
      try {
        uri = new URI(text.toString());
      } catch (URISyntaxException e) {
        continue;
      }
      if (RULE.allows(uri)) {
        String authority = text.substring("https://".length()).split("[/?#]", 2)[0];
        assertThat(authority).doesNotContain("@");
        assertThat(authority.replaceFirst(":\\d*$", ""))
            .satisfiesAnyOf(
                host -> assertThat(host).isEqualTo("mirror.example"),
                host -> assertThat(host).isIn("store.example", "packages.store.example"),
                host ->
                    assertThat(host)
                        .matches("(packages\\.)?s3([.-]us-east-2)?\\.amazonaws\\.com(\\.cn)?"));
      }
    }
  }

  private static AddressRule rule(ParConfig.Builder builder) {
    return new AddressRule(builder.cacheDirectory(Path.of("unused")).build());
  }
}
