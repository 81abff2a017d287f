package global.pixell.par;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What happens while a package is fetched, reported to the listeners of {@link Par.Builder#onEvent}
 * and {@link FetchOptions#withListener} as it happens.
 *
 * <p>Events arrive on the thread that does the work, one at a time per call. No event carries a
 * query string or a credential. Any version may add details, so give a {@code switch} over them a
 * default branch.
 *
 * @param fetchId the id of the call: all its events have it, and no other call has it
 * @param address the subject of the call: the reference without its query, or a local path; empty
 *     for maintenance of the cache
 * @param detail what happened
 */
public record ParEvent(String fetchId, String address, Detail detail) {

  /** What happened. */
  public sealed interface Detail {}

  /**
   * A reference became one pinned address.
   *
   * @param address the address without its query
   * @param bucket the bucket, if the address is of S3
   * @param key the literal key, if the address is of S3
   * @param versionId the version of the object, if known
   * @param eTag the entity tag without quotes, if known
   * @param bytes the size in bytes, if known
   * @param digest the digest that the bytes must have, if the reference names one
   */
  public record Resolved(
      String address,
      Optional<String> bucket,
      Optional<String> key,
      Optional<String> versionId,
      Optional<String> eTag,
      OptionalLong bytes,
      Optional<Digest> digest)
      implements Detail {}

  /**
   * Bytes are arriving; at most one such event a second.
   *
   * @param address the address without its query
   * @param bytes the number of bytes that have arrived
   * @param total the size of the package, if known
   * @param bytesPerSecond the mean rate since the start
   * @param eta the remaining time at that rate, if the total is known
   */
  public record Downloading(
      String address, long bytes, OptionalLong total, double bytesPerSecond, Optional<Duration> eta)
      implements Detail {}

  /**
   * An attempt failed, and PAR tries again.
   *
   * @param attempt the number of the attempt that failed, from 1
   * @param delay the wait before the next attempt
   * @param reason what happened
   */
  public record Retried(int attempt, Duration delay, String reason) implements Detail {}

  /**
   * Every byte has arrived.
   *
   * @param address the address without its query
   * @param bytes the size of the package in bytes
   * @param wireBytes the body bytes that all attempts received together
   * @param attempts the number of attempts, at least 1
   * @param duration the time from the first request
   */
  public record Downloaded(
      String address, long bytes, long wireBytes, int attempts, Duration duration)
      implements Detail {}

  /**
   * PAR has verified the bytes.
   *
   * @param digest the SHA-256 of the bytes
   * @param evidence what PAR compared them with, such as {@code sha256}, {@code length} or {@code
   *     crc64nvme}, separated by {@code +}
   */
  public record Verified(Digest digest, String evidence) implements Detail {}

  /**
   * The package is in the cache.
   *
   * @param digest its digest
   * @param hit whether the cache had it before
   */
  public record Cached(Digest digest, boolean hit) implements Detail {}

  /**
   * The package is unpacked completely.
   *
   * @param directory the root of the tree
   * @param entries the number of entries
   * @param bytes the total size of the files
   * @param duration the time from the start of the unpacking
   */
  public record Unpacked(Path directory, int entries, long bytes, Duration duration)
      implements Detail {}

  /**
   * A problem that an operator should know although it does not stop the call.
   *
   * @param message what happened
   * @param hint what to do about it
   */
  public record Warned(String message, String hint) implements Detail {}
}
