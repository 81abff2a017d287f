package global.pixell.par;

import java.io.InputStream;
import java.util.Optional;
import java.util.OptionalLong;

/** One object at one address, as a server hands it out; one call is one request. */
interface ObjectSource {

  /** The address without its query. */
  String address();

  /**
   * Asks once.
   *
   * @param from the first byte wanted
   * @param ifMatch the entity tag the object must still have
   * @param ifNoneMatch the entity tag of what is held already
   * @throws FetchFailure when the answer is not the object
   */
  Response get(long from, Optional<String> ifMatch, Optional<String> ifNoneMatch)
      throws FetchFailure;

  /** What became of a broken body or connection. */
  FetchFailure broken(Exception cause);

  /**
   * An answer whose body is still to be read.
   *
   * @param unchanged whether the object is the one already held; there is no body then
   * @param start the offset of the body's first byte
   * @param total the size of the whole object, where the server says it
   * @param body read it to its end, or {@link #abort} it
   * @param abort drops the connection without reading on; from any thread
   */
  record Response(
      boolean unchanged,
      long start,
      OptionalLong total,
      Optional<String> eTag,
      Optional<String> versionId,
      InputStream body,
      Runnable abort) {}
}
