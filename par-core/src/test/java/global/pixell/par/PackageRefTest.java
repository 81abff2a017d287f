package global.pixell.par;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.internal.testing.Soak;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PackageRefTest {

  private static final String HEX = "ab".repeat(32);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a b.apkg",
        "a+b.apkg",
        "a%20b.apkg",
        "ü/日本.apkg",
        "a//b/./../c.apkg",
        "what?.apkg"
      })
  void a_key_is_taken_literally(String key) {
    PackageRef ref = PackageRef.parse("s3://bucket/" + key);

    assertThat(ref.address())
        .isInstanceOfSatisfying(
            PackageRef.S3Object.class, object -> assertThat(object.key()).isEqualTo(key));
  }

  @Test
  void version_and_digest_are_parted_from_the_key() {
    PackageRef ref =
        PackageRef.parse(
            "  S3://bucket/a/b.apkg?versionId=v1.x#sha256="
                + HEX.toUpperCase(java.util.Locale.ROOT)
                + "\n");

    assertThat(ref.digest()).contains(Digest.parse(HEX));
    assertThat(ref.toString()).isEqualTo("s3://bucket/a/b.apkg?versionId=v1.x");
  }

  @ParameterizedTest
  @CsvSource({
    "http://h/a.apkg,is not encrypted",
    "file:///a.apkg,is a local file",
    "'data:,x',contains the data itself",
    "ftp://h/a.apkg,is FTP",
    "javascript:alert(1),is a script",
    "gopher://h/a,has the unknown scheme 'gopher'",
    "s3:/b/k,lacks the two slashes",
    "s3://B/k,names no valid bucket ('B')",
    "s3://192.168.0.1/k,names no valid bucket",
    "s3://bucket,names no object",
    "s3://bucket/folder/,names no object",
    "https://user:hunter2@h/a,carries a user or password",
    "redis://:hunter2@h/a,has the unknown scheme 'redis'",
    "https://h/a#SHA-256=ab,ends in a fragment that is not a digest",
    "https://h/a#sha256=hunter2,'has a digest of 7 characters, which is not a SHA-256'",
    "https://bucket.s3.amazonaws.com,names no object",
    "https://bucket.s3.amazonaws.com/,names no object",
    "s3://bucket/k?X-Amz-Signature=hunter2,carries a signature",
    "s3://bucket/k?AWSAccessKeyId=hunter2&Expires=1,carries a signature",
    "s3://bucket/k#sha256=hunter2,has a digest of 7 characters",
    "s3://bucket?sig=hunter2,names no valid bucket ('bucket')",
    "greeter@1.0?sig=hunter2,has a query",
    "greeter@,is neither an address nor",
    "greeter@../1,'../1' is not a version",
    "a/b/greeter@1,is neither an address nor",
    "greeter,is neither an address nor",
  })
  void what_is_no_reference_is_refused_with_its_own_sentence(String text, String sentence) {
    ParException e = catchThrowableOfType(ParException.class, () -> PackageRef.parse(text));

    assertThat(e.kind()).isEqualTo(ParException.Kind.CONFIG);
    assertThat(e).hasMessageContaining(sentence).hasMessageNotContaining("hunter2");
    assertThat(e.hint()).isNotBlank();
  }

  @Test
  void a_signature_is_never_printed() {
    String signed =
        "https://bucket.s3.us-east-2.amazonaws.com/a.apkg?X-Amz-Signature=c0ffee&X-Amz-Security-Token=t0ken";

    assertThat(PackageRef.parse(signed).toString())
        .doesNotContain("c0ffee")
        .doesNotContain("t0ken");
    assertThatThrownBy(() -> PackageRef.parse("http" + signed.substring(5)))
        .hasMessageNotContaining("c0ffee");
  }

  @ParameterizedTest
  @CsvSource({
    "https://my.bucket.s3.us-east-2.amazonaws.com/k,my.bucket",
    "https://bucket.s3.amazonaws.com/k,bucket",
    "https://s3.eu-west-1.amazonaws.com/bucket/k,bucket",
    "https://s3-eu-west-1.amazonaws.com/bucket/k,bucket",
    "https://bucket.s3.dualstack.eu-west-1.amazonaws.com/k,bucket",
    "https://bucket.s3-fips.us-gov-west-1.amazonaws.com/k,bucket",
    "https://bucket.s3.cn-north-1.amazonaws.com.cn/k,bucket",
  })
  void the_bucket_of_an_s3_host_is_known(String url, String bucket) {
    assertThat(PackageRef.parse(url).bucket()).contains(bucket);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://bucket.s3.amazonaws.com.evil.example/k",
        "https://evil.example/bucket/k",
        "https://s3.evil.example/bucket/k",
        "https://xs3.amazonaws.com/bucket/k"
      })
  void a_host_that_only_looks_like_s3_has_no_bucket(String url) {
    assertThat(PackageRef.parse(url).bucket()).isEmpty();
  }

  @Test
  void two_digests_that_disagree_are_refused() {
    PackageRef ref = PackageRef.parse("s3://bucket/k.apkg#sha256=" + HEX);

    assertThat(ref.withDigest(Digest.parse(HEX.toUpperCase(java.util.Locale.ROOT)))).isEqualTo(ref);
    assertThatThrownBy(() -> ref.withDigest(Digest.parse("cd".repeat(32))))
        .isInstanceOf(ParException.class)
        .hasMessageContaining(HEX);
  }

  @Test
  void half_a_character_is_refused() {
    assertThatThrownBy(() -> PackageRef.parse("s3://bucket/k\ud800.apkg"))
        .isInstanceOf(ParException.class)
        .hasMessageContaining("contains half of a character");
  }

  @Test
  void a_long_reference_is_cut_in_its_refusal() {
    assertThatThrownBy(() -> PackageRef.parse("data:" + "x".repeat(1_000_000)))
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(500));
  }

  @Test
  void the_mark_of_a_digest_is_found_in_any_case_and_behind_any_letters() {
    PackageRef ref = PackageRef.parse("s3://bucket/\u0130\u0130.apkg#SHA256=" + HEX);

    assertThat(ref.digest()).contains(Digest.parse(HEX));
    assertThat(ref.toString()).isEqualTo("s3://bucket/\u0130\u0130.apkg");
  }

  @Test
  void a_signature_without_its_question_mark_is_refused_and_not_shown() {
    assertThatThrownBy(
            () ->
                PackageRef.parse(
                    "https://bucket.s3.amazonaws.com/a.apkg&X-Amz-Security-Token=CANARY"))
        .hasMessageContaining("carries a signature in its path")
        .message()
        .doesNotContain("CANARY");
  }

  /**
   * Random texts of meaningful pieces. A text that parses prints without anything that could be a
   * signature, and parses again to an equal reference. A text that does not parse is refused in one
   * line, also without a signature.
   */
  @Test
  void hostile_text_is_a_reference_or_a_configuration_error_and_nothing_else() {
    var random = new Random(20260101);
    String[] parts = {
      "s3://",
      "https://",
      "S3://",
      "http://",
      "b",
      "bucket",
      "/",
      "?versionId=",
      "#sha256=",
      "#",
      HEX,
      "@",
      "^1",
      "1.2.3-rc.1",
      "latest",
      "\0",
      "\n",
      "%",
      "%20",
      "..",
      "\u202e",
      "\u0130",
      "\ud83d\ude00",
      "\ud800",
      ":",
      " ",
      "?X-Amz-Signature=CANARY",
      "&X-Amz-Security-Token=CANARY",
      "?CANARY",
      "x.s3.amazonaws.com"
    };
    int rounds = Soak.rounds(20_000, 100_000);
    int read = 0;
    for (int i = 0; i < rounds; i++) {
      var text = new StringBuilder();
      for (int n = random.nextInt(9); n >= 0; n--) {
        text.append(parts[random.nextInt(parts.length)]);
      }
      try {
        PackageRef ref = PackageRef.parse(text.toString());
        read++;
        assertThat(ref.toString()).doesNotContain("\n");
        if (!(ref.address() instanceof PackageRef.S3Object)) {
          // In a literal key a question mark is an ordinary character.
          assertThat(ref.toString()).doesNotContain("CANARY");
        }
        PackageRef again = PackageRef.parse(ref.toString());
        assertThat(again.toString()).isEqualTo(ref.toString());
        if (!(ref.address() instanceof PackageRef.HttpsUrl)) {
          assertThat(again.address()).isEqualTo(ref.address());
        }
      } catch (ParException e) {
        assertThat(e.kind()).isEqualTo(ParException.Kind.CONFIG);
        assertThat(e.getMessage())
            .doesNotContain("\n")
            .doesNotContain("\0")
            .doesNotContain("Signature=CANARY")
            .doesNotContain("Token=CANARY");
      }
    }
    assertThat(read).isGreaterThan(rounds / 1000);
  }
}
