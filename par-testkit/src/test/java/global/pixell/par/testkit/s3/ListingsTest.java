package global.pixell.par.testkit.s3;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.internal.http.UriEncoding;
import global.pixell.par.testkit.internal.s3.model.Utf8Order;
import global.pixell.par.testkit.testing.Wire;
import global.pixell.par.testkit.testing.Wire.Reply;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** ListObjects in both versions, and ListBuckets. */
@Timeout(120)
class ListingsTest {

  private final FakeS3 s3 = FakeS3.start();
  private final Wire wire = Wire.to(s3);

  @AfterEach
  void close() {
    s3.close();
  }

  private void keys(String... keys) {
    s3.createBucket("bucket");
    for (String key : keys) {
      s3.put("bucket", key, key.getBytes(StandardCharsets.UTF_8));
    }
  }

  @Test
  void keys_come_in_the_order_of_their_bytes() throws Exception {
    // U+FF5E is before U+1F600 in UTF-8, and after it in UTF-16.
    keys("b", "B", "a/", "a", "~", "\uff5e", "\ud83d\ude00", "\u00fc");

    assertThat(wire.get("/bucket?list-type=2").elements("Key"))
        .containsExactly("B", "a", "a/", "b", "~", "\u00fc", "\uff5e", "\ud83d\ude00");
  }

  @Test
  void an_entry_says_what_s3_says_of_an_object() throws Exception {
    keys("key");

    Reply plain = wire.get("/bucket?list-type=2");
    Reply owned = wire.get("/bucket?list-type=2&fetch-owner=true");

    assertThat(plain.element("ETag")).isEqualTo("\"3c6e0b8a9c15224a8228b9a98ca1531d\"");
    assertThat(plain.element("Size")).isEqualTo("3");
    assertThat(plain.element("StorageClass")).isEqualTo("STANDARD");
    assertThat(plain.element("ChecksumType")).isEqualTo("FULL_OBJECT");
    assertThat(plain.element("LastModified")).matches("\\d{4}-\\d\\d-\\d\\dT.*\\.000Z");
    assertThat(plain.body()).doesNotContain("<Owner>").contains("<KeyCount>1</KeyCount>");
    assertThat(owned.body()).contains("<Owner><ID>");
    assertThat(wire.get("/bucket").body()).contains("<Owner><ID>").doesNotContain("KeyCount");
  }

  @Test
  void pages_of_every_size_add_up_to_the_same_in_both_versions() throws Exception {
    var random = new Random(42);
    var keys = new TreeSet<String>(Utf8Order.INSTANCE);
    String[] letters = {"a", "b", "/", "/", "\u00fc", "\ud83d\ude00"};
    while (keys.size() < 30) {
      var key = new StringBuilder();
      for (int i = 1 + random.nextInt(5); i > 0; i--) {
        key.append(letters[random.nextInt(letters.length)]);
      }
      keys.add(key.toString());
    }
    keys(keys.toArray(String[]::new));

    for (String prefix : List.of("", "a", "b/", "\u00fc")) {
      for (String delimiter : List.of("", "/", "a")) {
        List<String> expected = expected(keys, prefix, delimiter);
        for (int size : List.of(1, 2, 7, 1000)) {
          String query =
              "&prefix="
                  + UriEncoding.encode(prefix)
                  + "&delimiter="
                  + delimiter.replace("/", "%2F")
                  + "&max-keys="
                  + size;
          String what = "prefix '" + prefix + "', delimiter '" + delimiter + "', pages of " + size;
          assertThat(pages("list-type=2" + query, true)).as("v2, " + what).isEqualTo(expected);
          assertThat(pages("list-type=1" + query, false)).as("v1, " + what).isEqualTo(expected);
        }
      }
    }
  }

  /** The expected result, computed independently of the code: fold, then keep the first of each. */
  private static List<String> expected(Set<String> keys, String prefix, String delimiter) {
    var items = new LinkedHashSet<String>();
    for (String key : keys) {
      if (key.startsWith(prefix)) {
        int at = delimiter.isEmpty() ? -1 : key.indexOf(delimiter, prefix.length());
        items.add(at < 0 ? "key " + key : "folder " + key.substring(0, at + delimiter.length()));
      }
    }
    return items.stream().sorted((a, b) -> Utf8Order.INSTANCE.compare(name(a), name(b))).toList();
  }

  private static String name(String item) {
    return item.substring(item.indexOf(' ') + 1);
  }

  private List<String> pages(String query, boolean v2) throws Exception {
    var all = new ArrayList<String>();
    String from = "";
    for (int page = 0; page < 100; page++) {
      Reply reply = wire.get("/bucket?" + query + from);
      var items = new ArrayList<String>();
      reply.elements("Key").forEach(key -> items.add("key " + key));
      reply
          .elements("CommonPrefixes")
          .forEach(each -> items.add("folder " + each.replaceAll("</?Prefix>", "")));
      items.sort((a, b) -> Utf8Order.INSTANCE.compare(name(a), name(b)));
      all.addAll(items);
      if (reply.element("IsTruncated").equals("false")) {
        return all;
      }
      String next =
          v2
              ? reply.element("NextContinuationToken")
              : query.contains("delimiter=&")
                  ? name(all.get(all.size() - 1))
                  : reply.element("NextMarker");
      assertThat(next).isNotEmpty();
      from =
          (v2 ? "&continuation-token=" : "&marker=")
              + UriEncoding.encode(next).replace("/", "%2F").replace("+", "%2B");
    }
    throw new AssertionError("the listing does not end: " + all);
  }

  @Test
  void the_first_version_names_the_next_marker_only_with_a_delimiter() throws Exception {
    keys("a", "b", "c/1", "c/2", "d");

    assertThat(wire.get("/bucket?max-keys=1").body()).doesNotContain("NextMarker");
    Reply folded = wire.get("/bucket?max-keys=3&delimiter=%2F");
    assertThat(folded.element("NextMarker")).isEqualTo("c/");
    assertThat(wire.get("/bucket?delimiter=%2F&marker=c%2F").elements("Key")).containsExactly("d");
  }

  @Test
  void folders_count_as_keys() throws Exception {
    keys("a/1", "a/2", "b/1", "c");

    Reply reply = wire.get("/bucket?list-type=2&delimiter=%2F&max-keys=2");

    assertThat(reply.element("KeyCount")).isEqualTo("2");
    assertThat(reply.elements("CommonPrefixes"))
        .containsExactly("<Prefix>a/</Prefix>", "<Prefix>b/</Prefix>");
    assertThat(reply.element("IsTruncated")).isEqualTo("true");
  }

  @Test
  void start_after_is_said_again_and_loses_to_a_token() throws Exception {
    keys("a", "b", "c");

    Reply first = wire.get("/bucket?list-type=2&start-after=a&max-keys=1");
    Reply second =
        wire.get(
            "/bucket?list-type=2&start-after=a&continuation-token="
                + first.element("NextContinuationToken").replace("=", "%3D"));

    assertThat(first.elements("Key")).containsExactly("b");
    assertThat(first.element("StartAfter")).isEqualTo("a");
    assertThat(second.elements("Key")).containsExactly("c");
  }

  @Test
  void no_keys_are_no_truncated_page_and_more_than_1000_are_1000() throws Exception {
    String[] many = IntStream.range(0, 1003).mapToObj("%04d"::formatted).toArray(String[]::new);
    keys(many);

    Reply none = wire.get("/bucket?list-type=2&max-keys=0");
    Reply all = wire.get("/bucket?list-type=2&max-keys=5000");

    assertThat(none.element("IsTruncated")).isEqualTo("false");
    assertThat(none.element("KeyCount")).isEqualTo("0");
    assertThat(all.elements("Key")).isEqualTo(Arrays.asList(many).subList(0, 1000));
    assertThat(all.element("MaxKeys")).isEqualTo("1000");
    assertThat(all.element("IsTruncated")).isEqualTo("true");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "max-keys=-1|Argument max-keys must be an integer between 0 and 2147483647",
        "max-keys=x|Provided max-keys not an integer or within integer range",
        "max-keys=99999999999|Provided max-keys not an integer or within integer range",
        "encoding-type=base64|Invalid Encoding Method specified in Request",
        "list-type=2&continuation-token=|The continuation token provided is incorrect",
        "list-type=2&continuation-token=garbage|The continuation token provided is incorrect",
        "list-type=2&continuation-token=YQ%3D%3D|The continuation token provided is incorrect",
        "list-type=2&continuation-token=%21|The continuation token provided is incorrect",
      })
  void a_parameter_that_is_none_is_an_invalid_argument(String query, String message)
      throws Exception {
    keys("a");

    Reply reply = wire.get("/bucket?" + query);

    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.element("Code")).isEqualTo("InvalidArgument");
    assertThat(reply.element("Message")).isEqualTo(message);
  }

  @Test
  void names_are_encoded_for_those_who_ask() throws Exception {
    keys("a b+c/\u00fc&<>", "c\u0001");

    Reply plain = wire.get("/bucket?list-type=2");
    Reply encoded = wire.get("/bucket?list-type=2&encoding-type=url&prefix=a%20b&start-after=%26");

    assertThat(plain.elements("Key")).containsExactly("a b+c/\u00fc&<>", "c&#x1;");
    assertThat(encoded.element("EncodingType")).isEqualTo("url");
    assertThat(encoded.element("Prefix")).isEqualTo("a+b");
    assertThat(encoded.element("StartAfter")).isEqualTo("%26");
    assertThat(encoded.elements("Key")).containsExactly("a+b%2Bc/%C3%BC%26%3C%3E");
  }

  @Test
  void a_token_is_one_of_the_listing_that_it_is_sent_to() throws Exception {
    keys("a", "b");
    s3.put("other", "b", new byte[0]);
    String token =
        wire.get("/bucket?list-type=2&max-keys=1")
            .element("NextContinuationToken")
            .replace("=", "%3D");

    assertThat(wire.get("/bucket?list-type=2&continuation-token=" + token).elements("Key"))
        .containsExactly("b");
    assertThat(wire.get("/other?list-type=2&continuation-token=" + token).element("Code"))
        .isEqualTo("InvalidArgument");
    assertThat(wire.get("/?continuation-token=" + token).element("Code"))
        .isEqualTo("InvalidArgument");
    assertThat(wire.get("/?continuation-token=bucket").element("Code"))
        .isEqualTo("InvalidArgument");
  }

  @Test
  void buckets_are_listed_with_owner_and_region_in_pages() throws Exception {
    s3.createBucket("one");
    s3.bucketRegion("two", "eu-west-1");

    Reply all = wire.get("/");
    Reply page = wire.get("/?max-buckets=1");
    Reply rest =
        wire.get("/?continuation-token=" + page.element("ContinuationToken").replace("=", "%3D"));

    assertThat(all.elements("Name")).containsExactly("one", "two");
    assertThat(all.elements("BucketRegion")).containsExactly("us-east-2", "eu-west-1");
    assertThat(all.body()).contains("<Owner><ID>");
    assertThat(page.elements("Name")).containsExactly("one");
    assertThat(rest.elements("Name")).containsExactly("two");
    assertThat(wire.get("/?bucket-region=eu-west-1").elements("Name")).containsExactly("two");
  }
}
