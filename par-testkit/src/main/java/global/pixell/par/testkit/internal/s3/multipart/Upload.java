package global.pixell.par.testkit.internal.s3.multipart;

import global.pixell.par.testkit.internal.s3.model.ChecksumAlgorithm;
import global.pixell.par.testkit.internal.s3.model.Content;
import global.pixell.par.testkit.internal.s3.model.Digests;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.StoredObject;
import global.pixell.par.testkit.internal.s3.model.StoredObject.Part;
import global.pixell.par.testkit.internal.s3.model.StoredObject.StoredChecksum;
import global.pixell.par.testkit.internal.s3.object.Metadata;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A multipart upload in progress. Thread-safe, because parts arrive in parallel.
 *
 * @param chosenAlgorithm the checksum that the uploader chose, if any
 * @param composite whether the object's checksum is computed from those of the parts
 * @param parts the parts by number
 * @param completing the lock that a request holds while it completes the upload
 */
public record Upload(
    String id,
    String bucket,
    String key,
    Instant initiated,
    Metadata metadata,
    Optional<ChecksumAlgorithm> chosenAlgorithm,
    boolean composite,
    NavigableMap<Integer, Part> parts,
    ReentrantLock completing) {

  private static final HexFormat HEX = HexFormat.of();

  /**
   * Begins an upload.
   *
   * @throws S3ErrorException for an unknown checksum algorithm, or a checksum type that the
   *     algorithm does not support
   */
  public static Upload begin(S3Request request, String id, Instant now) throws S3ErrorException {
    String type = request.header("x-amz-checksum-type");
    Optional<ChecksumAlgorithm> chosenAlgorithm = request.checksumAlgorithm();
    ChecksumAlgorithm algorithm = chosenAlgorithm.orElse(ChecksumAlgorithm.CRC64NVME);
    boolean composite =
        type.isEmpty()
            ? algorithm != ChecksumAlgorithm.CRC64NVME
            : type.equalsIgnoreCase("COMPOSITE");
    boolean possible = composite ? algorithm != ChecksumAlgorithm.CRC64NVME : algorithm.isCrc();
    if (!possible || (chosenAlgorithm.isEmpty() && !type.isEmpty())) {
      throw new S3ErrorException(
          400,
          "InvalidRequest",
          "The "
              + (composite ? "COMPOSITE" : "FULL_OBJECT")
              + " checksum type cannot be used with the "
              + algorithm.name().toLowerCase(Locale.ROOT)
              + " checksum algorithm.");
    }
    return new Upload(
        id,
        request.bucket(),
        request.key(),
        now,
        Metadata.of(request),
        chosenAlgorithm,
        composite,
        new ConcurrentSkipListMap<>(),
        new ReentrantLock());
  }

  /** Whether a request names the bucket and key of this upload. */
  boolean isFor(S3Request request) {
    return bucket.equals(request.bucket()) && key.equals(request.key());
  }

  public ChecksumAlgorithm algorithm() {
    return chosenAlgorithm.orElse(ChecksumAlgorithm.CRC64NVME);
  }

  String checksumType() {
    return composite ? "COMPOSITE" : "FULL_OBJECT";
  }

  /** Builds the object from these parts. */
  public StoredObject complete(List<Part> parts, Instant now) throws IOException {
    Content content = Content.join(parts.stream().map(Part::content).toList());
    return StoredObject.builder(key, content)
        .eTag(eTag(parts))
        .modified(now)
        .headers(metadata.headers())
        .tags(metadata.tags())
        .checksum(
            new StoredChecksum(
                algorithm(),
                composite ? ofParts(parts) : Digests.of(content, algorithm()).checksum(),
                composite,
                chosenAlgorithm.isPresent()))
        .parts(parts)
        .build();
  }

  /** The MD5 of the parts' MD5s, followed by the number of parts. */
  private static String eTag(List<Part> parts) {
    var all = new ByteArrayOutputStream();
    parts.forEach(part -> all.writeBytes(HEX.parseHex(part.eTag())));
    return HEX.formatHex(ChecksumAlgorithm.MD5.of(all.toByteArray())) + "-" + parts.size();
  }

  private String ofParts(List<Part> parts) {
    var all = new ByteArrayOutputStream();
    parts.forEach(part -> all.writeBytes(Base64.getDecoder().decode(part.checksum())));
    return Base64.getEncoder().encodeToString(algorithm().of(all.toByteArray()))
        + "-"
        + parts.size();
  }
}
