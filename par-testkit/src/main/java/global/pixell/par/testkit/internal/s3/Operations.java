package global.pixell.par.testkit.internal.s3;

import global.pixell.par.testkit.internal.s3.bucket.BucketCors;
import global.pixell.par.testkit.internal.s3.bucket.BucketOperations;
import global.pixell.par.testkit.internal.s3.bucket.BucketPolicyOperations;
import global.pixell.par.testkit.internal.s3.bucket.BucketTagging;
import global.pixell.par.testkit.internal.s3.bucket.DefaultSettings;
import global.pixell.par.testkit.internal.s3.listing.Listings;
import global.pixell.par.testkit.internal.s3.listing.VersionListings;
import global.pixell.par.testkit.internal.s3.model.BucketSetting;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import global.pixell.par.testkit.internal.s3.multipart.CompleteMultipartUpload;
import global.pixell.par.testkit.internal.s3.multipart.MultipartUploads;
import global.pixell.par.testkit.internal.s3.multipart.UploadListings;
import global.pixell.par.testkit.internal.s3.multipart.UploadPartCopy;
import global.pixell.par.testkit.internal.s3.object.CopyObject;
import global.pixell.par.testkit.internal.s3.object.DeleteObjects;
import global.pixell.par.testkit.internal.s3.object.GetObject;
import global.pixell.par.testkit.internal.s3.object.GetObjectAttributes;
import global.pixell.par.testkit.internal.s3.object.ObjectTagging;
import global.pixell.par.testkit.internal.s3.object.PostObject;
import global.pixell.par.testkit.internal.s3.object.PutObject;
import global.pixell.par.testkit.internal.s3.request.AuthorizedRequest;
import global.pixell.par.testkit.internal.s3.request.BucketPolicies;
import global.pixell.par.testkit.internal.s3.request.S3Operation;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import global.pixell.par.testkit.internal.s3.request.SubresourceActions;
import global.pixell.par.testkit.internal.s3.request.UnsupportedHeaders;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Dispatches a request to the class of its operation. */
public final class Operations {

  private final ObjectStore store;
  private final List<BucketSetting<?>> bucketSettings;
  private final BucketOperations buckets;
  private final Listings listings;
  private final VersionListings versionListings;
  private final GetObject reads;
  private final GetObjectAttributes attributes;
  private final PutObject writes;
  private final BucketPolicyOperations policies;
  private final PostObject forms;
  private final CopyObject copies;
  private final DeleteObjects deletions;
  private final MultipartUploads uploads;
  private final UploadPartCopy partCopies;
  private final CompleteMultipartUpload completions;
  private final UploadListings uploadListings;
  private final ObjectTagging objectTagging;
  private final BucketTagging bucketTagging;
  private final BucketCors cors;
  private final DefaultSettings settings;

  public Operations(ObjectStore store, BucketPolicies policies) {
    this.store = store;
    buckets = new BucketOperations(store);
    listings = new Listings(store);
    versionListings = new VersionListings(store);
    reads = new GetObject(store);
    attributes = new GetObjectAttributes(store);
    writes = new PutObject(store);
    this.policies = new BucketPolicyOperations(policies);
    forms = new PostObject(store, writes);
    copies = new CopyObject(store);
    deletions = new DeleteObjects(store);
    uploads = new MultipartUploads(store);
    partCopies = new UploadPartCopy(store, uploads);
    completions = new CompleteMultipartUpload(store, uploads);
    uploadListings = new UploadListings(uploads);
    objectTagging = new ObjectTagging(store);
    bucketTagging = new BucketTagging(store);
    cors = new BucketCors(store);
    settings = new DefaultSettings(store, policies);
    bucketSettings = List.of(policies.setting(), bucketTagging.setting(), cors.setting());
  }

  /** Makes the present buckets in memory, with their objects and settings, the baseline. */
  public void markBaseline() {
    store.markBaseline();
    bucketSettings.forEach(BucketSetting::markBaseline);
  }

  /**
   * Returns to the baseline: restores the buckets in memory with their objects and settings, and
   * removes all other buckets and the uploads in progress. A directory keeps its files.
   */
  public void restoreBaseline() throws IOException {
    for (String bucket : store.buckets()) {
      uploads.removeAll(bucket);
      completions.removeAll(bucket);
    }
    store.restoreBaseline();
    bucketSettings.forEach(BucketSetting::restoreBaseline);
  }

  /** Deletes a bucket in memory with everything in it. */
  public void deleteWithObjects(String bucket) throws IOException {
    store.deleteBucket(bucket);
    forget(bucket);
  }

  private void forget(String bucket) {
    uploads.removeAll(bucket);
    completions.removeAll(bucket);
    bucketSettings.forEach(setting -> setting.remove(bucket));
  }

  /** The headers that let the page that sent a request read its answer. */
  public Map<String, String> corsHeaders(S3Request request) {
    return cors.headers(request);
  }

  public S3Response run(S3Request request, AuthorizedRequest authorized) throws IOException {
    if (request.operation() == S3Operation.PREFLIGHT) {
      return cors.preflight(request);
    }
    S3Request.refuseLongKey(request.key());
    if (!request.bucket().isEmpty() && request.operation() != S3Operation.CREATE_BUCKET) {
      store.bucket(request.bucket());
      redirect(request);
      UnsupportedHeaders.check(request);
    }
    return switch (request.operation()) {
      case LIST_BUCKETS -> buckets.list(request, authorized);
      case CREATE_BUCKET -> buckets.create(request, authorized);
      case DELETE_BUCKET -> {
        S3Response deleted = buckets.delete(request);
        forget(request.bucket());
        yield deleted;
      }
      case HEAD_BUCKET -> buckets.head(request);
      case GET_BUCKET_LOCATION -> buckets.location(request);
      case GET_BUCKET_POLICY -> policies.get(request);
      case PUT_BUCKET_POLICY -> policies.put(request);
      case DELETE_BUCKET_POLICY -> policies.delete(request);
      case GET_BUCKET_VERSIONING -> buckets.versioning(request);
      case PUT_BUCKET_VERSIONING -> buckets.setVersioning(request, authorized);
      case GET_BUCKET_TAGGING -> bucketTagging.get(request);
      case PUT_BUCKET_TAGGING -> bucketTagging.put(request, authorized);
      case DELETE_BUCKET_TAGGING -> bucketTagging.delete(request);
      case GET_BUCKET_CORS -> cors.get(request);
      case PUT_BUCKET_CORS -> cors.put(request, authorized);
      case DELETE_BUCKET_CORS -> cors.delete(request);
      case GET_BUCKET_ACCELERATE,
          GET_BUCKET_ACL,
          GET_BUCKET_ENCRYPTION,
          GET_BUCKET_LIFECYCLE,
          GET_BUCKET_LOGGING,
          GET_BUCKET_NOTIFICATION,
          GET_BUCKET_OBJECT_LOCK,
          GET_BUCKET_OWNERSHIP,
          GET_BUCKET_POLICY_STATUS,
          GET_BUCKET_PUBLIC_ACCESS_BLOCK,
          GET_BUCKET_REPLICATION,
          GET_BUCKET_REQUEST_PAYMENT,
          GET_BUCKET_WEBSITE,
          GET_OBJECT_ACL ->
          settings.get(request);
      case LIST_OBJECTS -> listings.v1(request);
      case LIST_OBJECTS_V2 -> listings.v2(request);
      case LIST_OBJECT_VERSIONS -> versionListings.list(request);
      case LIST_MULTIPART_UPLOADS -> uploadListings.uploads(request);
      case GET_OBJECT, HEAD_OBJECT -> reads.get(request);
      case GET_OBJECT_ATTRIBUTES -> attributes.get(request);
      case GET_OBJECT_TAGGING -> objectTagging.get(request);
      case PUT_OBJECT_TAGGING -> objectTagging.put(request, authorized);
      case DELETE_OBJECT_TAGGING -> objectTagging.delete(request);
      case PUT_OBJECT -> writes.put(request, authorized);
      case COPY_OBJECT -> copies.copy(request, authorized);
      case DELETE_OBJECT -> deletions.one(request);
      case DELETE_OBJECTS -> deletions.many(request, authorized);
      case CREATE_MULTIPART_UPLOAD -> uploads.create(request);
      case UPLOAD_PART -> uploads.uploadPart(request, authorized);
      case UPLOAD_PART_COPY -> partCopies.copy(request, authorized);
      case COMPLETE_MULTIPART_UPLOAD -> completions.complete(request, authorized);
      case ABORT_MULTIPART_UPLOAD -> uploads.abort(request);
      case LIST_PARTS -> uploadListings.parts(request);
      case METHOD_NOT_ALLOWED ->
          throw S3ErrorException.methodNotAllowed(request.method(), request.resourceType(), "");
      case POST_OBJECT -> forms.post(request, authorized);
      case PREFLIGHT -> cors.preflight(request);
      case NOT_IMPLEMENTED ->
          throw S3ErrorException.notImplemented(
              request.method() + " ?" + SubresourceActions.name(request));
    };
  }

  /**
   * Redirects requests for a bucket of another region. The fake is the endpoint of every region;
   * the region in the signature is the one that the client addresses.
   */
  private void redirect(S3Request request) throws S3ErrorException {
    String home = store.region(request.bucket());
    String signedRegion = request.signedRegion().orElse(store.region());
    boolean reachable = home.equals(store.region()) || home.equals(signedRegion);
    boolean anywhere =
        request.operation() == S3Operation.GET_BUCKET_LOCATION
            || request.operation() == S3Operation.POST_OBJECT; // The form names the region.
    if (!reachable && !anywhere) {
      throw new S3ErrorException(
              301,
              "PermanentRedirect",
              "The bucket you are attempting to access must be addressed using the specified"
                  + " endpoint. Please send all future requests to this endpoint.")
          .detail("Endpoint", request.bucket() + ".s3." + home + ".amazonaws.com")
          .detail("Bucket", request.bucket())
          .with("x-amz-bucket-region", home);
    }
  }
}
