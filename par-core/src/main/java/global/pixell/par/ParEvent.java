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
 * query string or a credential. New details may be added in any version, so give a {@code switch}
 * over them a default branch.
 *
 * @param fetchId the same for all events of one call, and of no other call
 * @param address what the call was made for: the reference without its query, or a local path;
 *     empty for maintenance of the cache
 * @param detail what happened
 */
public record ParEvent(String fetchId, String address, Detail detail) {

  /** What happened. */
  public sealed interface Detail {}

  /**
   * A reference became one pinned address.
   *
   * @param address the address without its query
   * @param bucket the bucket, where it is S3
   * @param key the key, literally, where it is S3
   * @param versionId the version asked for, where known
   * @param eTag the entity tag without quotes, where known
   * @param bytes the size, where known
   * @param digest the digest the bytes must have, where given
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
   * @param bytes how many have arrived
   * @param total how many there will be, where known
   * @param bytesPerSecond the mean rate since the start
   * @param eta the remaining time at that rate, where the total is known
   */
  public record Downloading(
      String address, long bytes, OptionalLong total, double bytesPerSecond, Optional<Duration> eta)
      implements Detail {}

  /**
   * An attempt failed in a way that another may not.
   *
   * @param attempt the number of the attempt that failed, from 1
   * @param delay the wait before the next
   * @param reason what happened
   */
  public record Retried(int attempt, Duration delay, String reason) implements Detail {}

  /**
   * Every byte has arrived.
   *
   * @param address the address without its query
   * @param bytes the size of the package
   * @param wireBytes the body bytes that were received in all attempts
   * @param attempts how many attempts it took
   * @param duration the time from the first request
   */
  public record Downloaded(
      String address, long bytes, long wireBytes, int attempts, Duration duration)
      implements Detail {}

  /**
   * The bytes were verified.
   *
   * @param digest what they hash to
   * @param evidence what they were compared with, such as {@code sha256}, {@code length} or {@code
   *     crc64nvme}, separated by {@code +}
   */
  public record Verified(Digest digest, String evidence) implements Detail {}

  /**
   * The package is in the cache.
   *
   * @param digest its digest
   * @param hit whether it was in the cache before
   */
  public record Cached(Digest digest, boolean hit) implements Detail {}

  /**
   * The tree is complete.
   *
   * @param directory where it is
   * @param entries how many entries were written
   * @param bytes their size
   * @param duration the time it took
   */
  public record Unpacked(Path directory, int entries, long bytes, Duration duration)
      implements Detail {}

  /**
   * Something that an operator should know although it stops nothing.
   *
   * @param message what was seen
   * @param hint what to do about it
   */
  public record Warned(String message, String hint) implements Detail {}
}
