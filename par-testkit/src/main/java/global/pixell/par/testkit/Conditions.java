package global.pixell.par.testkit;

import java.time.Instant;
import java.util.Arrays;

/** Whether a reader wants what is there, by RFC 9110 and S3's reading of it. */
final class Conditions {

  private Conditions() {}

  /**
   * If-Match goes before If-Unmodified-Since, If-None-Match before If-Modified-Since.
   *
   * @param prefix of the four headers: empty, or {@code x-amz-copy-source-}
   * @return whether the answer is 304
   * @throws S3Failure 412
   */
  static boolean notModified(S3Request request, String prefix, String eTag, Instant modified)
      throws S3Failure {
    Instant second = Instant.ofEpochSecond(modified.getEpochSecond());
    String ifMatch = request.header(prefix + "If-Match");
    if (!ifMatch.isEmpty()) {
      if (!names(ifMatch, eTag)) {
        throw failed(prefix + "If-Match");
      }
    } else if (S3Dates.parseHttp(request.header(prefix + "If-Unmodified-Since"))
        .filter(second::isAfter)
        .isPresent()) {
      throw failed(prefix + "If-Unmodified-Since");
    }
    String ifNoneMatch = request.header(prefix + "If-None-Match");
    if (!ifNoneMatch.isEmpty()) {
      return names(ifNoneMatch, eTag);
    }
    return S3Dates.parseHttp(request.header(prefix + "If-Modified-Since"))
        .filter(since -> !second.isAfter(since))
        .isPresent();
  }

  private static boolean names(String header, String eTag) {
    return Arrays.stream(header.split(",", -1))
        .map(String::strip)
        .map(tag -> tag.startsWith("W/") ? tag.substring(2) : tag)
        .anyMatch(tag -> tag.equals("*") || tag.replace("\"", "").equals(eTag));
  }

  static S3Failure failed(String condition) {
    return new S3Failure(
        412,
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
        Xml.element("Condition", condition));
  }
}
