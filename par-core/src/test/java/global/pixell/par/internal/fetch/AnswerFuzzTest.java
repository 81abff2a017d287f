package global.pixell.par.internal.fetch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.PackageRef;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.archive.TestZip;
import global.pixell.par.internal.testing.Soak;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random answers of S3, each nearly correct. Whatever a server or a proxy sends, a fetch ends
 * quickly, with the package or with a reason, and never with a bug of PAR.
 *
 * <p>Every case has its own seed, which a failure names.
 */
@Timeout(600)
class AnswerFuzzTest {

  private static final int CASES = Integer.getInteger("par.fuzz.answers", Soak.rounds(50, 1000));

  /** Nothing waits on purpose, so a fetch that takes longer than this hangs. */
  private static final Duration SOON = Duration.ofSeconds(15);

  private static final Set<Kind> REASONS =
      EnumSet.of(
          Kind.NOT_FOUND,
          Kind.ACCESS_DENIED,
          Kind.UNAVAILABLE,
          Kind.CORRUPT,
          Kind.BAD_PACKAGE,
          Kind.DISK,
          Kind.CONFIG);

  private static final byte[] APKG =
      TestZip.of().file("agent.yaml", "name: a\nversion: 1.0.0\n").file("b", "content").bytes();

  @TempDir private Path cache;

  @ParameterizedTest
  @ValueSource(strings = {"s3://bucket/acme/a/1.0.0/a.apkg", "acme/a@latest"})
  void whatever_is_answered_a_fetch_ends_soon_and_for_a_reason(String ref) throws IOException {
    int fetched = 0;
    try (var server = new FuzzedServer()) {
      for (int seed = 1; seed <= CASES; seed++) {
        server.seed = seed;
        long begun = System.nanoTime();
        // A new client for each case, so that no connection remains from the previous case.
        try (Par par = par(server.endpoint(), cache.resolve(String.valueOf(seed)))) {
          par.fetch(PackageRef.parse(ref));
          fetched++;
        } catch (ParException e) {
          assertThat(REASONS).as("seed %s: %s", seed, e).contains(e.kind());
          assertThat(e.getMessage()).as("seed %s", seed).doesNotContainPattern("\\p{Cntrl}");
        } catch (RuntimeException | Error e) {
          throw new AssertionError("seed " + seed + " for " + ref, e);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).as("seed " + seed).isLessThan(SOON);
      }
    }
    // With fewer successes the answers would be so wrong that they test only the first check.
    assertThat(fetched).isBetween(CASES / 20, CASES * 9 / 10);
  }

  private static Par par(URI endpoint, Path cache) {
    return Par.builder()
        .cacheDirectory(cache)
        .allowBucket("bucket")
        .region("us-east-2")
        .endpoint(endpoint)
        .credentials(
            new ParConfig.Credentials("PARTESTKITEXAMPLE000", "not-a-secret", Optional.empty()))
        .attempts(3, Duration.ofSeconds(10))
        .sleeper(delay -> {})
        .build();
  }

  /** Answers each request by its seed and its number, and closes. */
  private static final class FuzzedServer implements AutoCloseable {
    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private volatile int seed;

    FuzzedServer() throws IOException {
      var thread = new Thread(this::serve, "fuzzed-server");
      thread.setDaemon(true);
      thread.start();
    }

    URI endpoint() {
      return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    private void serve() {
      int number = 0;
      int last = 0;
      while (!server.isClosed()) {
        try (Socket socket = server.accept()) {
          String head = head(socket.getInputStream());
          number = seed == last ? number + 1 : 0;
          last = seed;
          Random random = new Random(seed * 1000L + number);
          socket.getOutputStream().write(new Answers(random).to(head));
          socket.getOutputStream().flush();
        } catch (IOException e) {
          // The client left, or the test has ended.
        }
      }
    }

    private static String head(InputStream in) throws IOException {
      var head = new ByteArrayOutputStream();
      while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
        int b = in.read();
        if (b < 0) {
          break;
        }
        head.write(b);
      }
      return head.toString(ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }

  /** One answer, most of whose parts are correct. */
  private record Answers(Random random) {
    private static final List<String> NUMBERS =
        List.of(
            "-1",
            "-5",
            "0",
            "1",
            "007",
            "+3",
            "1e9",
            "0x20",
            "9223372036854775807",
            "9223372036854775808",
            "99999999999999999999999",
            "many",
            "",
            " ",
            "3, 4",
            "\u00b2");
    private static final List<String> STATUSES =
        List.of(
            "100", "101", "103", "200", "200", "201", "204", "205", "206", "207", "226", "300",
            "301", "302", "304", "307", "400", "401", "403", "404", "405", "407", "408", "409",
            "410", "412", "416", "418", "429", "500", "501", "503", "505", "599", "600", "999",
            "000", "20", "2000", "-1", "abc", "");
    private static final List<String> CODES =
        List.of(
            "NoSuchKey",
            "NoSuchBucket",
            "AccessDenied",
            "SlowDown",
            "InternalError",
            "RequestTimeTooSkewed",
            "PreconditionFailed",
            "InvalidRange",
            "KMS.DisabledException",
            "\u001b[31m",
            "");

    byte[] to(String head) {
      boolean listing = head.contains("list-type=2");
      boolean part = head.toLowerCase(java.util.Locale.ROOT).contains("\nrange:");
      byte[] body = listing ? utf8(listing(head)) : APKG;
      var fields = new ArrayList<String>();
      String status = part ? "206" : "200";
      if (part) {
        fields.add("Content-Range: bytes 0-" + (body.length - 1) + "/" + body.length);
      }
      if (often()) {
        fields.add("ETag: \"1\"");
      }
      if (often()) {
        fields.add("x-amz-version-id: v1");
      }
      if (rarely()) {
        status = any(STATUSES);
        if (often()) {
          body =
              utf8(
                  "<Error><Code>"
                      + any(CODES)
                      + "</Code><Message>"
                      + text()
                      + "</Message></Error>");
        }
      }
      int declared = body.length;
      if (rarely()) {
        body = mutated(body);
        declared = rarely() ? body.length : declared;
      }
      boolean chunked = rarely();
      if (chunked) {
        body = chunked(body);
        fields.add("Transfer-Encoding: chunked");
      } else if (often()) {
        fields.add("Content-Length: " + declared);
      }
      while (rarely()) {
        fields.add(random.nextInt(fields.size() + 1), field());
      }
      String lines = "HTTP/1.1 " + status + " Status\r\n" + String.join("\r\n", fields);
      byte[] start = (lines + (fields.isEmpty() ? "" : "\r\n") + "\r\n").getBytes(ISO_8859_1);
      if (random.nextInt(12) == 0) {
        start = mutated(start);
      }
      var answer = new ByteArrayOutputStream();
      answer.writeBytes(start);
      answer.writeBytes(body);
      return answer.toByteArray();
    }

    private String listing(String head) {
      String prefix = "acme/a/";
      boolean version = head.contains("1.0.0");
      String found =
          version
              ? "<Contents><Key>"
                  + prefix
                  + "1.0.0/a.apkg</Key><Size>"
                  + number("9")
                  + "</Size></Contents>"
              : "<CommonPrefixes><Prefix>" + prefix + "1.0.0/</Prefix></CommonPrefixes>";
      return "<?xml version=\"1.0\"?><ListBucketResult><Name>bucket</Name><KeyCount>"
          + number("1")
          + "</KeyCount><MaxKeys>"
          + number("1000")
          + "</MaxKeys><IsTruncated>"
          + (rarely() ? "true" : "false")
          + "</IsTruncated>"
          + (rarely() ? "<NextContinuationToken>" + text() + "</NextContinuationToken>" : "")
          + (rarely() ? "" : found)
          + (rarely() ? "<Contents><Key>" + text() + "</Key></Contents>" : "")
          + "</ListBucketResult>";
    }

    private String field() {
      return switch (random.nextInt(10)) {
        case 0 -> "Content-Length: " + any(NUMBERS);
        case 1 -> "Content-Range: bytes " + number("0") + "-" + number("5") + "/" + number("6");
        case 2 -> "ETag: " + text();
        case 3 -> "Retry-After: " + any(NUMBERS);
        case 4 -> "x-amz-retry-after: " + any(NUMBERS);
        case 5 -> "x-amz-checksum-" + (often() ? "sha256: " : "crc32: ") + text();
        case 6 -> "x-amz-mp-parts-count: " + any(NUMBERS);
        case 7 -> "Location: " + (often() ? "http://127.0.0.1:1/" : text());
        case 8 -> "Date: " + text();
        default -> text() + ": " + text();
      };
    }

    private byte[] mutated(byte[] bytes) {
      byte[] changed = bytes.clone();
      switch (random.nextInt(5)) {
        case 0 -> changed = Arrays.copyOf(changed, random.nextInt(changed.length + 1));
        case 1 -> changed = Arrays.copyOf(changed, changed.length + random.nextInt(5000));
        case 2 -> random.nextBytes(changed);
        default -> {
          for (int i = 0; changed.length > 0 && i <= random.nextInt(8); i++) {
            changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
          }
        }
      }
      return changed;
    }

    private byte[] chunked(byte[] body) {
      var out = new ByteArrayOutputStream();
      String size = rarely() ? any(NUMBERS) : Integer.toHexString(body.length);
      out.writeBytes((size + "\r\n").getBytes(ISO_8859_1));
      out.writeBytes(body);
      out.writeBytes((rarely() ? "\r\n" : "\r\n0\r\n\r\n").getBytes(ISO_8859_1));
      return out.toByteArray();
    }

    private String number(String usual) {
      return rarely() ? any(NUMBERS) : usual;
    }

    private String text() {
      char[] letters = new char[random.nextInt(1 + (rarely() ? 3000 : 30))];
      for (int i = 0; i < letters.length; i++) {
        letters[i] = rarely() ? (char) random.nextInt(256) : (char) (' ' + random.nextInt(95));
      }
      return new String(letters).replace('\r', ' ').replace('\n', ' ');
    }

    private <T> T any(List<T> choices) {
      return choices.get(random.nextInt(choices.size()));
    }

    private boolean rarely() {
      return random.nextInt(6) == 0;
    }

    private boolean often() {
      return !rarely();
    }

    private static byte[] utf8(String text) {
      return TestZip.utf8(text);
    }
  }
}
