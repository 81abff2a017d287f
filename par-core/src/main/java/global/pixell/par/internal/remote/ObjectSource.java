package global.pixell.par.internal.remote;

import global.pixell.par.PackageRef;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** An object at an address; each call is one request. */
public interface ObjectSource {

  /** The address, without a signature. */
  String address();

  /** The S3 object, where the address names one. */
  default Optional<PackageRef.S3Object> object() {
    return Optional.empty();
  }

  /**
   * Sends one request.
   *
   * @throws FetchFailure when the response is not the object
   */
  Response get(RangeRequest request) throws FetchFailure;

  /** The failure that a broken body or connection means. */
  FetchFailure broken(Exception cause);

  /** Ends the requests that wait for their response, and those to come; from any thread. */
  void abort();

  /**
   * A request for an object or for a range of it.
   *
   * @param from the offset of the first byte
   * @param to the offset after the last byte; {@link #END} for the end of the object
   * @param ifMatch the entity tag that the object must still have
   * @param ifNoneMatch the entity tag of the content in the cache
   */
  record RangeRequest(long from, long to, Optional<String> ifMatch, Optional<String> ifNoneMatch) {

    public static final long END = Long.MAX_VALUE;

    /** The whole object, unless it is the cached one. */
    public static RangeRequest whole(Optional<String> cachedETag) {
      return new RangeRequest(0, END, Optional.empty(), cachedETag);
    }

    /** The first bytes of the object, of which all may be fewer. */
    public static RangeRequest beginning(long bytes) {
      return new RangeRequest(0, bytes, Optional.empty(), Optional.empty());
    }

    /** A range of the object, as long as the object has this entity tag. */
    public static RangeRequest part(long from, long to, Optional<String> eTag) {
      return new RangeRequest(from, to, eTag, Optional.empty());
    }

    /** The value of the {@code Range} header; none for the whole object. */
    public Optional<String> range() {
      return from == 0 && to == END
          ? Optional.empty()
          : Optional.of("bytes=" + from + "-" + (to == END ? "" : String.valueOf(to - 1)));
    }
  }

  /**
   * A response whose body is still to be read.
   *
   * @param unchanged whether the object is the cached one; then there is no body
   * @param partial whether the body is the requested range, rather than the whole object
   * @param start the offset of the body's first byte
   * @param total the size of the whole object, where the server states it
   * @param eTag the strong entity tag, without quotes
   * @param checksums the {@code x-amz-checksum-} headers, by lower-case name
   * @param body must be read to its end, or aborted
   * @param abort closes the connection without reading on; from any thread
   */
  record Response(
      boolean unchanged,
      boolean partial,
      long start,
      OptionalLong total,
      Optional<String> eTag,
      Optional<String> versionId,
      Map<String, String> checksums,
      InputStream body,
      Runnable abort) {

    /**
     * The same response, where its range is the whole object. S3's checksums are not for ranges.
     */
    public Response asWhole() {
      return new Response(unchanged, false, start, total, eTag, versionId, Map.of(), body, abort);
    }

    /**
     * The response that the object is still the cached one.
     *
     * @throws MalformedResponse when the request had no such condition
     */
    public static Response unchanged(RangeRequest request) throws MalformedResponse {
      if (request.ifNoneMatch().isEmpty()) {
        throw new MalformedResponse("HTTP 304 to a request without a condition");
      }
      return new Response(
          true,
          false,
          0,
          OptionalLong.empty(),
          request.ifNoneMatch(),
          Optional.empty(),
          Map.of(),
          InputStream.nullInputStream(),
          () -> {});
    }
  }
}
