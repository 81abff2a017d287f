package global.pixell.par.internal.remote.s3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.Random;
import javax.xml.stream.XMLStreamException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages of a listing, as S3 and others write them. */
class ListingPageTest {

  private static final String PAGE =
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
        <Name>bucket</Name><Prefix>acme/</Prefix><KeyCount>3</KeyCount><Delimiter>/</Delimiter>
        <IsTruncated> true </IsTruncated><NextContinuationToken>1+/=&amp;x</NextContinuationToken>
        <Contents><Key>acme/a&amp;b &lt;ü&gt;\u00a0.apkg</Key><Size>290</Size>
          <Owner><DisplayName>o</DisplayName><Key>no key of an object</Key></Owner></Contents>
        <Contents><Key> acme/ blanks </Key></Contents>
        <CommonPrefixes><Prefix>acme/1.0.0/</Prefix></CommonPrefixes>
        <CommonPrefixes><Prefix>acme/<![CDATA[1.1.0]]>/</Prefix></CommonPrefixes>
      </ListBucketResult>
      """;

  @Test
  void names_are_read_as_they_are() throws XMLStreamException {
    ListingPage page = ListingPage.of(PAGE.getBytes(UTF_8));

    assertThat(page.keys()).containsExactly("acme/a&b <ü>\u00a0.apkg", " acme/ blanks ");
    assertThat(page.folders()).containsExactly("acme/1.0.0/", "acme/1.1.0/");
    assertThat(page.truncated()).isTrue();
    assertThat(page.nextToken()).contains("1+/=&x");
  }

  @Test
  void a_page_without_names_is_an_empty_one() throws XMLStreamException {
    ListingPage page =
        ListingPage.of(
            "<ListBucketResult><Name>b</Name><NextContinuationToken/></ListBucketResult>"
                .getBytes(UTF_8));

    assertThat(page.keys()).isEmpty();
    assertThat(page.folders()).isEmpty();
    assertThat(page.truncated()).isFalse();
    assertThat(page.nextToken()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "<html><body>Name</body></html>",
        "<ListBucketResult></ListBucketResult>",
        "<Other><Name>b</Name></Other>",
        "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/hostname\">]>"
            + "<ListBucketResult><Name>b</Name><Contents><Key>&e;</Key></Contents></ListBucketResult>",
      })
  void another_document_is_no_listing(String document) {
    assertThatThrownBy(() -> ListingPage.of(document.getBytes(UTF_8)))
        .isInstanceOf(XMLStreamException.class);
  }

  @Test
  void a_page_that_is_cut_off_is_no_listing() {
    byte[] page = PAGE.strip().getBytes(UTF_8);
    for (int length = 0; length < page.length; length++) {
      byte[] cut = Arrays.copyOf(page, length);
      assertThatThrownBy(() -> ListingPage.of(cut)).isInstanceOf(XMLStreamException.class);
    }
  }

  @Test
  void a_damaged_page_is_read_or_refused_and_nothing_is_printed() {
    var random = new Random(15);
    byte[] page = PAGE.getBytes(ISO_8859_1);
    var printed = new ByteArrayOutputStream();
    PrintStream err = System.err;
    System.setErr(new PrintStream(printed, true, UTF_8));
    try {
      for (int n = 0; n < 2_000; n++) {
        byte[] damaged = page.clone();
        for (int k = 0; k < 3; k++) {
          damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
        }
        readOrRefuse(damaged);
      }
    } finally {
      System.setErr(err);
    }
    assertThat(printed.toString(UTF_8)).isEmpty();
  }

  private static void readOrRefuse(byte[] page) {
    try {
      assertThat(ListingPage.of(page).keys()).hasSizeLessThan(4);
    } catch (XMLStreamException refused) {
      assertThat(refused).hasMessageNotContaining("\u0000");
    }
  }
}
