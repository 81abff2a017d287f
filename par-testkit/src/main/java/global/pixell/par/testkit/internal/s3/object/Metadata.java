package global.pixell.par.testkit.internal.s3.object;

import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import global.pixell.par.testkit.internal.s3.request.Tags;
import global.pixell.par.testkit.internal.s3.request.UnsupportedHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The headers and tags of an object.
 *
 * @param headers the headers that every answer repeats
 * @param tags as {@code a=1&b=2}
 */
public record Metadata(Map<String, String> headers, String tags) {

  public static final String ENCRYPTION = "x-amz-server-side-encryption";

  /** {@code aws-chunked} with the comma behind it or, at the end, the one before it. */
  private static final Pattern FRAMING =
      Pattern.compile(
          "(?<![^,\\s])aws-chunked\\s*(,\\s*|$)|\\s*,\\s*aws-chunked\\s*$",
          Pattern.CASE_INSENSITIVE);

  private static final String USER = "x-amz-meta-";
  private static final int USER_LIMIT = 2048;
  private static final List<String> SYSTEM =
      List.of(
          "Content-Type",
          "Cache-Control",
          "Content-Disposition",
          "Content-Encoding",
          "Content-Language",
          "Expires",
          "x-amz-website-redirect-location");
  private static final Set<String> STORAGE_CLASSES =
      Set.of(
          "STANDARD",
          "REDUCED_REDUNDANCY",
          "STANDARD_IA",
          "ONEZONE_IA",
          "INTELLIGENT_TIERING",
          "GLACIER",
          "DEEP_ARCHIVE",
          "GLACIER_IR");

  /**
   * Reads headers and tags from an upload.
   *
   * @throws S3ErrorException when they are too large, or ask for a feature that the fake does not
   *     have
   */
  public static Metadata of(S3Request request) throws S3ErrorException {
    UnsupportedHeaders.check(request);
    var kept = new LinkedHashMap<String, String>();
    for (String name : SYSTEM) {
      String value = request.header(name);
      if (name.equals("Content-Encoding")) {
        value = withoutFraming(value);
      }
      if (!value.isEmpty()) {
        kept.put(name, value);
      }
    }
    int size = 0;
    for (Map.Entry<String, String> header : request.wire().headers().entrySet()) {
      String name = header.getKey().toLowerCase(Locale.ROOT);
      if (name.startsWith(USER)) {
        size += name.length() - USER.length() + header.getValue().length();
        kept.put(name, ascii(header.getValue()));
      }
    }
    if (size > USER_LIMIT) {
      throw new S3ErrorException(
              400,
              "MetadataTooLarge",
              "Your metadata headers exceed the maximum allowed metadata size")
          .detail("Size", size)
          .detail("MaxSizeAllowed", USER_LIMIT);
    }
    keepStorageClass(request, kept);
    return new Metadata(kept, Tags.ofHeader(request.header("x-amz-tagging")).text());
  }

  private static void keepStorageClass(S3Request request, Map<String, String> kept)
      throws S3ErrorException {
    String storageClass = request.header("x-amz-storage-class");
    if (storageClass.isEmpty() || storageClass.equals("STANDARD")) {
      return;
    }
    if (!STORAGE_CLASSES.contains(storageClass)) {
      throw new S3ErrorException(
          400, "InvalidStorageClass", "The storage class you specified is not valid");
    }
    kept.put("x-amz-storage-class", storageClass);
  }

  /**
   * Removes {@code aws-chunked}, which describes only the upload; keeps the other encodings
   * unchanged.
   */
  private static String withoutFraming(String encoding) {
    return FRAMING.matcher(encoding).replaceAll("").strip();
  }

  /** S3 returns non-ASCII characters as encoded words of RFC 2047. */
  private static String ascii(String value) {
    return value.chars().allMatch(c -> c < 0x7f)
        ? value
        : "=?UTF-8?B?"
            + Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8))
            + "?=";
  }
}
