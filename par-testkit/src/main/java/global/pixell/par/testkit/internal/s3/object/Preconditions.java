package global.pixell.par.testkit.internal.s3.object;

import global.pixell.par.testkit.internal.http.S3Dates;
import global.pixell.par.testkit.internal.s3.model.Bucket;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.StoredObject;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/** Conditional requests, as RFC 9110 and S3 define them. */
public final class Preconditions {

  private static final String OF_SOURCE = "x-amz-copy-source-";

  private Preconditions() {}

  /**
   * Checks a read. If-Match takes precedence over If-Unmodified-Since, If-None-Match over
   * If-Modified-Since.
   *
   * @return whether the answer is 304
   * @throws S3ErrorException 412
   */
  static boolean notModified(S3Request request, StoredObject object, Instant now)
      throws S3ErrorException {
    requireMatch(request, "", object);
    return !unwanted(request, "", object, now).isEmpty();
  }

  /**
   * Checks the source of a copy, which never gets 304.
   *
   * @throws S3ErrorException 412
   */
  static void requireOfSource(S3Request request, StoredObject source, Instant now)
      throws S3ErrorException {
    requireMatch(request, OF_SOURCE, source);
    String failed = unwanted(request, OF_SOURCE, source, now);
    if (!failed.isEmpty()) {
      throw failed(failed);
    }
  }

  private static void requireMatch(S3Request request, String prefix, StoredObject object)
      throws S3ErrorException {
    String ifMatch = request.header(prefix + "If-Match");
    if (!ifMatch.isEmpty()) {
      if (!names(ifMatch, object.eTag())) {
        throw failed(prefix + "If-Match");
      }
    } else if (S3Dates.parseHttp(request.header(prefix + "If-Unmodified-Since"))
        .filter(seconds(object)::isAfter)
        .isPresent()) {
      throw failed(prefix + "If-Unmodified-Since");
    }
  }

  /** Parses a date condition; empty without one. S3 ignores a date in the future. */
  private static String unwanted(
      S3Request request, String prefix, StoredObject object, Instant now) {
    String ifNoneMatch = request.header(prefix + "If-None-Match");
    if (!ifNoneMatch.isEmpty()) {
      return names(ifNoneMatch, object.eTag()) ? prefix + "If-None-Match" : "";
    }
    return S3Dates.parseHttp(request.header(prefix + "If-Modified-Since"))
            .filter(since -> !since.isAfter(now) && !seconds(object).isAfter(since))
            .isPresent()
        ? prefix + "If-Modified-Since"
        : "";
  }

  private static Instant seconds(StoredObject object) {
    return Instant.ofEpochSecond(object.modified().getEpochSecond());
  }

  /**
   * The condition of a write: {@code If-None-Match: *} or {@code If-Match}.
   *
   * @throws S3ErrorException 501 for another If-None-Match
   */
  public static Bucket.WriteCondition ofWrite(S3Request request) throws S3ErrorException {
    String ifNoneMatch = request.header("If-None-Match");
    String ifMatch = request.header("If-Match");
    if (!ifNoneMatch.isEmpty() && !ifNoneMatch.equals("*")) {
      throw S3ErrorException.headerNotImplemented("If-None-Match");
    }
    return existing -> {
      if (!ifNoneMatch.isEmpty() && existing.isPresent()) {
        throw failed("If-None-Match");
      }
      if (!ifMatch.isEmpty()) {
        requireETag(ifMatch, existing, request.key());
      }
    };
  }

  /** The condition that an object exists and has this ETag; {@code *} for any ETag. */
  static Bucket.WriteCondition ifMatch(String tag, String key) {
    return existing -> requireETag(tag, existing, key);
  }

  private static void requireETag(String header, Optional<StoredObject> existing, String key)
      throws S3ErrorException {
    StoredObject object = existing.orElseThrow(() -> S3ErrorException.noSuchKey(key));
    if (!names(header, object.eTag())) {
      throw failed("If-Match");
    }
  }

  private static boolean names(String header, String eTag) {
    return Arrays.stream(header.split(",", -1))
        .map(String::strip)
        .map(tag -> tag.startsWith("W/") ? tag.substring(2) : tag)
        .anyMatch(tag -> tag.equals("*") || tag.replace("\"", "").equals(eTag));
  }

  private static S3ErrorException failed(String condition) {
    return new S3ErrorException(
            412,
            "PreconditionFailed",
            "At least one of the pre-conditions you specified did not hold")
        .detail("Condition", condition);
  }
}
