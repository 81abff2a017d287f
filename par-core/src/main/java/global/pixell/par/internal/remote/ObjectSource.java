package global.pixell.par.internal.remote;

import global.pixell.par.PackageRef;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** One object at one address, as a server hands it out; one call is one request. */
public interface ObjectSource {

  /** The address, without a signature. */
  String address();

  /** The object of S3 this is, where it is asked for by name. */
  default Optional<PackageRef.S3Object> object() {
    return Optional.empty();
  }

  /**
   * Asks once.
   *
   * @throws FetchFailure when the answer is not the object
   */
  Response get(RangeRequest ask) throws FetchFailure;

  /** What became of a broken body or connection. */
  FetchFailure broken(Exception cause);

  /** Ends the requests that still wait for their answer, and those to come; from any thread. */
  void abort();

  /**
   * What is asked for.
   *
   * @param from the first byte wanted
   * @param to the byte after the last wanted; {@link #END} for all there are
   * @param ifMatch the entity tag the object must still have
   * @param ifNoneMatch the entity tag of what is held already
   */
  record RangeRequest(long from, long to, Optional<String> ifMatch, Optional<String> ifNoneMatch) {

    public static final long END = Long.MAX_VALUE;

    /** The whole object, unless it is the one held already. */
    public static RangeRequest whole(Optional<String> held) {
      return new RangeRequest(0, END, Optional.empty(), held);
    }

    /** A part of the object, as long as it is the one with this tag. */
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
   * An answer whose body is still to be read.
   *
   * @param unchanged whether the object is the one already held; there is no body then
   * @param partial whether the body is the part that was asked for, rather than the whole object
   * @param start the offset of the body's first byte
   * @param total the size of the whole object, where the server says it
   * @param eTag the entity tag without quotes, where it is a strong one
   * @param checksums the {@code x-amz-checksum-} headers, by lower-case name
   * @param body read it to its end, or {@link #abort} it
   * @param abort drops the connection without reading on; from any thread
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
     * The answer that what is held is still what is there.
     *
     * @throws MalformedResponse when nobody asked whether it is
     */
    public static Response unchanged(RangeRequest ask) throws MalformedResponse {
      if (ask.ifNoneMatch().isEmpty()) {
        throw new MalformedResponse("HTTP 304 to a request without a condition");
      }
      return new Response(
          true,
          false,
          0,
          OptionalLong.empty(),
          ask.ifNoneMatch(),
          Optional.empty(),
          Map.of(),
          InputStream.nullInputStream(),
          () -> {});
    }
  }
}
