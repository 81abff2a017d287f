package global.pixell.par.internal.text;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.internal.testing.Soak;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedactorTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET https://b.s3.amazonaws.com/k?X-Amz-Signature=CANARY1234&x=1",
        "https://h/k?X-Amz-Security-Token=CANARY1234",
        "https://h/k?AWSAccessKeyId=CANARY1234&Signature=CANARY1234",
        "Authorization: AWS4-HMAC-SHA256 Credential=CANARY1234/20260101, Signature=CANARY1234",
        "authorization=Bearer CANARY1234",
        "sent Bearer CANARY1234abc",
        "postgres://user:CANARY1234@db/x",
        "AWS_SECRET_ACCESS_KEY=CANARY1234",
        "{\"password\": \"CANARY1234 with blanks\"}",
        "{\"api_key\":\"CANARY1234\\\"quoted\"}",
        "db_password = 'CANARY1234'",
        "key AKIACANARY1234000000",
        "the body was {\\\"password\\\": \\\"CANARY1234\\\"}",
        "cut off: {\"password\": \"CANARY1234 CANARY",
        "the_first_token_and_the_second_token=CANARY1234",
        "{\"password\": 0xCANARY1234}",
        "postgres://user:p@CANARY1234/x'CANARY@db.example/x",
        "postgres://user:12/CANARY1234@db/x",
        "amqp://:CANARY1234@queue:5672",
        "proxy http://user:CANARY/1234@proxy:3128 refused",
        "https://ghp0CANARY1234@github.example/x",
        "Cookie: session=CANARY1234; theme=CANARY",
        "curl -H 'Cookie: session=CANARY1234; a=CANARY' https://h/",
        "Set-Cookie: sid=\"CANARY1234\"; Path=/",
        "{\"cookies\": {\"sid\": \"CANARY1234\"}}",
        "-----BEGIN RSA PRIVATE KEY-----\nCANARY1234\nCANARY\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nCANARY1234, and cut off",
        "got eyJhbGciOiJIUzI1NiJ9.eyJCANARY1234.CANARY-1234_x back",
        "mysqldump --password CANARY1234 db",
        "mysqldump --password=CANARY1234 db",
        "['mysqldump', '--password', 'CANARY1234']",
        "java -Djavax.net.ssl.keyStorePassword=CANARY1234 -jar x.jar",
        "<password>CANARY1234</password>",
        "<wsse:Password>CANARY1234</wsse:Password>",
        "<password>CANARY1234 and cut off",
        "{\"tokens\": [\"CANARY1234\", \"CANARY\"]}",
        "{\"token\": {\"value\": \"CANARY1234\"}}",
        "password: CANARY1234",
        "Proxy-Authorization: Basic CANARY1234==",
        "https://h/k?next=%2Fx%3FX-Amz-Signature%3DCANARY1234",
        "OPENAI_API_KEY sk-proj-CANARY1234abcdefghij was refused",
        "access key: CANARY1234",
        "dbPassword => CANARY1234",
      })
  void a_secret_is_taken_out_by_its_name_or_its_shape(String text) {
    assertThat(Redactor.standard().redact(text)).doesNotContain("CANARY").contains("[redacted]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "listening on port 8080",
        "a@b.example wrote",
        "s3://bucket/key?versionId=1",
        "",
        // PAR's own sentences and hints.
        "Write them into HTTPS_PROXY (HTTP_PROXY for an http endpoint): http://user:password@host:port.",
        "Use http://[user:password@]host[:port]; TLS to the proxy itself is not offered.",
        "Set AWS_SESSION_TOKEN whole, and with the key and secret it was issued with.",
        "Give the task a task role, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
        "No credentials: the container's endpoint gave none.",
        "the session token: expired",
        // The location of a secret, the number of secrets, the lifetime of a secret.
        "AWS_WEB_IDENTITY_TOKEN_FILE=/var/run/secrets/eks.amazonaws.com/serviceaccount/token",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=/var/run/secrets/pods.eks.amazonaws.com/token",
        "/var/run/secrets/eks.amazonaws.com/serviceaccount/token: No such file or directory",
        "{\"max_tokens\": 4096, \"prompt_tokens\": 12, \"token_count\": 7}",
        "usage: total_tokens=512 completion_tokens=100",
        "tokenizer: cl100k_base",
        "token_type: bearer",
        "at TokenService.get(TokenService.java:42)",
        "password=None token=null secret=${SECRET}",
        "PWD=/srv/agent",
        "basic authentication and bearer authentication",
        "npm fetched https://registry.example/@scope/name",
        "https://host.example:8443/path?mail=a@b.example",
        "git clone ssh://git@github.example/x.git",
        "a task-runner and a risk-assessment",
        "-----BEGIN CERTIFICATE-----",
      })
  void ordinary_text_is_left_alone(String text) {
    assertThat(Redactor.standard().redact(text)).isEqualTo(text);
  }

  @Test
  void a_known_value_is_taken_out_wherever_it_turns_up() {
    Redactor redactor = Redactor.of(List.of("correct-horse", "correct-horse-battery", "short"));

    assertThat(redactor.redact("it was correct-horse-battery, short"))
        .isEqualTo("it was [redacted], short");
  }

  @Test
  void a_known_value_is_taken_out_encoded_too() {
    Redactor redactor = Redactor.of(List.of("p/ss w\"rd+1~x"));

    assertThat(
            redactor.redact(
                "p/ss w\"rd+1~x p%2Fss+w%22rd%2B1%7Ex p%2Fss%20w%22rd%2B1~x p%2fss%20w%22rd%2b1~x"
                    + " p/ss%20w%22rd%2B1~x {\"a\":\"p/ss w\\\"rd+1~x\"}"))
        .isEqualTo("[redacted] [redacted] [redacted] [redacted] [redacted] {\"a\":\"[redacted]\"}");
  }

  @Test
  void a_name_says_whether_its_value_is_secret() {
    assertThat(
            List.of(
                "AWS_SECRET_ACCESS_KEY",
                "password",
                "Authorization",
                "dbPassword",
                "api-key",
                "X-Amz-Security-Token",
                "db_pwd",
                "Set-Cookie",
                "tokens"))
        .allMatch(Redactor::isSecretName);
    assertThat(
            List.of(
                "AWS_WEB_IDENTITY_TOKEN_FILE",
                "token_count",
                "tokenizer",
                "secretName",
                "PWD",
                "credentials_provider",
                "message",
                "",
                "secretary",
                "tokenUrl"))
        .noneMatch(Redactor::isSecretName);
    assertThat(List.of("password", "pin_secret", "token")).allMatch(Redactor::isSecretNumber);
    assertThat(List.of("max_tokens", "tokens", "prompt_tokens", "maxToken", "n"))
        .noneMatch(Redactor::isSecretNumber);
  }

  private static final String VALUE_CHARACTERS =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-.~!#$%^*()@é😀";

  private static String value(Random random) {
    int[] characters = VALUE_CHARACTERS.codePoints().toArray();
    var text = new StringBuilder("7");
    for (int i = 8 + random.nextInt(60); i > 0; i--) {
      text.appendCodePoint(characters[random.nextInt(characters.length)]);
    }
    return text.append('Q').toString();
  }

  private static String noise(Random random) {
    String alphabet = " abcdefgtoken:=\"'\\{}[],;/@-_.<>&%?é\t0123456789\n";
    var text = new StringBuilder();
    for (int i = random.nextInt(80); i > 0; i--) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }

  @Test
  void a_secret_is_found_amid_any_noise() {
    var random = new Random(20261126);
    List<String> names = List.of("password", "api_key", "DB_SECRET", "sessionToken", "pwd");
    for (int i = 0; i < Soak.rounds(4_000, 20_000); i++) {
      String secret = value(random);
      String name = names.get(random.nextInt(names.size()));
      String quotable = secret.replace("&", "").replace("<", "");
      String shape =
          switch (random.nextInt(6)) {
            case 0 -> "\"" + name + "\":\"" + quotable + "\"";
            case 1 -> name + "='" + quotable + "'";
            case 2 -> "--" + name + " " + quotable;
            case 3 -> "<" + name + ">" + quotable + "</" + name + ">";
            case 4 -> "{\\\"" + name + "\\\": \\\"" + quotable + "\\\"}";
            default -> name + "=" + quotable;
          };
      // The text before may contain a quote, but must not become a part of the name.
      String text = noise(random).replaceAll("token|[\"'\\\\\\[{=:<@/]", "") + "\n" + shape;

      assertThat(Redactor.standard().redact(text)).as(text).doesNotContain(quotable);
      assertThat(Redactor.of(List.of(secret)).redact(noise(random) + secret + noise(random)))
          .doesNotContain(secret);
    }
  }

  @Test
  void whatever_the_text_redacting_is_idempotent_and_a_clean_glance_is_right() {
    var random = new Random(20261127);
    Redactor redactor = Redactor.of(List.of("abcdefgtoken", "0123456789"));
    for (int i = 0; i < Soak.rounds(10_000, 50_000); i++) {
      String text = noise(random) + noise(random);
      String once = redactor.redact(text);
      assertThat(redactor.redact(once)).as(text).isEqualTo(once);
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      if (bytes.length == text.length() && redactor.isClean(bytes, 0, bytes.length)) {
        assertThat(once).isEqualTo(text);
      }
    }
  }

  @Test
  void a_text_cut_where_it_is_safe_shows_nothing_of_a_secret() {
    var random = new Random(20261128);
    for (int i = 0; i < Soak.rounds(4_000, 20_000); i++) {
      String secret = "canary" + random.nextInt(1_000_000) + "x".repeat(random.nextInt(40));
      String before = "x ".repeat(random.nextInt(40)) + "and ";
      String text = before + "password=" + secret + " then more";
      int at = random.nextInt(text.length());

      int cut = Redactor.standard().safeCut(text, at);

      assertThat(cut).isBetween(0, at);
      assertThat(
              Redactor.standard().redact(text.substring(0, cut))
                  + Redactor.standard().redact(text.substring(cut)))
          .doesNotContain("canary");
    }
  }

  static Stream<String> longLines() {
    return Stream.of(
            "token ",
            "token",
            "token=",
            "token=\"",
            "token='\\",
            "password: \"\\\"",
            "secret  ",
            "bearer ",
            "basic\t",
            "authorization ",
            "authorization:",
            "://",
            "://a@",
            "://user:",
            "AKIA",
            "AKIA_",
            "ASIA0000000000000_",
            "a",
            "a.",
            "\"",
            " ",
            "secret=x,",
            "password=None ",
            "--token ",
            "<token>",
            "eyJ",
            "eyJa.",
            "sk-",
            "token: [",
            "token={",
            "-----BEGIN PRIVATE KEY-----",
            "://u:",
            "token=\"\\\"",
            "cookie: a",
            "\n")
        .flatMap(
            unit ->
                Stream.of(
                        "",
                        "token ",
                        "token",
                        "token=\"",
                        "{\"password\": \"",
                        "bearer ",
                        "://",
                        "AKIA")
                    .map(start -> start + unit.repeat((256 << 10) / unit.length())));
  }

  @ParameterizedTest
  @MethodSource("longLines")
  @Timeout(value = 20, threadMode = ThreadMode.SEPARATE_THREAD)
  void a_line_of_any_length_and_shape_is_done_in_a_moment(String line) {
    assertThat(Redactor.standard().redact(line)).isNotNull();
  }

  @Test
  void redacting_twice_changes_nothing_more() {
    String once = Redactor.standard().redact("password=hunter2 Authorization: Bearer abcdefghij");

    assertThat(Redactor.standard().redact(once)).isEqualTo(once);
  }
}
