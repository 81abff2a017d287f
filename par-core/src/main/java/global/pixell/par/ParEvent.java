package global.pixell.par;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What happens while a package is fetched, told to the listener of {@link Par.Builder#onEvent} as
 * it happens.
 *
 * <p>Events arrive on the thread that does the work, one at a time per fetch. No event carries a
 * query string or a credential.
 */
public sealed interface ParEvent {

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
  record Resolved(
      String address,
      Optional<String> bucket,
      Optional<String> key,
      Optional<String> versionId,
      Optional<String> eTag,
      OptionalLong bytes,
      Optional<Digest> digest)
      implements ParEvent {}

  /**
   * Bytes are arriving; at most one such event a second.
   *
   * @param address the address without its query
   * @param bytes how many are here
   * @param total how many there will be, where known
   * @param bytesPerSecond the mean rate since the start
   * @param eta the time left at that rate, where the total is known
   */
  record Downloading(
      String address, long bytes, OptionalLong total, double bytesPerSecond, Optional<Duration> eta)
      implements ParEvent {}

  /**
   * An attempt failed in a way that another may not.
   *
   * @param attempt the number of the attempt that failed, from 1
   * @param delay the wait before the next
   * @param reason what happened
   */
  record Retried(int attempt, Duration delay, String reason) implements ParEvent {}

  /**
   * Every byte is here.
   *
   * @param address the address without its query
   * @param bytes the size of the package
   * @param wireBytes the body bytes that were received in all attempts
   * @param attempts how many attempts it took
   * @param duration the time from the first request
   */
  record Downloaded(String address, long bytes, long wireBytes, int attempts, Duration duration)
      implements ParEvent {}

  /**
   * The bytes were proved.
   *
   * @param digest what they hash to
   * @param evidence what they were compared with, such as {@code sha256}, {@code length} or {@code
   *     crc64nvme}, separated by {@code +}
   */
  record Verified(Digest digest, String evidence) implements ParEvent {}

  /**
   * The package is in the cache.
   *
   * @param digest its digest
   * @param hit whether it was there before
   */
  record Cached(Digest digest, boolean hit) implements ParEvent {}

  /**
   * The tree is complete.
   *
   * @param directory where it is
   * @param entries how many entries were written
   * @param bytes their size
   * @param duration the time it took
   */
  record Unpacked(Path directory, int entries, long bytes, Duration duration) implements ParEvent {}

  /**
   * Something an operator should know that stops nothing.
   *
   * @param message what was seen
   * @param hint what to do about it
   */
  record Warned(String message, String hint) implements ParEvent {}
}
