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
 * A reference resolved to one pinned object, by the head of the first response. Nothing in it means
 * "latest"; a later response that differs means that the object has changed.
 *
 * @param address the address, without a signature
 * @param object bucket, key and versionId, when it is requested by name
 * @param versionId the version that is being read, if S3 sends it
 * @param eTag the entity tag, without quotes, if it is a strong one
 * @param bytes the size, if the server sends it
 * @param digest what the bytes must hash to, if the reference has one
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

  /** An object that S3 reports as unchanged. */
  static ResolvedPackage unchanged(ObjectSource source, PackageCache.Ref cached, long bytes) {
    return new ResolvedPackage(
        source.address(),
        source.object(),
        cached.versionId(),
        cached.eTag(),
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
