package global.pixell.par.internal.fetch;

import global.pixell.par.Digest;
import global.pixell.par.PackageRef;
import global.pixell.par.ParEvent;
import global.pixell.par.internal.cache.PackageCache;
import global.pixell.par.internal.remote.ContentPin;
import global.pixell.par.internal.remote.ObjectSource;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A reference become one pinned object: known from the head of the first answer, before the first
 * byte is kept. Nothing in it means "latest" any more; what differs from it later is a change.
 *
 * @param address the address, without a signature
 * @param object bucket, key and versionId, where it is asked for by name
 * @param versionId the version that is being read, where S3 says it
 * @param eTag the entity tag, without quotes, where it is a strong one
 * @param bytes the size, where the server says it
 * @param digest what the bytes must hash to, where the reference says it
 */
record ResolvedPackage(
    String address,
    Optional<PackageRef.S3Object> object,
    Optional<String> versionId,
    Optional<String> eTag,
    OptionalLong bytes,
    Optional<Digest> digest) {

  static ResolvedPackage of(PackageRef ref, ObjectSource source, ContentPin firstAnswer) {
    return new ResolvedPackage(
        source.address(),
        source.object(),
        firstAnswer.versionId().or(() -> source.object().flatMap(PackageRef.S3Object::versionId)),
        firstAnswer.eTag(),
        firstAnswer.total(),
        ref.digest());
  }

  /** One that S3 says is still the content at hand. */
  static ResolvedPackage unchanged(ObjectSource source, PackageCache.Ref held, long bytes) {
    return new ResolvedPackage(
        source.address(),
        source.object(),
        held.versionId(),
        held.eTag(),
        OptionalLong.of(bytes),
        Optional.empty());
  }

  ParEvent.Resolved event() {
    return new ParEvent.Resolved(
        address,
        object.map(PackageRef.S3Object::bucket),
        object.map(PackageRef.S3Object::key),
        versionId,
        eTag,
        bytes,
        digest);
  }
}
