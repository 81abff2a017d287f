package global.pixell.par.testkit.internal.s3.model;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * One version of an object, or a delete marker.
 *
 * @param eTag without quotes; empty for a delete marker
 * @param headers the uploader's headers that every answer repeats: type, encoding, caching, {@code
 *     x-amz-meta-…}, storage class
 * @param tags as {@code a=1&b=2}
 * @param checksum the checksum that S3 keeps
 * @param parts empty unless it was uploaded in parts
 * @param versionId {@link #NULL_VERSION} in a bucket without versioning
 */
public record StoredObject(
    String key,
    Content content,
    String eTag,
    Instant modified,
    Map<String, String> headers,
    String tags,
    StoredChecksum checksum,
    List<Part> parts,
    String versionId,
    boolean deleteMarker) {

  public static final String NULL_VERSION = "null";

  /**
   * A checksum as answers show it.
   *
   * @param value base64; a composite one ends in {@code -N}
   * @param explicit whether the uploader chose the checksum; otherwise it is S3's default
   */
  public record StoredChecksum(
      ChecksumAlgorithm algorithm, String value, boolean composite, boolean explicit) {

    static final StoredChecksum NONE =
        new StoredChecksum(ChecksumAlgorithm.CRC64NVME, "", false, false);

    public String type() {
      return composite ? "COMPOSITE" : "FULL_OBJECT";
    }
  }

  /**
   * One part of an upload.
   *
   * @param eTag without quotes
   * @param checksum base64
   */
  public record Part(int number, Content content, String eTag, Instant modified, String checksum) {}

  static StoredObject marker(String key, Instant now, String versionId) {
    return new Builder(key, Content.of(new byte[0])).deleteMarker().build().at(now, versionId);
  }

  /** Begins an object. The caller must set ETag and checksum. */
  public static Builder builder(String key, Content content) {
    return new Builder(key, content);
  }

  /**
   * Begins an object that was uploaded in one piece: computes its ETag and checksum.
   *
   * @param explicit whether the uploader chose the checksum
   */
  public static Builder whole(
      String key, Content content, ChecksumAlgorithm algorithm, boolean explicit)
      throws IOException {
    Digests digests = Digests.of(content, algorithm);
    return builder(key, content)
        .eTag(digests.md5())
        .checksum(new StoredChecksum(algorithm, digests.checksum(), false, explicit));
  }

  /** Builds an object. */
  public static final class Builder {
    private final String key;
    private final Content content;
    private String eTag = "";
    private Instant modified = Instant.EPOCH;
    private Map<String, String> headers = Map.of();
    private String tags = "";
    private StoredChecksum checksum = StoredChecksum.NONE;
    private List<Part> parts = List.of();
    private boolean deleteMarker;

    private Builder(String key, Content content) {
      this.key = key;
      this.content = content;
    }

    public Builder eTag(String value) {
      eTag = value;
      return this;
    }

    public Builder modified(Instant time) {
      modified = time;
      return this;
    }

    public Builder headers(Map<String, String> all) {
      headers = all;
      return this;
    }

    public Builder tags(String text) {
      tags = text;
      return this;
    }

    public Builder checksum(StoredChecksum value) {
      checksum = value;
      return this;
    }

    public Builder parts(List<Part> all) {
      parts = all;
      return this;
    }

    private Builder deleteMarker() {
      deleteMarker = true;
      return this;
    }

    public StoredObject build() {
      return new StoredObject(
          key, content, eTag, modified, headers, tags, checksum, parts, NULL_VERSION, deleteMarker);
    }
  }

  StoredObject at(Instant time, String version) {
    return new StoredObject(
        key, content, eTag, time, headers, tags, checksum, parts, version, deleteMarker);
  }

  StoredObject withTags(String text) {
    return new StoredObject(
        key, content, eTag, modified, headers, text, checksum, parts, versionId, deleteMarker);
  }

  StoredObject withContent(Content other) {
    return new StoredObject(
        key, other, eTag, modified, headers, tags, checksum, parts, versionId, deleteMarker);
  }

  public long size() {
    return content.size();
  }

  public String quotedETag() {
    return '"' + eTag + '"';
  }

  public String storageClass() {
    return headers.getOrDefault("x-amz-storage-class", "STANDARD");
  }
}
