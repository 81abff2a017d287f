package global.pixell.par.testkit.internal.s3.object;

import global.pixell.par.testkit.internal.http.S3Dates;
import global.pixell.par.testkit.internal.s3.model.Bucket;
import global.pixell.par.testkit.internal.s3.model.ByteRange;
import global.pixell.par.testkit.internal.s3.model.Content;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import global.pixell.par.testkit.internal.s3.model.StoredObject;
import global.pixell.par.testkit.internal.s3.model.StoredObject.Part;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import global.pixell.par.testkit.internal.s3.request.Tags;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** GetObject and HeadObject. */
public final class GetObject {

  private static final String DEFAULT_TYPE = "binary/octet-stream";
  private static final List<String> OVERRIDES =
      List.of(
          "Cache-Control",
          "Content-Disposition",
          "Content-Encoding",
          "Content-Language",
          "Content-Type",
          "Expires");

  private final ObjectStore store;

  public GetObject(ObjectStore store) {
    this.store = store;
  }

  public S3Response get(S3Request request) throws IOException {
    Map<String, String> overrides = overrides(request);
    Bucket bucket = store.bucket(request.bucket());
    StoredObject object = ObjectResolver.object(bucket, request.key(), request.versionId());
    var headers = new LinkedHashMap<String, String>();
    headers.put("Last-Modified", S3Dates.http(object.modified()));
    headers.put("ETag", object.quotedETag());
    if (Preconditions.notModified(request, object, store.clock().instant())) {
      copy(object.headers(), headers, "Cache-Control", "Expires");
      return S3Response.empty(304, headers);
    }
    headers.put(Metadata.ENCRYPTION, "AES256");
    if (bucket.versioning() != Bucket.Versioning.OFF) {
      headers.put("x-amz-version-id", object.versionId());
    }
    headers.put("Accept-Ranges", "bytes");
    headers.put("Content-Type", DEFAULT_TYPE);
    headers.putAll(object.headers());
    if (!object.tags().isEmpty()) {
      headers.put(
          "x-amz-tagging-count", String.valueOf(Tags.ofHeader(object.tags()).values().size()));
    }
    headers.putAll(overrides);
    return content(request, object, headers);
  }

  private static void copy(Map<String, String> from, Map<String, String> to, String... names) {
    for (String name : names) {
      if (from.containsKey(name)) {
        to.put(name, from.getOrDefault(name, ""));
      }
    }
  }

  private static S3Response content(
      S3Request request, StoredObject object, Map<String, String> headers) throws S3ErrorException {
    Optional<ByteRange> range =
        request.hasQuery("partNumber")
            ? part(request, object, headers)
            : ByteRange.of(request.header("Range"), object.size());
    if (request.header("x-amz-checksum-mode").equalsIgnoreCase("ENABLED")) {
      checksum(request, object, range)
          .ifPresent(
              value -> {
                headers.put(object.checksum().algorithm().header(), value);
                headers.put("x-amz-checksum-type", object.checksum().type());
              });
    }
    if (range.isPresent()) {
      headers.put("Content-Range", range.get().contentRange(object.size()));
      return new S3Response(206, headers, body(object.content(), range.get()));
    }
    return new S3Response(
        200, headers, body(object.content(), new ByteRange(0, object.size() - 1)));
  }

  /**
   * The checksum of the sent bytes. A part of an object with a composite checksum has its own
   * checksum. S3 sends no checksum for a range, or for a part of an object whose checksum covers
   * the whole.
   */
  private static Optional<String> checksum(
      S3Request request, StoredObject object, Optional<ByteRange> range) throws S3ErrorException {
    if (range.isPresent() && !request.hasQuery("partNumber")) {
      return Optional.empty();
    }
    if (range.isEmpty() || object.parts().isEmpty()) {
      return Optional.of(object.checksum().value());
    }
    int number = request.partNumber();
    return object.checksum().composite()
        ? Optional.of(object.parts().get(number - 1).checksum())
        : Optional.of(object.checksum().value()).filter(value -> object.parts().size() == 1);
  }

  /** The range of a part. An object uploaded in one piece is its own first part. */
  private static Optional<ByteRange> part(
      S3Request request, StoredObject object, Map<String, String> headers) throws S3ErrorException {
    if (!request.header("Range").isEmpty()) {
      throw new S3ErrorException(
          400, "InvalidRequest", "Cannot specify both Range header and partNumber query parameter");
    }
    int number = request.partNumber();
    int count = Math.max(1, object.parts().size());
    if (number > count) {
      throw new S3ErrorException(
              416, "InvalidPartNumber", "The requested partnumber is not satisfiable")
          .detail("PartNumberRequested", number)
          .detail("ActualPartCount", count);
    }
    if (object.parts().isEmpty()) {
      return object.size() == 0
          ? Optional.empty()
          : Optional.of(new ByteRange(0, object.size() - 1));
    }
    headers.put("x-amz-mp-parts-count", String.valueOf(count));
    long from = 0;
    for (Part before : object.parts().subList(0, number - 1)) {
      from += before.content().size();
    }
    long size = object.parts().get(number - 1).content().size();
    return Optional.of(new ByteRange(from, from + size - 1));
  }

  private static S3Response.Body body(Content content, ByteRange range) {
    return new S3Response.Body() {
      @Override
      public long length() {
        return range.length();
      }

      @Override
      public InputStream open() throws IOException {
        return content.open(range.from(), range.length());
      }
    };
  }

  /**
   * The headers from {@code response-content-type} and similar parameters; for signed requests
   * only.
   */
  private static Map<String, String> overrides(S3Request request) throws S3ErrorException {
    var overrides = new LinkedHashMap<String, String>();
    for (String header : OVERRIDES) {
      String name = "response-" + header.toLowerCase(Locale.ROOT);
      if (!request.hasQuery(name)) {
        continue;
      }
      String value = request.query(name);
      if (!request.isSigned()) {
        throw new S3ErrorException(
            400,
            "InvalidRequest",
            "Request specific response headers cannot be used for anonymous GET requests.");
      }
      boolean breaksLine = value.contains("\n") || value.contains("\r");
      if (!StandardCharsets.ISO_8859_1.newEncoder().canEncode(value) || breaksLine) {
        throw S3ErrorException.invalidArgument(
            name, value, "Header value cannot be represented using ISO-8859-1.");
      }
      if (!value.isEmpty()) {
        overrides.put(header, value);
      }
    }
    return overrides;
  }
}
