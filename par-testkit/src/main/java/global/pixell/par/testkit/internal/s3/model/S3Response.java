package global.pixell.par.testkit.internal.s3.model;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A response: a head, and a body that the server opens when it sends the response.
 *
 * @param headers the headers, without those that every response has (ids, date, server, length)
 */
public record S3Response(int status, Map<String, String> headers, Body body) {

  /** The body of a response. */
  public interface Body {
    Body EMPTY = of(new byte[0]);

    long length();

    InputStream open() throws IOException;

    static Body of(byte[] bytes) {
      return new Body() {
        @Override
        public long length() {
          return bytes.length;
        }

        @Override
        public InputStream open() {
          return new ByteArrayInputStream(bytes);
        }
      };
    }
  }

  public static S3Response empty(int status, Map<String, String> headers) {
    return new S3Response(status, headers, Body.EMPTY);
  }

  /** 200 with an XML document. */
  public static S3Response xml(XmlWriter document) {
    return xml(200, Map.of(), document);
  }

  public static S3Response xml(int status, Map<String, String> headers, XmlWriter document) {
    var all = new LinkedHashMap<String, String>();
    all.put("Content-Type", "application/xml");
    all.putAll(headers);
    return new S3Response(
        status, all, Body.of(document.toString().getBytes(StandardCharsets.UTF_8)));
  }
}
